"""The decision record of a round: every town by rank with what came of it and why, every change by hand, every step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from advisors.fit import PARTS
from engagements.applications.models import Application, ApplicationState
from engagements.rounds.matching.guards import WAITING
from engagements.rounds.matching.models import Adjustment, Round, Run
from engagements.rounds.matching.selectors import ranked_places, result_of
from engagements.rounds.matching.wording import Wording
from engagements.rounds.matching.words import REASONS, advisor_name, town_name
from engagements.rounds.models import Offer
from municipalities.dates import era_date
from workflow.doors import rules
from workflow.models import Event


@dataclass(frozen=True, slots=True)
class Served:
    """One town of the round: its place by the rule of the last run that held it, its pair or why it has none.

    ``history`` is everybody who was asked for it and what came of that, oldest first; ``run`` is the number of the run.
    """

    run: int
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
    words: list[str]
    trainee: str
    reason: str
    history: list[str]


def decided_run(obj: Round) -> Run | None:
    """What the record is about: what was published, else what is proposed."""
    return obj.in_force or obj.proposal


def served_rows(obj: Round, run: Run) -> list[Served]:
    """Every town that the round has held up to a run: first those of the run by rank, then those decided before it.

    Whoever is settled leaves the next run and stays in the record. Queries: runs, applications, offers.
    """
    runs = [row for row in obj.runs.filter(number__lte=run.number).order_by("-number") if row.objective]
    last: dict[str, Run] = {}
    for row in runs:
        for town in row.input["towns"]:
            last.setdefault(town["id"], row)
    history = _histories(last)
    rows = [served for row in runs for served in _rows_of(row, last, history)]
    return sorted(rows, key=lambda served: (-served.run, served.rank))


def _rows_of(run: Run, last: dict[str, Run], history: dict[str, list[str]]) -> Iterator[Served]:
    """The towns for which this run is the last that held them."""
    found = result_of(run)
    pairs = {row.town: row for row in found.assignments if row.seat == "lead"}
    trainees = {
        row.town: advisor_name(run, row.advisor) for row in found.assignments if row.seat == "trainee"
    }
    reasons = {row.town: str(REASONS[row.reason]) for row in found.unmatched if row.seat == "lead"}
    ranks, wording = ranked_places(run), Wording(run)
    for town in run.input["towns"]:
        if last[town["id"]] is not run:
            continue
        pair = pairs.get(town["id"])
        yield Served(
            run=run.number,
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
            words=[str(part) for part in wording.of(pair)] if pair else [],
            trainee=trainees.get(town["id"], ""),
            reason=reasons.get(town["id"], ""),
            history=history[town["id"]],
        )


def _histories(towns: Iterable[str]) -> dict[str, list[str]]:
    """For each town the offers that were made for it, and that it no longer asks where it has gone."""
    found: dict[str, list[str]] = {town: [] for town in towns}
    numbers = [int(town) for town in found]
    offers = Offer.objects.filter(application__in=numbers).select_related("advisor__user").order_by("pk")
    for offer in offers:
        day = era_date(timezone.localdate(offer.sent_at), weekday=False)
        words = {
            "day": day,
            "number": offer.reference,
            "name": offer.advisor.user.name,
            "state": offer.outcome,
        }
        found[str(offer.application_id)].append(_("%(day)s %(number)s %(name)sさん %(state)s") % words)
    gone = Application.objects.filter(pk__in=numbers).exclude(state__in=(*WAITING, ApplicationState.MATCHED))
    for application in gone:
        said = _("申込は「%(state)s」です。") % {"state": application.get_state_display()}
        found[str(application.pk)].append(said)
    return found


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
