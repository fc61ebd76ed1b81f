"""A day that is moved or given up after it was settled: why, who is told, what comes next, and what stays to read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories.engagements import EngagementFactory, actor, advisor_of, contact_of, office, session_of
from tests.sessions.helpers import at, hold, log, meeting, schedule
from tests.sessions.test_dates import form, mails_to, plain_day, row, turn
from workflow import perform
from workflow.errors import BadInput, WrongState
from workflow.models import Outbox, Span

pytestmark = pytest.mark.django_db


def test_a_town_that_can_not_come_gives_its_reason_and_new_dates_in_one_mail() -> None:
    engagement = EngagementFactory()
    town, advisor = contact_of(engagement), advisor_of(engagement)
    session = schedule(engagement, 1)
    before = len(mails_to(advisor))
    options = [row(plain_day(1)), row(plain_day(3))]
    perform("ask_new_dates", session, actor(town), options=options, reason="議会の日と重なりました")
    stored = session_of(engagement, 1)
    assert stored.state == "postponed"
    assert not stored.meetings.filter(called_off=False).exists()
    assert stored.date_options.filter(state="open", side="town").count() == 2
    assert turn(session)[0] == "advisor"
    assert len(mails_to(advisor)) == before + 1
    body = Outbox.objects.filter(kind="mail", address=advisor.email).latest("pk").body
    assert "議会の日と重なりました" in body


def test_without_a_reason_or_dates_the_settled_day_stays() -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1)
    for said in ({"options": [row(plain_day(1))]}, {"reason": "都合"}, {"options": [], "reason": "都合"}):
        with pytest.raises(BadInput):
            perform("ask_new_dates", session, actor(contact_of(engagement)), **said)
    assert session_of(engagement, 1).meetings.filter(called_off=False).count() == 1


def test_what_was_held_can_not_be_asked_for_again() -> None:
    engagement = EngagementFactory()
    session = hold(engagement, 1)
    with pytest.raises(WrongState):
        perform(
            "ask_new_dates",
            session,
            actor(advisor_of(engagement)),
            options=[row(plain_day(1))],
            reason="もう一度",
        )


def test_a_moved_day_tells_the_other_side_what_it_was_and_why(client: Client) -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1)
    perform("reschedule", session, actor(contact_of(engagement)), **meeting(17), reason="会場の都合")
    assert any("に変わった" in subject for subject in mails_to(advisor_of(engagement)))
    client.force_login(advisor_of(engagement))
    page = client.get(f"/sessions/{session.pk}/dates/").content.decode()
    assert "日程の移り変わり" in page
    assert "会場の都合" in page
    assert f"{at(10).month}月{at(10).day}日" in page.partition("日程の移り変わり")[2]


def test_the_office_is_named_as_the_office(client: Client) -> None:
    engagement, boss = EngagementFactory(), office()
    session = schedule(engagement, 1)
    perform("postpone", session, actor(boss), reason="大雪の予報")
    client.force_login(contact_of(engagement))
    page = client.get(f"/sessions/{session.pk}/dates/").content.decode()
    assert "大雪の予報" in page
    assert boss.name not in page


def test_a_date_that_is_looked_for_has_a_day_by_which_it_is_settled() -> None:
    engagement = EngagementFactory()
    days = timedelta(days=engagement.programme.propose_days)
    assert turn(session_of(engagement, 2)) == ("contact", None)
    hold(engagement, 1)
    assert turn(session_of(engagement, 2)) == ("contact", timezone.localdate() + days)
    assert turn(session_of(engagement, 3)) == ("contact", None)
    later = schedule(engagement, 2, 20)
    perform("postpone", later, actor(contact_of(engagement)), reason="会場が取れない")
    assert turn(later) == ("contact", timezone.localdate() + days)


def test_the_page_asks_for_both_and_keeps_what_was_typed(client: Client) -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1)
    path = f"/sessions/{session.pk}/dates/"
    client.force_login(contact_of(engagement))
    assert "日程を選び直す" in client.get(path).content.decode()
    answer = client.post(path, form(plain_day(2), do="ask_new_dates"))
    assert answer.status_code == 422
    assert f'value="{plain_day(2)}"' in answer.content.decode()
    sent = client.post(path, form(plain_day(2), do="ask_new_dates", reason="選挙のため"))
    assert sent.status_code == 302
    assert session_of(engagement, 1).state == "postponed"
    assert "選挙のため" in client.get(path).content.decode()


def test_what_a_record_asked_for_comes_before_the_search_for_a_date_until_that_is_late(
    client: Client,
) -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1)
    perform("confirm", session, actor(contact_of(engagement)))
    client.force_login(contact_of(engagement))
    assert f"/sessions/{session.pk}/next-step/" in client.get("/").content.decode()
    following = session_of(engagement, 2).stream
    Span.objects.filter(stream=following, left_at=None).update(
        due_on=timezone.localdate() - timedelta(days=1)
    )
    assert f"/sessions/{session.pk}/next-step/" not in client.get("/").content.decode()
    assert "の日程を入れてください" in client.get("/").content.decode()
