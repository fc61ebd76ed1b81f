"""Planning keeps the order and the advisor's days; what has happened can always be recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from engagements.journey.models import Journey
from municipalities.dates import add_working_days
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    advisor_user,
    contact_of,
    office,
    session_of,
)
from tests.sessions.helpers import at, confirm, hold, log, meeting, schedule
from workflow import perform
from workflow.errors import BadInput, GuardsUnmet, NotAllowed, WrongState
from workflow.models import Outbox, Span

pytestmark = pytest.mark.django_db


def test_a_contact_sets_a_date_and_the_advisor_is_told() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1)
    assert session.state == "scheduled"
    assert session.meetings.get().place == "本庁舎"
    mail = Outbox.objects.get(kind="mail")
    assert mail.address == advisor_of(engagement).email
    assert "① 研修の日程をご確認ください" in mail.subject
    assert mail.subject[0].isdigit()


def test_the_second_session_waits_for_the_first() -> None:
    engagement = EngagementFactory()
    with pytest.raises(GuardsUnmet, match="① 研修の日程が決まると"):
        schedule(engagement, 2)
    schedule(engagement, 1, 10)
    assert schedule(engagement, 2, 20).state == "scheduled"


def test_a_cancelled_session_does_not_block_the_next() -> None:
    engagement = EngagementFactory()
    perform("cancel", session_of(engagement, 1), actor(office()), reason="研修は済んでいるため")
    assert schedule(engagement, 2).state == "scheduled"


def test_no_session_is_planned_before_an_earlier_or_after_a_later_one() -> None:
    engagement = EngagementFactory()
    schedule(engagement, 1, 10)
    with pytest.raises(BadInput) as refused:
        schedule(engagement, 2, 9)
    assert "より後の日に" in refused.value.fields["starts_at"][0]
    schedule(engagement, 2, 20)
    with pytest.raises(BadInput) as refused:
        perform(
            "reschedule",
            session_of(engagement, 1),
            actor(contact_of(engagement)),
            reason="変更",
            **meeting(21),
        )
    assert "先に② 体験調査" in refused.value.fields["starts_at"][0]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (meeting(-1), "starts_at"),
        (meeting(3, ends_at=at(3, 8)), "ends_at"),
        (meeting(3, ends_at=at(4, 11)), "ends_at"),
        (meeting(900), "starts_at"),
        (meeting(3, mode="by car"), "mode"),
        (meeting(3, starts_at="2026-02-31T10:00"), "starts_at"),
    ],
)
def test_impossible_dates_are_refused_by_field(typed: dict, field: str) -> None:
    engagement = EngagementFactory()
    with pytest.raises(BadInput) as refused:
        perform("schedule", session_of(engagement, 1), actor(contact_of(engagement)), **typed)
    assert set(refused.value.fields) == {field}
    assert session_of(engagement, 1).state == "unscheduled"


def test_a_past_date_points_to_the_late_record() -> None:
    with pytest.raises(BadInput, match="あとから実施を記録する"):
        schedule(EngagementFactory(), 1, -1)


def test_the_advisor_is_in_one_town_a_day() -> None:
    lead = advisor_user()
    schedule(EngagementFactory(advisor=lead), 1, 10)
    other = EngagementFactory(advisor=lead)
    with pytest.raises(BadInput, match="別の町に行く日"):
        schedule(other, 1, 10)
    assert schedule(other, 1, 11).state == "scheduled"


def test_two_meetings_of_one_town_may_share_a_day() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1, 10)
    later = meeting(10, starts_at=at(10, 13), ends_at=at(10, 15), title="ワークショップ")
    perform("add_meeting", session, actor(contact_of(engagement)), **later)
    assert session.meetings.count() == 2


def test_a_rescheduled_day_is_named_where_there_are_two() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1, 10)
    perform("add_meeting", session, actor(contact_of(engagement)), **meeting(11))
    with pytest.raises(BadInput, match="どの日を変えるか"):
        perform("reschedule", session, actor(contact_of(engagement)), reason="会場", **meeting(12))
    first = session.meetings.earliest("starts_at")
    event = perform(
        "reschedule",
        session,
        actor(contact_of(engagement)),
        meeting=str(first.pk),
        reason="会場",
        **meeting(12),
    )
    first.refresh_from_db()
    assert first.starts_at == at(12)
    assert '"was":' in event.canonical


def test_postponed_days_are_called_off_and_a_new_date_is_set() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1, 10)
    perform("postpone", session, actor(advisor_of(engagement)), reason="議会のため")
    assert session.state == "postponed"
    assert not session.meetings.filter(called_off=False).exists()
    assert schedule(engagement, 1, 15).state == "scheduled"


def test_nothing_is_planned_in_a_pause_but_the_past_is_recorded() -> None:
    engagement = EngagementFactory()
    perform("pause", Journey.objects.get(pk=engagement.pk), actor(office()), reason="人事異動のため")
    with pytest.raises(GuardsUnmet, match="中断中"):
        schedule(engagement, 1)
    session = session_of(engagement, 1)
    perform(
        "record_held",
        session,
        actor(contact_of(engagement)),
        held_on=timezone.localdate(),
        reason="行っていた",
    )
    assert session.state == "held"


def test_out_of_order_and_late_records_are_accepted_and_show_as_such() -> None:
    engagement = EngagementFactory()
    day = timezone.localdate() - timedelta(days=20)
    session = session_of(engagement, 2)
    event = perform(
        "record_held", session, actor(advisor_of(engagement)), held_on=day.isoformat(), reason="入力が遅れた"
    )
    assert session.held_on == day
    assert timezone.localdate(event.occurred_at) == day
    assert event.occurred_at < event.recorded_at


@pytest.mark.parametrize(("days", "sentence"), [(1, "これから来る日"), (-1000, "年をお確かめ")])
def test_a_day_of_holding_is_possible(days: int, sentence: str) -> None:
    engagement = EngagementFactory()
    with pytest.raises(BadInput, match=sentence):
        perform(
            "record_held",
            session_of(engagement, 1),
            actor(contact_of(engagement)),
            held_on=timezone.localdate() + timedelta(days=days),
            reason="遅れ",
        )


def test_a_late_record_needs_a_reason() -> None:
    engagement = EngagementFactory()
    with pytest.raises(BadInput) as refused:
        perform(
            "record_held",
            session_of(engagement, 1),
            actor(contact_of(engagement)),
            held_on=timezone.localdate(),
        )
    assert set(refused.value.fields) == {"reason"}


def test_reverses_lead_back_and_mail_nobody() -> None:
    engagement = EngagementFactory()
    session = hold(engagement, 1)
    Outbox.objects.all().delete()
    town = actor(contact_of(engagement))
    with pytest.raises(GuardsUnmet, match="日程のある回"):
        perform("unrecord", session, town, reason="誤り")
    perform("unhold", session, town, reason="誤り")
    assert (session.state, session.held_on) == ("scheduled", None)
    assert not Outbox.objects.exists()


def test_a_late_record_is_taken_back_to_no_date() -> None:
    engagement = EngagementFactory()
    session, town = session_of(engagement, 1), actor(contact_of(engagement))
    perform("record_held", session, town, held_on=timezone.localdate(), reason="遅れ")
    with pytest.raises(GuardsUnmet, match="日程なし"):
        perform("unhold", session, town, reason="誤り")
    perform("unrecord", session, town, reason="誤り")
    assert (session.state, session.held_on) == ("unscheduled", None)


def test_spans_say_whose_turn_and_by_when() -> None:
    engagement = EngagementFactory()
    log_days, confirm_days = engagement.programme.log_days, engagement.programme.confirm_days
    session = hold(engagement, 1, -3)
    held = Span.objects.get(stream=session.stream, left_at=None)
    assert (held.turn_role, held.turn_scope) == ("advisor", f"engagement:{engagement.pk}")
    assert held.due_on == session.held_on + timedelta(days=log_days)
    other = EngagementFactory()
    logged = log(other, 1)
    span = Span.objects.get(stream=logged.stream, left_at=None)
    assert (span.turn_role, span.turn_scope) == ("contact", f"municipality:{other.municipality_id}")
    assert span.due_on == add_working_days(timezone.localdate(), confirm_days)


def test_an_advisor_of_another_town_may_do_nothing() -> None:
    engagement, stranger = EngagementFactory(), actor(advisor_of(EngagementFactory()))
    for name, data in (("schedule", meeting(3)), ("cancel", {"reason": "誤り"})):
        with pytest.raises(NotAllowed):
            perform(name, session_of(engagement, 1), stranger, **data)


def test_a_confirmed_session_is_not_scheduled_again() -> None:
    engagement = EngagementFactory()
    session = confirm(engagement, 1)
    with pytest.raises(WrongState):
        perform("schedule", session, actor(contact_of(engagement)), **meeting(3))
