"""A record is confirmed by link or by silence: GET never acts, one use, one addressee, open days counted."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import SignedLink
from engagements.models import Engagement
from engagements.programme.models import Programme
from engagements.sessions.jobs import confirm_by_silence
from engagements.sessions.letters import CONFIRM_PURPOSE, confirm_due, silent_until
from municipalities.dates import add_working_days
from tests.factories.engagements import EngagementFactory, actor, advisor_of, contact_of, member, session_of
from tests.sessions.helpers import LOG, log
from workflow import SYSTEM, perform
from workflow.errors import GuardsUnmet
from workflow.models import Event, Outbox

pytestmark = pytest.mark.django_db


def sent_to(address: str) -> str:
    """The path of the newest link that was mailed there."""
    mails = Outbox.objects.filter(kind="mail", address=address, body__contains="/l/").order_by("pk")
    found = re.search(r"/l/\S+", mails.last().body)  # type: ignore[union-attr]
    assert found
    return found[0]


def confirmations(engagement: Engagement) -> int:
    return Event.objects.filter(stream=session_of(engagement, 1).stream, type="session.confirm").count()


def test_reading_the_link_never_acts_and_one_post_confirms(client: Client) -> None:
    engagement = EngagementFactory()
    log(engagement, 1)
    path = sent_to(contact_of(engagement).email)
    for _time in range(2):
        page = client.get(path).content.decode()
        assert client.head(path).status_code == 200
    assert LOG["log_summary"] in page
    assert session_of(engagement, 1).state == "logged"
    assert "確認しました" in client.post(path, {"do": "confirm"}).content.decode()
    assert session_of(engagement, 1).state == "confirmed"
    again = client.get(path).content.decode()
    assert LOG["log_summary"] in again
    assert 'value="confirm"' not in again
    assert client.post(path, {"do": "confirm"}).status_code == 410
    assert confirmations(engagement) == 1


def test_the_link_sends_back_with_a_reason_only(client: Client) -> None:
    engagement = EngagementFactory()
    log(engagement, 1)
    path = sent_to(contact_of(engagement).email)
    assert client.post(path, {"do": "send_back", "reason": ""}).status_code == 422
    assert session_of(engagement, 1).state == "logged"
    assert client.post(path, {"do": "send_back", "reason": "税務課は3人でした"}).status_code == 200
    assert session_of(engagement, 1).log_comment == "税務課は3人でした"


def test_a_link_is_for_the_record_that_it_came_with(client: Client) -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1)
    old = sent_to(contact_of(engagement).email)
    perform("send_back", session, actor(contact_of(engagement)), reason="人数")
    perform("log", session, actor(advisor_of(engagement)), **LOG)
    new = sent_to(contact_of(engagement).email)
    assert old != new
    assert client.post(old, {"do": "confirm"}).status_code == 410
    assert session_of(engagement, 1).state == "logged"
    assert client.post(new, {"do": "confirm"}).status_code == 200


def test_of_two_contacts_the_first_confirms_and_the_second_reads(client: Client) -> None:
    engagement = EngagementFactory()
    second = member("contact", engagement.municipality)  # type: ignore[arg-type]
    log(engagement, 1)
    paths = [sent_to(person.email) for person in (contact_of(engagement), second)]
    assert client.post(paths[0], {"do": "confirm"}).status_code == 200
    assert client.get(paths[1]).status_code == 200
    assert client.post(paths[1], {"do": "confirm"}).status_code == 409
    assert confirmations(engagement) == 1


def test_an_expired_link_is_closed_and_opens_no_other_session(client: Client) -> None:
    engagement, other = EngagementFactory(), EngagementFactory()
    log(engagement, 1)
    log(other, 1)
    path = sent_to(contact_of(engagement).email)
    SignedLink.objects.filter(purpose=CONFIRM_PURPOSE).update(expires_at=timezone.now() - timedelta(days=1))
    assert client.post(path, {"do": "confirm"}).status_code == 410
    assert {session_of(each, 1).state for each in (engagement, other)} == {"logged"}


def after(day_of: object, days: int = 1) -> datetime:
    day = day_of + timedelta(days=days)  # type: ignore[operator]
    return timezone.make_aware(datetime.combine(day, time(0, 10)))


def test_silence_confirms_after_open_days_once_and_is_said(client: Client) -> None:
    engagement = EngagementFactory()
    Programme.objects.update(silence_days=10)
    log(engagement, 1)
    session = session_of(engagement, 1)
    last = silent_until(session)
    assert last == add_working_days(timezone.localdate(), 10)
    assert confirm_by_silence(after(last, 0)) == 0
    assert [confirm_by_silence(after(last)) for _time in range(2)] == [1, 0]
    stored = session_of(engagement, 1)
    assert (stored.state, stored.confirmed_by_silence) == ("confirmed", True)
    client.force_login(contact_of(engagement))
    page = client.get(f"/sessions/{session.pk}/log/").content.decode()
    assert "期限までに申し出がなかったため確認済みとしました" in page
    perform("reopen", stored, actor(contact_of(engagement)), reason="人数が違う")
    assert not session_of(engagement, 1).confirmed_by_silence


def test_silence_never_comes_before_the_day_that_was_asked_for() -> None:
    engagement = EngagementFactory()
    Programme.objects.update(silence_days=1)
    log(engagement, 1)
    session = session_of(engagement, 1)
    assert silent_until(session) == confirm_due(session)
    with pytest.raises(GuardsUnmet):
        perform("take_silence", session, SYSTEM, now=after(timezone.localdate(), 2))


def test_silence_says_nothing_where_the_programme_does_not_count_it() -> None:
    engagement = EngagementFactory()
    log(engagement, 1)
    assert silent_until(session_of(engagement, 1)) is None
    assert confirm_by_silence(after(timezone.localdate(), 400)) == 0


def test_a_closed_engagement_takes_no_next_step(client: Client) -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1)
    Engagement.objects.filter(pk=engagement.pk).update(state="closed")
    client.force_login(contact_of(engagement))
    answer = client.post(f"/sessions/{session.pk}/next-step/")
    assert answer.status_code == 409
    assert "終わった支援" in answer.content.decode()
    assert session_of(engagement, 1).log_next_done_at is None


def test_a_link_that_ran_out_sends_a_new_one_to_the_same_contact(client: Client) -> None:
    engagement = EngagementFactory()
    log(engagement, 1)
    address = contact_of(engagement).email
    old = sent_to(address)
    long_ago = timezone.now() - timedelta(days=40)
    SignedLink.objects.update(expires_at=long_ago, created_at=long_ago)
    assert 'name="renew"' in client.get(old).content.decode()
    assert client.post(old, {"renew": "1"}).status_code == 200
    new = sent_to(address)
    assert new != old
    assert "確認しました" in client.post(new, {"do": "confirm"}).content.decode()
    assert confirmations(engagement) == 1


def test_no_new_link_for_a_record_that_was_confirmed_or_written_anew(client: Client) -> None:
    engagement = EngagementFactory()
    log(engagement, 1)
    old = sent_to(contact_of(engagement).email)
    long_ago = timezone.now() - timedelta(days=40)
    SignedLink.objects.update(expires_at=long_ago, created_at=long_ago)
    perform("confirm", session_of(engagement, 1), actor(contact_of(engagement)))
    assert 'name="renew"' not in client.get(old).content.decode()
    assert client.post(old, {"renew": "1"}).status_code == 409
