"""The year after the agreement, on one page and at the town's home."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from accounts import permissions
from engagements.documents.models import Document, DocumentKind
from engagements.journey import deadlines
from engagements.plans import editor, progress, selectors
from engagements.plans.models import Case, Kpi, Plan
from engagements.plans.progress import Again, Measured, Standing
from engagements.survey.models import Survey
from workflow import Actor
from workflow.doors import available

SHOWN = ("agreed", "following_up", "closed")
STEPS = ("submit_completion", "return_completion", "follow_up", "close", "reopen")


@dataclass(frozen=True, slots=True)
class Asked:
    """A section, how many open decisions it holds, and when it is asked next."""

    section: str
    count: int
    day: date


@dataclass(frozen=True, slots=True)
class Summary:
    """What the town's home says of the year after."""

    done: int
    running: int
    late: int
    waiting: int
    standings: list[Standing]
    #: Each KPI with its re-survey; None for one that no survey measures.
    kpis: list[tuple[Kpi, Measured | None]]
    again: Again | None
    resurvey_due: date
    case: Any

    @property
    def total(self) -> int:
        return self.done + self.running + self.late + self.waiting


def answered_plan(engagement: Any) -> Plan | None:
    rows = Plan.objects.select_related("engagement__programme", "engagement__municipality__prefecture")
    return rows.filter(engagement=engagement.pk, state="answered").order_by("number").last()


def summary(engagement: Any, today: date) -> Summary | None:
    """None while no plan of the engagement is answered, or it stands before the agreement."""
    plan = answered_plan(engagement) if engagement.state in SHOWN else None
    if plan is None:
        return None
    contents = selectors.plan_contents(plan)
    again = progress.latest_again(contents)
    found = progress.standings(contents, today, again)
    counts = {
        code: sum(item.code == code for item in found) for code in ("done", "running", "late", "waiting")
    }
    return Summary(
        **counts,
        standings=found,
        kpis=[(kpi, progress.measure_kpi(kpi, contents, again)) for kpi in contents.kpis],
        again=again,
        resurvey_due=deadlines.resurvey_due(engagement),
        case=Case.objects.filter(engagement=engagement.pk).first(),
    )


def asked(standings: Iterable[Standing], today: date) -> list[Asked]:
    """The sections with open decisions, the one with most first."""
    counts: dict[str, int] = {}
    for item in standings:
        if item.open:
            counts[item.view.row.owner_section] = counts.get(item.view.row.owner_section, 0) + 1
    day = progress.next_quarter(today)
    rows = [Asked(section, count, day) for section, count in counts.items()]
    return sorted(rows, key=lambda row: (-row.count, row.section))


def page(engagement: Any, actor: Actor, now: datetime) -> dict[str, Any]:
    """Everything on the page of the year after; a constant number of queries, however many decisions there are."""
    today = timezone.localdate(now)
    found = summary(engagement, today)
    if found is None:
        return {"found": None}
    over = "submit_completion" if engagement.completed_at else "return_completion"
    wanted = [name for name in STEPS if name != over]
    steps = [item for item in available(engagement, actor, now=now) if item.rule.name in wanted]
    deeds = {row["view"].row.pk: row["deeds"] for row in _deeds(found, actor)}
    papers = Document.objects.filter(kind=DocumentKind.COMPLETION_REPORT, engagement=engagement.pk)
    first = Survey.objects.filter(engagement=engagement.pk).order_by("round").first()
    return {
        "found": found,
        "rows": [(item, deeds.get(item.view.row.pk, [])) for item in found.standings],
        "promised": any(item.measured for item in found.standings),
        "asked": asked(found.standings, today),
        "today": today,
        "first_survey": first,
        "may_survey": first is not None and permissions.allows(actor, "survey.create", first),
        "completion": papers.defer("snapshot").order_by("version").last(),
        "completion_due": deadlines.completion_due(engagement),
        "may_print": permissions.allows(actor, "engagement.document", engagement),
        "steps": steps,
    }


def _deeds(found: Summary, actor: Actor) -> list[dict[str, Any]]:
    return editor.deeds_of([item.view for item in found.standings], actor)
