"""Relations of people to plans and decisions, and how an answer to the plan reaches its decisions."""

from __future__ import annotations

from typing import Any

from accounts import permissions
from engagements.applications import announcement
from engagements.plans import cases, section_answers  # noqa: F401  (registers subscriptions, jobs)
from engagements.plans.answers import TRANSITION_OF, Answer, read
from engagements.plans.models import Case, Decision, Plan, PlanState
from engagements.rules import relate
from workflow.doors import perform, turn_anew
from workflow.events import Happening, on

permissions.resource("plan", Plan)
relate("plan", "engagement")
permissions.scoped("plan", "plan", "pk")

permissions.resource("case", Case)
relate("case", "engagement")
announcement.cases_from(cases.addresses)

permissions.resource("decision", Decision)
relate("decision", "plan__engagement")
permissions.scoped("decision", "plan", "plan_id")
permissions.scoped("decision", "section", "owner_ref")


def _said(row: Answer) -> dict[str, Any]:
    """What the decision's own transition takes of the answer."""
    if row.answer == "adopted":
        return {}
    said: dict[str, Any] = {"condition": row.condition}
    return (
        said if row.answer == "rejected" else said | {"condition_owner": row.owner, "condition_by": row.day}
    )


def hand_turn_over(happening: Happening) -> None:
    """Before the report, whose turn a plan is and by when follows the meeting's day."""
    ahead = (PlanState.DRAFT, PlanState.FINAL)
    for plan in Plan.objects.filter(engagement=happening.obj.engagement_id, state__in=ahead):
        turn_anew(plan)


for step in (
    "schedule",
    "postpone",
    "reschedule",
    "ask_new_dates",
    "add_meeting",
    "drop_meeting",
    "hold",
    "record_held",
    "import",
    "unhold",
    "unrecord",
    "cancel",
    "reinstate",
):
    on(f"session.{step}")(hand_turn_over)


@on("plan.answer")
def carry_answers(happening: Happening) -> None:
    """Each decision takes its answer, in the same transaction and by the same actor."""
    rows = {row.decision: row for row in read(happening.data["answers"]) or []}
    for decision in Decision.objects.filter(pk__in=rows):
        row = rows[decision.pk]
        perform(
            TRANSITION_OF[row.answer],
            decision,
            happening.actor,
            now=happening.now,
            occurred_at=happening.event.occurred_at,
            **_said(row),
        )


@on("plan.send_back")
@on("plan.retract_answer")
def take_answers_back(happening: Happening) -> None:
    """An answer that no longer stands leaves no decision answered."""
    for decision in Decision.objects.filter(plan=happening.obj.pk, state__in=list(TRANSITION_OF)):
        perform("reset", decision, happening.actor, now=happening.now, reason=happening.data["reason"])
