"""The log: written in one go, confirmed, sent back, corrected with both values kept."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from engagements.programme.models import ChecklistItem
from engagements.sessions import selectors, services
from engagements.sessions.models import Session
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    contact_of,
    office,
    session_of,
)
from tests.sessions.helpers import LOG, at, confirm, hold, log, schedule
from workflow import perform
from workflow.errors import BadInput, NotAllowed
from workflow.models import Outbox

pytestmark = pytest.mark.django_db


def test_the_log_asks_the_town_to_confirm() -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1)
    assert session.log_hours == Decimal("2.5")
    assert selectors.people(session) == 10
    mail = Outbox.objects.filter(kind="mail").latest("pk")
    assert mail.address == contact_of(engagement).email
    assert "までに、① 研修の実施記録をご確認ください" in mail.subject
    assert "までに確認してください" in mail.body
    assert "/l/" in mail.body


def test_a_hold_by_the_town_tells_the_advisor_that_a_log_is_due() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1, -1, now=at(-5))
    perform("hold", session, actor(contact_of(engagement)), held_on=timezone.localdate())
    mail = Outbox.objects.filter(kind="mail").latest("pk")
    assert mail.address == advisor_of(engagement).email
    assert f"/sessions/{session.pk}/log/" in mail.body


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"log_hours": "25"}, "log_hours"),
        ({"log_hours": "2.3"}, "log_hours"),
        ({"log_hours": "NaN"}, "log_hours"),
        ({"log_summary": " "}, "log_summary"),
        ({"log_next_step": ""}, "log_next_step"),
        ({"log_attendance": "{"}, "log_attendance"),
        ({"log_attendance": '[{"section": "", "count": 3}]'}, "log_attendance"),
        ({"log_attendance": '[{"section": "税務課", "count": -1}]'}, "log_attendance"),
        ({"log_attendance": '[{"section": "税務課", "count": true}]'}, "log_attendance"),
        ({"log_attendance": '[{"section": "税務課"}]'}, "log_attendance"),
        ({"log_next_by": "2020-01-01"}, "log_next_by"),
        ({"log_mood": "good"}, "log_mood"),
    ],
)
def test_an_implausible_log_is_refused_by_field(changed: dict, field: str) -> None:
    engagement = EngagementFactory()
    session = hold(engagement, 1)
    with pytest.raises(BadInput) as refused:
        perform("log", session, actor(advisor_of(engagement)), **LOG | changed)
    assert set(refused.value.fields) == {field}
    assert session_of(engagement, 1).log_summary == ""


def test_the_town_sends_it_back_and_the_advisor_sees_why() -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1)
    perform("send_back", session, actor(contact_of(engagement)), reason="税務課は3人でした")
    assert (session.state, session.log_comment) == ("held", "税務課は3人でした")
    assert Outbox.objects.filter(kind="mail").latest("pk").address == advisor_of(engagement).email
    perform("log", session, actor(advisor_of(engagement)), **LOG)
    assert session.log_comment == ""


def test_a_correction_keeps_both_values_and_needs_a_reason() -> None:
    engagement = EngagementFactory()
    session = confirm(engagement, 1)
    advisor = actor(advisor_of(engagement))
    with pytest.raises(BadInput) as refused:
        perform("correct", session, advisor, **LOG | {"log_hours": "3"})
    assert set(refused.value.fields) == {"reason"}
    event = perform(
        "correct",
        session,
        advisor,
        **LOG | {"log_hours": "3", "log_summary": "直した"},
        reason="時間を間違えた",
    )
    assert session.state == "confirmed"
    data, personal = json.loads(event.canonical)["data"], json.loads(event.personal.payload)
    assert data["log_hours"] == {"old": "2.50", "new": "3"}
    assert personal["log_summary"] == {"old": LOG["log_summary"], "new": "直した"}
    assert "直した" not in event.canonical
    assert data["log_attendance"] == json.loads(LOG["log_attendance"])


def test_only_the_town_confirms_and_only_the_advisor_logs() -> None:
    engagement = EngagementFactory()
    session = hold(engagement, 1)
    with pytest.raises(NotAllowed):
        perform("log", session, actor(contact_of(engagement)), **LOG)
    perform("log", session, actor(advisor_of(engagement)), **LOG)
    for user in (advisor_of(engagement), office(), contact_of(EngagementFactory())):
        with pytest.raises(NotAllowed):
            perform("confirm", session, actor(user))


def test_a_log_is_written_in_one_go_from_a_date() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1, -1, now=at(-5))
    day = timezone.localdate() - timedelta(days=1)
    services.write_log(session, actor=actor(advisor_of(engagement)), now=timezone.now(), held_on=day, **LOG)
    assert (session.state, session.held_on) == ("logged", day)


def test_a_log_in_one_go_is_whole_or_not_at_all() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1, -1, now=at(-5))
    with pytest.raises(BadInput):
        services.write_log(
            session, actor=actor(advisor_of(engagement)), now=timezone.now(), **LOG | {"log_hours": "99"}
        )
    assert session_of(engagement, 1).state == "scheduled"


def test_ticks_are_the_towns_and_only_of_its_own_list() -> None:
    engagement, other = EngagementFactory(), EngagementFactory()
    session, town = session_of(engagement, 1), actor(contact_of(engagement))
    item = session.kind.checklist.first()
    for _time in range(2):
        services.tick(session, item=item.pk, actor=town, now=timezone.now())
    lines = selectors.checklist(selectors.complete().get(pk=session.pk))
    assert [bool(line.done_at) for line in lines] == [True, False, False]
    with pytest.raises(NotAllowed):
        services.tick(session_of(other, 1), item=item.pk, actor=town, now=timezone.now())
    foreign = ChecklistItem.objects.exclude(kind=session.kind).first()
    with pytest.raises(BadInput):
        services.tick(session, item=foreign.pk, actor=town, now=timezone.now())
    services.untick(session, item=item.pk, actor=town)
    assert not session.ticks.exists()


def test_preparations_are_due_before_the_first_day() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1, 30)
    due = [line.due for line in selectors.checklist(selectors.complete().get(pk=session.pk))]
    first = timezone.localdate() + timedelta(days=30)
    assert due == [first - timedelta(days=days) for days in (7, 14, 21)]


def test_sections_are_suggested_from_earlier_sessions_and_hours_from_the_meeting() -> None:
    engagement = EngagementFactory()
    log(engagement, 1)
    session = schedule(engagement, 2, 10)
    assert selectors.suggested_sections(session) == ["町民課", "税務課"]
    assert selectors.planned_hours(selectors.complete().get(pk=session.pk)) == Decimal(2)


def test_a_draft_is_kept_until_the_log_is_out() -> None:
    engagement = EngagementFactory()
    session, advisor = hold(engagement, 1), actor(advisor_of(engagement))
    assert services.keep_draft(session, actor=advisor, draft={"log_summary": "書きかけ"})
    assert Session.objects.get(pk=session.pk).log_draft == {"log_summary": "書きかけ"}
    assert not services.keep_draft(session, actor=advisor, draft={"log_summary": "あ" * 30_000})
    with pytest.raises(NotAllowed):
        services.keep_draft(session, actor=actor(contact_of(engagement)), draft={})
    session.refresh_from_db()
    perform("log", session, advisor, **LOG)
    assert session.log_draft == {}
    assert not services.keep_draft(session, actor=advisor, draft={"log_summary": "遅い"})
