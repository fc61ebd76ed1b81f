"""Effects: at least once, counted, set aside, and the same Message-ID on every try."""

import errno
import smtplib
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from workflow import outbox, sweep
from workflow.models import Outbox, OutboxState

pytestmark = pytest.mark.django_db


def a_mail(address="hanako@example.lg.jp"):
    item = outbox.Mail(address, "9月10日(木)までに、日を選んでください", "本文")
    return outbox.put([item], event=None, now=timezone.now(), context="application:1")


def test_a_mail_is_sent_once_and_marked():
    row = a_mail()[0]
    assert outbox.deliver(row.pk) is True
    assert outbox.deliver(row.pk) is False
    row.refresh_from_db()
    assert (row.state, row.attempts, len(mail.outbox)) == (OutboxState.DONE, 1, 1)


def test_the_same_person_gets_one_mail_an_event():
    assert len(a_mail()) == 1
    assert a_mail() == []
    assert Outbox.objects.count() == 1


def test_a_repeated_mail_carries_its_own_message_id():
    row = a_mail()[0]
    outbox.send_mail(row)
    outbox.send_mail(row)
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second


def test_a_failure_keeps_its_reason_and_waits_for_the_lease():
    row = outbox.put(
        [outbox.Mail("not an address\n", "a", "b")], event=None, now=timezone.now(), context="x"
    )[0]
    assert outbox.deliver(row.pk) is False
    row.refresh_from_db()
    assert row.state == OutboxState.PENDING
    assert row.last_error
    assert row.claimed_until > timezone.now()


def test_a_row_whose_worker_died_is_handed_over_again_and_set_aside_at_last():
    row = a_mail()[0]
    past = timezone.now() - timedelta(minutes=30)
    for attempts in range(outbox.MAX_ATTEMPTS):
        Outbox.objects.filter(pk=row.pk).update(attempts=attempts, claimed_until=past, handed_at=None)
        assert sweep.hand_over_again(timezone.now()) == 1
    Outbox.objects.filter(pk=row.pk).update(attempts=outbox.MAX_ATTEMPTS, claimed_until=past, handed_at=None)
    assert sweep.hand_over_again(timezone.now()) == 0
    row.refresh_from_db()
    assert (row.state, row.last_error) == (OutboxState.SET_ASIDE, "処理の途中で止まることが続きました。")
    assert outbox.deliver(row.pk) is False


class Server:
    """A mail server that answers every mail with the same error."""

    def __init__(self, error):
        self.error = error

    def send_messages(self, messages):
        raise self.error


AWAY = [
    ConnectionRefusedError(111, "Connection refused"),
    OSError(errno.EHOSTUNREACH, "No route to host"),
    TimeoutError("timed out"),
    smtplib.SMTPConnectError(554, b"no service"),
    smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
    smtplib.SMTPAuthenticationError(535, b"authentication failed"),
    smtplib.SMTPRecipientsRefused({"hanako@example.lg.jp": (450, b"greylisted")}),
]
REFUSED = [
    smtplib.SMTPRecipientsRefused({"hanako@example.lg.jp": (550, b"no such user")}),
    smtplib.SMTPDataError(554, b"rejected"),
]


@pytest.fixture
def answers(monkeypatch):
    """The mail server's answer to every mail from now on."""

    def set_answer(error):
        monkeypatch.setattr("django.core.mail.get_connection", lambda **_options: Server(error))

    return set_answer


def fail_at(row, now, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    assert outbox.deliver(row.pk) is False
    row.refresh_from_db()


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_a_server_that_is_away_is_asked_for_two_days_with_growing_gaps(error, answers, monkeypatch):
    row, gaps = a_mail()[0], []
    start = moment = timezone.now()
    answers(error)
    while row.state == OutboxState.PENDING:
        fail_at(row, moment, monkeypatch)
        assert row.attempts <= 1
        gaps.append(row.claimed_until - moment)
        moment = row.claimed_until + timedelta(seconds=1)
    assert row.state == OutboxState.SET_ASIDE
    assert timedelta(days=2) <= moment - start < timedelta(days=2, hours=3)
    assert gaps[0] == timedelta(seconds=settings.OUTBOX_ASK_AGAIN_SECONDS)
    assert max(gaps) == outbox.LATEST
    assert 25 < len(gaps) < 50


def test_a_server_that_comes_back_gets_the_mail(answers, monkeypatch):
    row = a_mail()[0]
    with monkeypatch.context():
        answers(AWAY[0])
        assert outbox.deliver(row.pk) is False
    monkeypatch.undo()
    Outbox.objects.filter(pk=row.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert sweep.hand_over_again(timezone.now()) == 1
    assert outbox.deliver(row.pk) is True
    row.refresh_from_db()
    assert (row.state, row.failing_since, row.last_error) == (OutboxState.DONE, None, "")


@pytest.mark.parametrize("error", REFUSED, ids=lambda error: type(error).__name__)
def test_a_refusal_for_good_is_shown_at_once(error, answers):
    row = a_mail()[0]
    answers(error)
    assert outbox.deliver(row.pk) is False
    row.refresh_from_db()
    assert row.state == OutboxState.SET_ASIDE
    assert type(error).__name__ in row.last_error


def test_a_row_that_waits_its_turn_is_not_handed_over_at_every_pass():
    row = a_mail()[0]
    now = timezone.now() + timedelta(seconds=11)
    assert sweep.hand_over_again(now) == 1
    assert sweep.hand_over_again(now + timedelta(seconds=5)) == 0
    assert sweep.hand_over_again(now + sweep.QUEUEING + timedelta(seconds=1)) == 1
    row.refresh_from_db()
    assert row.attempts == 0


def test_retry_starts_counting_again():
    row = a_mail()[0]
    outbox.set_aside(row)
    outbox.retry(row)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (OutboxState.PENDING, 0)
    assert outbox.deliver(row.pk) is True


def test_only_one_sweep_at_a_time():
    now = timezone.now()
    assert sweep.run(now, "one") is not None
    assert sweep.run(now, "two") is None
    assert sweep.run(now, "one") is not None
    assert sweep.run(now + timedelta(minutes=2), "two") is not None
