"""The decision record of a round: every town by rank with what came of it and why, every change by hand, every step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from advisors.fit import PARTS
from engagements.rounds.matching.models import Adjustment, Round, Run
from engagements.rounds.matching.selectors import ranked_places, result_of
from engagements.rounds.matching.words import REASONS, advisor_name, town_name
from engagements.rounds.models import Offer
from workflow.doors import rules
from workflow.models import Event


@dataclass(frozen=True, slots=True)
class Served:
    """One town of a run: its place by the rule, and its pair or the reason why it has none."""

    rank: int
    code: str
    town: str
    priority: int
    received: datetime | None
    advisor: str
    employer: str
    mode: str
    km: int | None
    score: int | None
    parts: dict[str, int]
    trainee: str
    reason: str
    offer: str


def decided_run(obj: Round) -> Run | None:
    """What the record is about: what was published, else what is proposed."""
    return obj.in_force or obj.proposal


def served_rows(obj: Round, run: Run) -> list[Served]:
    """All towns of a run by rank. One query for the offers."""
    found = result_of(run)
    pairs = {row.town: row for row in found.assignments if row.seat == "lead"}
    trainees = {
        row.town: advisor_name(run, row.advisor) for row in found.assignments if row.seat == "trainee"
    }
    reasons = {row.town: str(REASONS[row.reason]) for row in found.unmatched if row.seat == "lead"}
    offers = {
        (str(row.application_id), str(row.advisor_id)): f"{row.reference} {row.outcome}"
        for row in Offer.objects.filter(published_in__round=obj.pk).order_by("pk")
    }
    ranks = ranked_places(run)
    rows = []
    for town in run.input["towns"]:
        pair = pairs.get(town["id"])
        rows.append(
            Served(
                rank=ranks[town["id"]],
                code=town["municipality"],
                town=town_name(run, town["id"]),
                priority=town["priority"],
                received=parse_datetime(town["applied_at"]),
                advisor=advisor_name(run, pair.advisor) if pair else "",
                employer=run.names["advisors"][pair.advisor][1] if pair else "",
                mode=pair.mode if pair else "",
                km=pair.km if pair else None,
                score=pair.score if pair else None,
                parts=dict(pair.parts) if pair else dict.fromkeys(PARTS, 0),
                trainee=trainees.get(town["id"], ""),
                reason=reasons.get(town["id"], ""),
                offer=offers.get((town["id"], pair.advisor), "") if pair else "",
            )
        )
    return sorted(rows, key=lambda row: row.rank)


def adjustments(obj: Round) -> list[Adjustment]:
    related = ("application__municipality", "advisor__user", "made_by", "lifted_by")
    return list(obj.adjustments.select_related(*related))


@dataclass(frozen=True, slots=True)
class Told:
    """One step of the round as the log holds it."""

    at: datetime
    what: str
    who: str
    reason: str


#: What was recorded beside the transitions.
_RECORDED = {
    "round.saved": lambda: _("条件を変えました"),
    "round.adjusted": lambda: _("手で変えました"),
    "round.lifted": lambda: _("手で変えたところを戻しました"),
    "round.begin": lambda: _("ラウンドを作りました"),
}


def steps(obj: Round) -> Iterator[Told]:
    """Everything that happened to the round, oldest first. One query."""
    past = {f"round.{name}": rule.past for name, rule in rules(Round).items()}
    for event in Event.objects.filter(stream=obj.stream).select_related("personal").order_by("position"):
        personal: dict[str, Any] = json.loads(event.personal.payload) if hasattr(event, "personal") else {}
        data = json.loads(event.canonical)["data"] | personal
        what = str(past[event.type]) if event.type in past else _RECORDED[event.type]()
        who = personal.get("actor") or _("システム")
        yield Told(event.recorded_at, what, who, str(data.get("reason", "")))
