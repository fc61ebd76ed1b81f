"""A route as a phone recorded it, with its mis-taps, and what a page of the timeline sends to put it right."""

from __future__ import annotations

from typing import Any

from engagements.survey.correction.page import places_of
from engagements.survey.correction.visits import EDGES


def at(clock: str) -> str:
    return f"2026-09-17T{clock}+09:00"


def visit(counter: str, section: str, *times: str, **more: Any) -> dict[str, Any]:
    names = ("queued_at", "called_at", "finished_at")
    return {"counter": counter, "section": section} | dict(zip(names, map(at, times), strict=True)) | more


#: As a phone recorded it: persons and times with what was written, a form's mis-taps, a remark.
RECORDED: dict[str, Any] = {
    "id": "r1",
    "scenario": "s1",
    "team": "A",
    "started_at": at("09:30:00"),
    "finished_at": at("10:45:00"),
    "ended": "finished",
    "observations": [],
    "visits": [
        visit("町民生活課", "町民生活課", "09:30:00", "09:36:00", "09:54:00", forms=[], observations=[]),
        visit(
            "国保年金",
            "国保年金課",
            "09:55:00",
            "10:05:00",
            "10:14:00",
            procedures=["k3"],
            forms=[
                {
                    "writes": [
                        {"field": "name", "times": 2, "at": at("09:57:00"), "person": "p1"},
                        {"field": "address", "times": 1, "at": at("09:57:30"), "person": "p1"},
                        {"field": "phone", "times": 1, "at": at("10:06:20"), "person": "p2"},
                    ],
                    "name": "国保異動届",
                },
                {"writes": [], "name": "口座振替の依頼書"},
            ],
            observations=[
                {
                    "kind": "problem",
                    "category": "operation",
                    "text": "番号札が見えない",
                    "at": at("09:56:00"),
                }
            ],
        ),
        visit("子ども未来課", "子ども課", "10:16:00", "10:20:00", "10:33:00", forms=[], observations=[]),
    ],
}
SCENARIO = {
    "id": "s1",
    "life_event": "move_in",
    "household": [{"id": "p1", "relation": "世帯主"}, {"id": "p2", "relation": "妻"}],
    "procedures": [{"id": "k3", "name": "国保"}],
}
PLACES = places_of({"routes": [RECORDED]})


def typed(**said: str) -> dict[str, str]:
    """Fields of the second visit: ``typed(called_at="1003", w2_gone="1")``."""
    return {f"v1-{name if name in EDGES else name.replace('_', '-')}": value for name, value in said.items()}
