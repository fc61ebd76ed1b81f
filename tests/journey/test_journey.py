"""The engagement follows its stages; people only interrupt, and every interruption can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from advisors.models import Advisor, Certification
from engagements.journey import services
from engagements.journey.models import Journey
from engagements.models import Engagement, EngagementRole
from engagements.plans.models import Decision, Plan
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    advisor_user,
    contact_of,
    member,
    office,
    session_of,
)
from tests.factories.plans import answered_plan as agreed
from tests.factories.plans import give_answer, reported_plan, sessions_were_held
from tests.sessions.helpers import confirm, schedule
from workflow import SYSTEM, begin, perform
from workflow.audit import faults
from workflow.errors import BadInput, GuardsUnmet, NotAllowed
from workflow.models import Event

pytestmark = pytest.mark.django_db


def state(engagement: Engagement) -> str:
    return str(Engagement.objects.get(pk=engagement.pk).state)


def journey(engagement: Engagement) -> Journey:
    return Journey.objects.get(pk=engagement.pk)


def answered_row(engagement: Engagement, decision_state: str) -> Plan:
    """A plan that the mayor has answered, as a row: its own road is the plans' room's to test."""
    plan = Plan.objects.create(reference=f"P-{engagement.pk}", engagement_id=engagement.pk, state="answered")
    begin(plan, SYSTEM, now=timezone.now())
    decision = Decision.objects.create(plan=plan, way="stop", title="押印をやめる", state=decision_state)
    begin(decision, SYSTEM, now=timezone.now())
    return plan


def test_the_sessions_carry_the_engagement_on() -> None:
    engagement = EngagementFactory()
    assert state(engagement) == "preparing"
    schedule(engagement, 1, 10)
    assert state(engagement) == "training"
    schedule(engagement, 2, 20)
    assert state(engagement) == "survey"
    schedule(engagement, 3, 30)
    assert state(engagement) == "reporting"


def test_a_confirmed_training_is_enough() -> None:
    engagement = EngagementFactory()
    confirm(engagement, 1)
    assert state(engagement) == "survey"


def test_a_late_record_out_of_order_carries_it_all_the_way() -> None:
    engagement = EngagementFactory()
    day = timezone.localdate()
    perform(
        "record_held", session_of(engagement, 3), actor(contact_of(engagement)), held_on=day, reason="済み"
    )
    assert state(engagement) == "reporting"
    steps = Event.objects.filter(stream=f"engagement:{engagement.pk}").order_by("position")
    assert [event.type.partition(".")[2] for event in steps] == [
        "begin",
        "start_training",
        "start_survey",
        "start_reporting",
    ]
    assert {event.actor_key for event in steps} == {"system:system"}


@pytest.mark.parametrize(
    ("decision", "expected"),
    [("adopted", "agreed"), ("adopted_with_condition", "agreed"), ("deferred", "reporting")],
)
def test_an_answered_plan_with_an_adopted_decision_agrees(decision: str, expected: str) -> None:
    engagement = EngagementFactory()
    sessions_were_held(engagement)
    answered_row(engagement, decision)
    services.advance(engagement, now=timezone.now())
    assert state(engagement) == expected


# --- the agreement rests on ② and ③ ---------------------------------------------------------------


def unheld() -> Plan:
    """A plan that was reported and answered before any session was recorded."""
    plan = reported_plan(held=False)
    give_answer(plan, "adopted")
    return plan


def test_an_answer_alone_is_no_agreement_until_both_meetings_are_recorded() -> None:
    engagement = unheld().engagement
    contact = actor(contact_of(engagement))
    assert state(engagement) == "reporting"
    for number, expected in ((2, "reporting"), (3, "agreed")):
        day = timezone.localdate()
        perform("record_held", session_of(engagement, number), contact, held_on=day, reason="入力が遅れた")
        assert state(engagement) == expected
    assert journey(engagement).order_reason == ""


def test_an_agreement_ahead_of_the_records_needs_its_reason_and_keeps_it() -> None:
    engagement = unheld().engagement
    for user in (advisor_of(engagement), member(Role.EXECUTIVE, engagement.municipality)):
        with pytest.raises(NotAllowed):
            perform("agree_out_of_order", journey(engagement), actor(user), order_reason="記録はあとで")
    contact = actor(contact_of(engagement))
    with pytest.raises(BadInput):
        perform("agree_out_of_order", journey(engagement), contact, order_reason="")
    assert state(engagement) == "reporting"
    perform("agree_out_of_order", journey(engagement), contact, order_reason="記録はあとで")
    assert (state(engagement), journey(engagement).order_reason) == ("agreed", "記録はあとで")
    perform("withdraw_agreement", journey(engagement), actor(office()), reason="答えの日を間違えた")
    assert journey(engagement).order_reason == ""


def test_no_reason_is_asked_where_both_meetings_are_recorded() -> None:
    plan = agreed("deferred")
    with pytest.raises(GuardsUnmet):
        perform("agree_out_of_order", journey(plan.engagement), actor(office()), order_reason="なし")


def test_without_an_adopted_decision_no_reason_makes_an_agreement() -> None:
    plan = reported_plan(held=False)
    give_answer(plan, "deferred")
    with pytest.raises(GuardsUnmet, match="少なくとも1つの改善案"):
        perform("agree_out_of_order", journey(plan.engagement), actor(office()), order_reason="先に")


def test_what_an_agreement_rests_on_does_not_open_again_beneath_it() -> None:
    plan = reported_plan(held=False)
    engagement, day = plan.engagement, timezone.localdate()
    contact = actor(contact_of(engagement))
    for number in (1, 2, 3):
        perform("record_held", session_of(engagement, number), contact, held_on=day, reason="入力が遅れた")
    give_answer(plan, "adopted")
    assert state(engagement) == "agreed"
    with pytest.raises(GuardsUnmet, match="合意を取り消してください"):
        perform("unrecord", session_of(engagement, 3), actor(office()), reason="入れ間違い")
    perform("unrecord", session_of(engagement, 1), actor(office()), reason="入れ間違い")


def test_nobody_sets_a_state_by_hand() -> None:
    engagement = EngagementFactory()
    for user in (office(), contact_of(engagement), advisor_of(engagement)):
        with pytest.raises(NotAllowed):
            perform("start_training", journey(engagement), actor(user))


def test_every_guard_says_what_is_missing() -> None:
    engagement = EngagementFactory()
    with pytest.raises(GuardsUnmet, match="①の日程が決まると") as refused:
        perform("start_training", journey(engagement), SYSTEM)
    assert refused.value.unmet[0].url == f"/engagements/{engagement.pk}/"


def test_a_pause_holds_and_resuming_catches_up() -> None:
    engagement = EngagementFactory()
    schedule(engagement, 1, 10)
    perform("pause", journey(engagement), actor(office()), reason="選挙のため")
    assert state(engagement) == "paused"
    assert journey(engagement).paused_from == "training"
    day = timezone.localdate()
    perform(
        "record_held", session_of(engagement, 2), actor(contact_of(engagement)), held_on=day, reason="済み"
    )
    assert state(engagement) == "paused"
    perform("resume", journey(engagement), actor(office()), reason="選挙が終わった")
    assert state(engagement) == "survey"
    assert journey(engagement).paused_from == ""


def test_a_cancelled_engagement_is_reinstated_where_it_stood() -> None:
    engagement = EngagementFactory()
    schedule(engagement, 1, 10)
    perform("cancel", journey(engagement), actor(office()), reason="取り下げの申し出")
    with pytest.raises(GuardsUnmet):
        schedule(engagement, 2, 20)
    perform("reinstate", journey(engagement), actor(office()), reason="続けることになった")
    assert state(engagement) == "training"


def certified(**more: Any) -> Advisor:
    user = advisor_user(**more)
    today = timezone.localdate()
    Certification.objects.create(
        advisor=user.advisor, valid_from=today - timedelta(days=30), valid_to=today + timedelta(days=300)
    )
    return user.advisor


def test_an_advisor_is_replaced_and_the_old_one_keeps_the_history() -> None:
    engagement, new = EngagementFactory(), certified()
    old = advisor_of(engagement)
    perform("reassign", journey(engagement), actor(office()), reason="異動のため")
    assert state(engagement) == "reassigning"
    perform("reassigned", journey(engagement), actor(office()), advisor=str(new.pk))
    roles = EngagementRole.objects.filter(engagement=engagement.pk, role="advisor").order_by("pk")
    assert [(role.user_id, role.valid_to is None) for role in roles] == [(old.pk, False), (new.user_id, True)]
    assert state(engagement) == "preparing"


def test_who_may_not_serve_is_not_offered_as_the_next_advisor() -> None:
    engagement = EngagementFactory()
    colleague = certified(employer=engagement.municipality)
    uncertified = advisor_user().advisor
    perform("reassign", journey(engagement), actor(office()), reason="異動のため")
    for nobody in (colleague, uncertified, advisor_of(engagement).advisor):
        with pytest.raises(BadInput):
            perform("reassigned", journey(engagement), actor(office()), advisor=str(nobody.pk))


def test_a_reassignment_is_called_off_with_the_same_advisor() -> None:
    engagement = EngagementFactory()
    lead = advisor_of(engagement)
    perform("reassign", journey(engagement), actor(office()), reason="異動のため")
    perform("keep_advisor", journey(engagement), actor(office()), reason="異動がなくなった")
    role = EngagementRole.objects.get(engagement=engagement.pk, role="advisor")
    assert (role.user_id, role.valid_to) == (lead.pk, None)


def test_the_year_after_and_back() -> None:
    engagement = EngagementFactory()
    sessions_were_held(engagement)
    answered_row(engagement, "adopted")
    services.advance(engagement, now=timezone.now())
    boss = actor(office())
    decision = Decision.objects.get()
    perform("note_progress", decision, actor(contact_of(engagement)), progress="様式を並べています")
    for name, data, expected in (
        ("follow_up", {}, "following_up"),
        ("close", {"no_case_reason": "町の希望により公開しない"}, "closed"),
        ("reopen", {"reason": "再調査"}, "following_up"),
        ("return_to_agreed", {"reason": "早すぎた"}, "agreed"),
        ("withdraw_agreement", {"reason": "答え直し"}, "reporting"),
    ):
        perform(name, journey(engagement), boss, **data)
        assert state(engagement) == expected
    assert faults() == []


def test_a_withdrawn_agreement_does_not_come_back_by_itself() -> None:
    """The answer goes with it: a late record of the session, confirmed, carries nothing on."""
    plan = agreed("adopted")
    engagement = plan.engagement
    perform("withdraw_agreement", journey(engagement), actor(office()), reason="答えの日を間違えた")
    plan.refresh_from_db()
    assert (state(engagement), plan.state) == ("reporting", "reported")
    assert {row.state for row in plan.decisions.all()} <= {"proposed", "taken"}
    services.advance(engagement, now=timezone.now())
    assert state(engagement) == "reporting"
    give_answer(plan, "adopted")
    assert state(engagement) == "agreed"


def test_an_agreement_that_is_being_carried_out_is_not_withdrawn() -> None:
    plan = agreed("adopted")
    engagement = plan.engagement
    perform("start", plan.decisions.get(), actor(contact_of(engagement)))
    with pytest.raises(GuardsUnmet, match="始めた改善があるため"):
        perform("withdraw_agreement", journey(engagement), actor(office()), reason="やり直し")
    plan.refresh_from_db()
    assert (state(engagement), plan.state) == ("agreed", "answered")
