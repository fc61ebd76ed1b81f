"""What became of a plan's decisions, and what was promised beside what was measured again."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.plans import effects
from engagements.plans.models import Kpi, RoadmapItem
from engagements.plans.selectors import DecisionView, PlanContents
from engagements.plans.words import amount, change_words, thousands
from engagements.survey import selectors as surveys
from engagements.survey import words
from engagements.survey.models import Survey
from municipalities.dates import add_working_days, era_date
from workflow.models import Event

QUARTER_STARTS = ((1, 1), (4, 1), (7, 1), (10, 1))
LAST_MONTH = {1: 6, 2: 9, 3: 12, 4: 3}
STEPS = ("decision.start", "decision.finish", "decision.stop")


@dataclass(frozen=True, slots=True)
class Again:
    """The last re-survey with its measures against the first survey; without a route it has measured nothing."""

    survey: Survey
    measures: Mapping[str, Any]
    walked: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """A promise to residents beside the scenario's median of the re-survey.

    ``kept`` is None where nothing was measured that compares; ``why`` says why.
    """

    scenario: str
    label: str
    before: str
    promised: str
    after: str
    change: str
    kept: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a decision stands: ``code`` is done, running, waiting, late, stopped, deferred or rejected."""

    view: DecisionView
    code: str
    word: str
    days: str
    until: date | None
    measured: Measured | None

    @property
    def open(self) -> bool:
        return self.view.row.state in ("adopted", "adopted_with_condition", "started")


def next_quarter(today: date) -> date:
    """The first working day of the next quarter: then each section is asked again."""
    days = [date(year, month, day) for year in (today.year, today.year + 1) for month, day in QUARTER_STARTS]
    return add_working_days(next(day for day in days if day > today), 0)


def latest_again(contents: PlanContents) -> Again | None:
    """The newest later round of the plan's survey; None while nobody began one. Two queries."""
    if contents.result is None:
        return None
    first = contents.result.survey
    later = Survey.objects.filter(engagement=first.engagement_id, round__gt=first.round)
    last = later.filter(versions__isnull=False).order_by("round").last()
    version = surveys.latest_version(last) if last else None
    if last is None or version is None:
        return None
    before = surveys.latest_version(first)
    measured = surveys.measures_of(version.content, before=before.content if before else None, survey=last)
    return Again(last, measured, bool(version.document.get("routes")))


def standings(contents: PlanContents, today: date, again: Again | None) -> list[Standing]:
    """Every decision of an answered plan. One query."""
    happened: dict[tuple[str, str], date] = {}
    streams = [view.row.stream for view in contents.decisions]
    for event in Event.objects.filter(stream__in=streams, type__in=STEPS).order_by("id"):
        happened[event.stream, event.type] = timezone.localdate(event.occurred_at)
    return [_standing(view, contents.roadmap, happened, today, again) for view in contents.decisions]


def _standing(
    view: DecisionView,
    roadmap: list[RoadmapItem],
    happened: Mapping[tuple[str, str], date],
    today: date,
    again: Again | None,
) -> Standing:
    row, state = view.row, str(view.row.state)
    begun, ended = happened.get((row.stream, "decision.start")), None
    until = _until(view, roadmap)
    if state == "done":
        code, word, ended = "done", _("済んだ"), happened.get((row.stream, "decision.finish"))
    elif state == "stopped":
        code, word, ended = "stopped", _("やめた"), happened.get((row.stream, "decision.stop"))
    elif state == "started":
        is_late = until is not None and until < today
        code, word = ("late", _("遅れ(終わる時期を過ぎた)")) if is_late else ("running", _("進行中"))
    elif state in ("adopted", "adopted_with_condition"):
        begun = None
        is_late = row.start_on is not None and row.start_on < today
        code, word = ("late", _("遅れ(始める日を過ぎた)")) if is_late else ("waiting", _("これから"))
    else:
        code, word = state, str(row.get_state_display())
    measured = measure(view, again) if code not in ("deferred", "rejected", "proposed", "taken") else None
    return Standing(view, code, word, _days(view, begun, ended), until, measured)


def _until(view: DecisionView, roadmap: list[RoadmapItem]) -> date | None:
    """The last day of the last quarter in which the roadmap has the decision; None where it has none."""
    ends = [_end(item) for item in roadmap if item.decision_id == view.row.pk]
    return max(ends, default=None)


def _end(item: RoadmapItem) -> date:
    month = LAST_MONTH[item.quarter_to]
    year = item.fiscal_year + (item.quarter_to == 4)
    return date(year, month, monthrange(year, month)[1])


def _days(view: DecisionView, begun: date | None, ended: date | None) -> str:
    parts = []
    if begun:
        parts.append(_("%(day)sに始めました") % {"day": era_date(begun, weekday=False)})
    elif view.row.start_on:
        parts.append(_("%(day)sに始める予定") % {"day": era_date(view.row.start_on, weekday=False)})
    if ended:
        done = view.row.state == "done"
        words_ = _("%(day)sに済みました") if done else _("%(day)sにやめました")
        parts.append(words_ % {"day": era_date(ended, weekday=False)})
    return "、".join(parts)


def measure(view: DecisionView, again: Again | None) -> Measured | None:
    """The claim beside the re-survey; None where the decision claims nothing of residents."""
    claim, effect = view.effect.claim, view.effect
    if claim is None:
        return None
    told = _told(effect.scenario_title, effect.measure_label, effect.baseline_words, effect.promised_words)
    return _beside(told, claim.scenario, claim.measure, (claim.baseline, claim.promised), again)


def measure_kpi(kpi: Kpi, contents: PlanContents, again: Again | None) -> Measured | None:
    """The target beside the re-survey; None for a KPI that no survey measures."""
    if not kpi.measure or contents.result is None:
        return None
    before, target = (f"{thousands(value)}{kpi.unit}" for value in (kpi.baseline, kpi.target))
    title = contents.result.scenarios.get(kpi.scenario, "")
    told = _told(title, str(kpi.get_measure_display()), before, target)
    return _beside(told, kpi.scenario, kpi.measure, (int(kpi.baseline), kpi.target), again)


def _told(scenario: str, label: str, before: str, promised: str) -> dict[str, Any]:
    return {
        "scenario": scenario,
        "label": label,
        "before": before,
        "promised": promised,
        "after": "",
        "change": "",
        "kept": None,
    }


def _beside(
    told: dict[str, Any],
    scenario: str,
    measured: str,
    promise: tuple[int, int | Decimal],
    again: Again | None,
) -> Measured:
    """A promise, from a baseline to a value, beside the scenario's median of the re-survey."""
    baseline, promised = promise
    if again is None:
        return Measured(**told, why=_("再調査はまだです。"))
    after = effects.baseline(again.measures, scenario, measured)
    if not again.walked or after is None:
        return Measured(**told, why=_("再調査で、この場面を最後まで回った班がまだありません。"))
    found = again.measures.get("effect", {}).get(scenario)
    if found is None or not found["comparable"]:
        reasons = "".join(str(words.REASONS[reason]) for reason in (found or {}).get("reasons", ()))
        why = reasons or _("前の調査と同じ場面がありません。")
        return Measured(**told | {"after": amount(measured, after)}, why=why)
    kept = after <= promised if promised <= baseline else after >= promised
    change = change_words(measured, after - baseline)
    return Measured(**told | {"after": amount(measured, after), "change": change, "kept": kept}, why="")
