"""What happens in the stages moves the engagement: same transaction, state coupling only."""

from __future__ import annotations

from engagements.journey import facts, services
from engagements.journey.models import Journey
from engagements.models import EngagementState
from engagements.rounds.matching.publishing import trainee_of
from workflow import on
from workflow.doors import perform_as_system, turn_anew
from workflow.events import Happening

SESSION_STEPS = ("schedule", "hold", "record_held", "import", "confirm", "take_silence", "cancel")
RESTARTS = ("resume", "keep_advisor", "reassigned", "reinstate")


@on("offer.confirm")
def open_on_confirmation(happening: Happening) -> None:
    offer = happening.obj
    journey = services.open_engagement(
        application=offer.application, advisor=offer.advisor, now=happening.now
    )
    trainee = trainee_of(offer)
    if trainee is not None:
        services.add_trainee(journey, trainee, now=happening.now)


def follow_stage(happening: Happening) -> None:
    services.advance(happening.obj.engagement, now=happening.now)


def catch_up(happening: Happening) -> None:
    services.advance(happening.obj, now=happening.now)


@on("plan.answer")
@on("engagement.agree")
@on("engagement.agree_out_of_order")
def hand_turn_over(happening: Happening) -> None:
    """The answers are carried to their decisions by now: who has to go on from them stands with the plan."""
    plan = facts.answered_plan(getattr(happening.obj, "engagement", happening.obj))
    if plan is not None:
        turn_anew(plan)


@on("plan.retract_answer")
def withdraw_what_it_agreed(happening: Happening) -> None:
    """An answer that is taken back takes the agreement with it, for the same reason."""
    journey = Journey.objects.get(pk=happening.obj.engagement_id)
    if journey.state == EngagementState.AGREED:
        reason = happening.data["reason"]
        perform_as_system("withdraw_agreement", journey, now=happening.now, reason=reason)


@on("engagement.withdraw_agreement")
def take_back_what_agreed(happening: Happening) -> None:
    """And the other way round: without the answer, no later step of a session agrees again by itself."""
    plan = facts.answered_plan(happening.obj)
    if plan is not None:
        perform_as_system("retract_answer", plan, now=happening.now, reason=happening.data["reason"])


def tell_what_comes_between(happening: Happening) -> None:
    """After ②, whose turn it is follows the survey's records, the plan and the day of ③."""
    turn_anew(Journey.objects.get(pk=happening.obj.engagement_id))


for step in (*SESSION_STEPS, "reschedule", "postpone", "unhold", "unrecord", "reinstate"):
    on(f"session.{step}")(tell_what_comes_between)
for event_type in ("survey.created", "survey.version_saved", "plan.begin"):
    on(event_type)(tell_what_comes_between)
for step in SESSION_STEPS:
    on(f"session.{step}")(follow_stage)
for step in ("report", "answer"):
    on(f"plan.{step}")(follow_stage)
for step in RESTARTS:
    on(f"engagement.{step}")(catch_up)
