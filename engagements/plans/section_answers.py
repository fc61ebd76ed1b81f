"""How a counter section's answer reaches the decisions it owns, and the question of every quarter."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.plans.models import Decision, DecisionProgress
from engagements.sections import services as sections
from engagements.sections.answers import TAKE
from engagements.sections.models import OPEN, RequestKind, SectionRequest
from engagements.sections.selectors import requests
from municipalities.dates import fiscal_year
from workflow.actors import SYSTEM
from workflow.doors import perform
from workflow.errors import BadInput
from workflow.events import Happening, on
from workflow.sweep import each, task

#: A section may still say so about these.
OPEN_TO_SECTION = ("proposed", "taken", "refused")
#: Adopted, and not done with yet.
UNDER_WAY = ("adopted", "adopted_with_condition", "started")
#: Stages in which decisions are carried out.
ASKED_IN = ("agreed", "following_up")


def owned_by(request: SectionRequest) -> Any:
    """The decisions of the engagement that the asked section owns, in the plan's order."""
    rows = Decision.objects.filter(plan__engagement=request.engagement_id, owner_ref=request.section_ref)
    return rows.select_related("plan__engagement").order_by("position", "pk")


def period_of(day: date) -> str:
    """The quarter of the fiscal year: ``2026-Q3`` is October to December 2026."""
    return f"{fiscal_year(day)}-Q{(day.month - 4) % 12 // 3 + 1}"


def _rows(happening: Happening, part: str) -> dict[int, dict[str, Any]]:
    """The sent rows by decision. Raises ``BadInput`` where one is not the section's."""
    sent = happening.data.get(part) or []
    rows = {row["decision"]: row for row in sent}
    own = set(owned_by(happening.obj).values_list("pk", flat=True))
    if not set(rows) <= own:
        raise BadInput({part: [_("この課が持つ改善案ではありません。画面を開き直してください。")]})
    return rows


@on("section_request.answer")
@on("section_request.correct")
def carry_choices(happening: Happening) -> None:
    """Each decision is taken or refused by the section itself; the same choice again changes nothing."""
    rows = _rows(happening, "decisions")
    for decision in owned_by(happening.obj).filter(pk__in=rows):
        row = rows[decision.pk]
        reason = (row.get("reason") or "").strip()
        if row["answer"] == TAKE:
            if decision.state != "taken":
                perform("take", decision, happening.actor, now=happening.now)
        elif (decision.state, decision.refusal) != ("refused", reason):
            if decision.state == "refused":
                perform("unrefuse", decision, happening.actor, now=happening.now, reason=reason)
            perform("refuse", decision, happening.actor, now=happening.now, refusal=reason)


@on("section_request.answer")
@on("section_request.correct")
def carry_progress(happening: Happening) -> None:
    """What the section says of the quarter; 'started' and 'done' move the decision through its own doors."""
    rows = _rows(happening, "progress")
    period = happening.obj.period or period_of(timezone.localdate(happening.now))
    for decision in owned_by(happening.obj).filter(pk__in=rows):
        row = rows[decision.pk]
        DecisionProgress.objects.update_or_create(
            decision=decision,
            period=period,
            defaults={
                "status": row["status"],
                "remark": (row.get("remark") or "").strip(),
                "said_at": happening.now,
                "said_by": happening.data["answered_by"],
            },
        )
        _move(decision, row["status"], happening)


def _move(decision: Decision, status: str, happening: Happening) -> None:
    if status in ("started", "done") and decision.state in ("adopted", "adopted_with_condition"):
        perform("start", decision, happening.actor, now=happening.now)
    if status == "done" and decision.state == "started":
        perform("finish", decision, happening.actor, now=happening.now)


@task("ask-progress")
def ask_progress(now: datetime) -> int:
    """Once a quarter, each section with adopted decisions is asked how they go; not in the quarter of the answer."""
    today = timezone.localdate(now)
    period = period_of(today)
    rows = Decision.objects.filter(
        state__in=UNDER_WAY, plan__state="answered", plan__engagement__state__in=ASKED_IN
    ).exclude(owner_ref="")
    owners: dict[int, dict[str, Decision]] = defaultdict(dict)
    for decision in rows.select_related("plan__engagement__programme").order_by("pk"):
        if period_of(timezone.localdate(decision.plan.answered_at)) != period:
            owners[decision.plan.engagement_id].setdefault(decision.owner_ref, decision)
    asked = {
        (row.engagement_id, row.section_ref)
        for row in requests().filter(engagement__in=owners, kind=RequestKind.PROGRESS, period=period)
    }
    made: list[int] = []
    waiting = [next(iter(found.values())).plan.engagement for found in owners.values()]
    each(waiting, lambda engagement: made.append(_ask(owners[engagement.pk], asked, period, now)))
    return sum(made)


def _close_older(engagement: int, refs: list[str], period: str, now: datetime) -> None:
    """A new quarter asks anew: what nobody answered in the last one is over."""
    rows = requests().filter(
        engagement=engagement, section_ref__in=refs, kind=RequestKind.PROGRESS, state__in=OPEN
    )
    for request in rows.exclude(period=period):
        reason = _("次の四半期のお願いに替わりました。")
        perform("go_on", request, SYSTEM, now=now, reason=reason)


def _ask(found: dict[str, Decision], asked: set[tuple[int, str]], period: str, now: datetime) -> int:
    engagement = next(iter(found.values())).plan.engagement
    names = [row.owner_section for ref, row in found.items() if (engagement.pk, ref) not in asked]
    if not names:
        return 0
    _close_older(engagement.pk, list(found), period, now)
    return len(
        sections.ask(engagement, names, actor=SYSTEM, now=now, kind=RequestKind.PROGRESS, period=period)
    )
