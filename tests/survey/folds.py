"""Walks as taps, told alike by the server's fold and by the phone's: what both must make of them, in the fewest words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engagements.survey.measures import CATEGORIES, ENDED, FIELDS, HOW, KINDS, OUTCOMES
from engagements.survey.recorder.fold import Said, as_route

#: ``taps``: [second, kind, whose phone, data, and its uid where another tap names it]; ``walk``: what they make.
CASES: dict[str, Any] = json.loads(Path(__file__).with_name("folds.json").read_text(encoding="utf-8"))
START = datetime(2026, 9, 17, 0, 30, tzinfo=UTC)
SCENARIO = {
    "id": "s1",
    "household": [{"id": "p1"}, {"id": "p2"}],
    "procedures": [{"id": "k1", "name": "転入届"}, {"id": "k2", "name": "国保"}],
}
#: What a phone knows of the scenario and the words.
KNOWN = {
    "fields": list(FIELDS),
    "how": list(HOW),
    "outcomes": list(OUTCOMES),
    "kinds": list(KINDS),
    "categories": list(CATEGORIES),
    "ended": list(ENDED),
    "people": ["p1", "p2"],
    "procedures": ["k1", "k2"],
}


def taps_of(rows: list[Any]) -> list[Said]:
    return [
        Said(uid[0] if uid else f"u{number:03}", kind, START + timedelta(seconds=second), data, phone)
        for number, (second, kind, phone, data, *uid) in enumerate(rows)
    ]


def for_phone(taps: list[Said]) -> list[dict[str, Any]]:
    return [
        {
            "uid": tap.uid,
            "kind": tap.kind,
            "at": round(tap.at.timestamp() * 1000),
            "by": tap.recorder,
            "data": dict(tap.data),
        }
        for tap in taps
    ]


def of_server(taps: list[Said]) -> Any:
    """The server's walk; times are seconds from ``START``."""
    route = as_route(taps, id="r", scenario=SCENARIO, team="A班")
    if route is None:
        return None
    return {
        "start": _second(route["started_at"]),
        "end": [_second(route["finished_at"]), route["ended"]] if "ended" in route else None,
        "observations": _noticed(route),
        "visits": [
            {
                "counter": visit["counter"],
                "times": [_second(visit.get(name)) for name in ("queued_at", "called_at", "finished_at")],
                "outcome": visit.get("outcome", ""),
                "again": visit.get("explained_again", 0),
                "procedures": visit["procedures"],
                "forms": {form.get("name", ""): _writes(form) for form in visit["forms"]},
                "observations": _noticed(visit),
            }
            for visit in route["visits"]
        ],
    }


def _second(moment: str | None) -> int | None:
    return None if moment is None else round((datetime.fromisoformat(moment) - START).total_seconds())


def _writes(form: dict[str, Any]) -> list[str]:
    written = HOW[0]
    return sorted(
        f"{one['field']} {one.get('person', '')} {one.get('how', written)} {one['times']}"
        for one in form["writes"]
    )


def _noticed(part: dict[str, Any]) -> list[str]:
    return [f"{one['kind']} {one['category']} {one['text']}" for one in part["observations"]]


#: The same in the words of the phone's fold. Run in a page that has loaded it.
OF_PHONE = """
([taps, known, start]) => {
  const walk = foldTaps(taps, known);
  if (walk.start === null) return null;
  const second = (at) => (at === null ? null : Math.round((at - start) / 1000));
  const noticed = (part) => part.observations.map((one) => `${one.kind} ${one.category} ${one.text}`);
  const joined = (writes) => {
    const sums = new Map();
    for (const one of writes) {
      const key = `${one.field} ${one.person} ${one.how}`;
      sums.set(key, (sums.get(key) ?? 0) + one.times);
    }
    return [...sums].map(([key, times]) => `${key} ${times}`).sort();
  };
  return {
    start: second(walk.start),
    end: walk.end && [second(walk.end.at), walk.end.ended],
    observations: noticed(walk),
    visits: walk.visits.map((visit) => ({
      counter: visit.place.counter,
      times: [visit.queued, visit.called, visit.finished].map(second),
      outcome: visit.outcome,
      again: visit.again,
      procedures: visit.procedures,
      forms: Object.fromEntries([...visit.forms].map(([name, writes]) => [name, joined(writes)])),
      observations: noticed(visit),
    })),
  };
}
"""
