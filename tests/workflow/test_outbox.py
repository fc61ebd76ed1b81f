"""Effects: at least once, counted, set aside, and the same Message-ID on every try."""

import errno
import json
import re
import smtplib
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from workflow import envelopes, outbox, sweep
from workflow.actors import SYSTEM, Actor
from workflow.errors import WrongState
from workflow.log import record
from workflow.models import Event, Outbox, OutboxState

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
    assert sweep.hand_over_again(now + timedelta(seconds=settings.OUTBOX_QUEUEING_SECONDS + 1)) == 1
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


# --- rows -------------------------------------------------------------------------------------------

NOW = datetime(2026, 9, 3, 1, 42, tzinfo=UTC)


def stored(row):
    return Outbox.objects.get(pk=row.pk)


def test_a_row_holds_the_mail_and_where_it_belongs():
    item = outbox.Mail("hanako@example.lg.jp", "件" * 301, "本文")
    (row,) = outbox.put([item], event=None, now=NOW, context="application:1")
    kept = stored(row)
    assert (kept.key, kept.kind, kept.queue) == ("mail:application:1:hanako@example.lg.jp", "mail", "quick")
    assert (kept.address, kept.subject, kept.body) == ("hanako@example.lg.jp", "件" * 300, "本文")
    assert (kept.event, kept.context, kept.created_at) == (None, "application:1", NOW)


def test_a_row_of_an_event_belongs_to_the_events_thread():
    event = record("account.step", SYSTEM, stream="account:1", context="town:1", now=NOW)
    item = outbox.Mail("hanako@example.lg.jp", "件名", "本文")
    (row,) = outbox.put([item], event=event, now=NOW, context="application:1")
    assert (row.event, row.context, row.key) == (event, "town:1", f"mail:{event.pk}:hanako@example.lg.jp")


@pytest.fixture
def done():
    """Rows that a handler of this test was given."""
    rows = []
    outbox.handles("of the test", queue="long")(rows.append)
    yield rows
    outbox._handlers.pop("of the test")


def test_a_job_goes_to_the_queue_of_its_handler(done):
    job = outbox.Job("of the test", "鍵" * 161, {"id": 3})
    (row,) = outbox.put([job, job], event=None, now=NOW)
    kept = stored(row)
    assert (kept.key, kept.kind, kept.queue) == ("鍵" * 160, "of the test", "long")
    assert (kept.payload, kept.context) == ({"id": 3}, "")
    assert outbox.deliver(row.pk) is True
    assert done == [row]


def test_a_handler_is_quick_unless_it_says_otherwise(done):
    handler = outbox.handles("of the test")(done.append)
    assert handler == done.append
    (row,) = outbox.put([outbox.Job("of the test", "k")], event=None, now=NOW)
    assert (row.queue, row.payload) == ("quick", {})


def test_a_broker_that_is_away_is_no_fault(monkeypatch, caplog):
    monkeypatch.setattr("django_q.tasks.get_broker", lambda *_names: 1 / 0)
    outbox.tell(7, "quick")
    (said,) = [record.msg for record in caplog.records]
    assert (said["event"], said["row"]) == ("outbox row not handed over; the sweep will", 7)


# --- a start ----------------------------------------------------------------------------------------


def test_a_start_is_counted_and_holds_the_row_for_a_while(done):
    (row,) = outbox.put([outbox.Job("of the test", "k")], event=None, now=NOW)
    seen = []
    outbox.handles("of the test")(lambda given: seen.append(stored(given)))
    before = timezone.now()
    assert outbox.deliver(row.pk) is True
    lease = timedelta(seconds=settings.OUTBOX_LEASE_SECONDS["long"])
    assert (seen[0].attempts, seen[0].state) == (1, OutboxState.PENDING)
    assert before + lease <= seen[0].claimed_until <= timezone.now() + lease
    kept = stored(row)
    assert (kept.state, kept.claimed_until, kept.last_error) == (OutboxState.DONE, None, "")
    assert before <= kept.done_at <= timezone.now()


def test_a_row_that_a_worker_holds_is_left_to_it():
    row = a_mail()[0]
    Outbox.objects.filter(pk=row.pk).update(claimed_until=timezone.now() + timedelta(minutes=1))
    assert outbox.deliver(row.pk) is False
    assert stored(row).attempts == 0
    Outbox.objects.filter(pk=row.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert outbox.deliver(row.pk) is True


def test_the_fifth_start_is_the_last():
    row, other = a_mail()[0], a_mail("taro@example.lg.jp")[0]
    Outbox.objects.filter(pk=row.pk).update(attempts=5, last_error="前の理由")
    Outbox.objects.filter(pk=other.pk).update(attempts=4)
    assert (outbox.deliver(row.pk), outbox.deliver(other.pk)) == (False, True)
    assert (stored(row).state, stored(row).last_error) == (OutboxState.SET_ASIDE, "前の理由")
    assert stored(other).attempts == 5


def test_a_fault_is_named_with_its_kind(done, caplog):
    def breaks(row):
        raise ValueError("長" * 3000)

    outbox.handles("of the test")(breaks)
    (row,) = outbox.put([outbox.Job("of the test", "k")], event=None, now=NOW)
    assert outbox.deliver(row.pk) is False
    kept = stored(row)
    assert kept.last_error == ("ValueError: " + "長" * 3000)[:2000]
    assert (kept.state, kept.attempts, kept.failing_since) == (OutboxState.PENDING, 1, None)
    (said,) = [record.msg for record in caplog.records]
    assert (said["event"], said["job"], said["attempt"]) == ("job failed", row.pk, 1)


def test_a_jobs_full_disk_counts_as_a_start(done):
    def breaks(row):
        raise OSError(errno.ENOSPC, "No space left on device")

    outbox.handles("of the test")(breaks)
    (row,) = outbox.put([outbox.Job("of the test", "k")], event=None, now=NOW)
    outbox.deliver(row.pk)
    assert (stored(row).attempts, stored(row).failing_since) == (1, None)


def after(error, answers, **changes):
    """What one try made of a mail's row."""
    row = a_mail()[0]
    Outbox.objects.filter(pk=row.pk).update(**changes)
    answers(error)
    outbox.deliver(row.pk)
    return stored(row)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (smtplib.SMTPDataError(499, b"later"), OutboxState.PENDING),
        (smtplib.SMTPDataError(500, b"never"), OutboxState.SET_ASIDE),
        (smtplib.SMTPSenderRefused(499, b"later", "a@b"), OutboxState.PENDING),
        (smtplib.SMTPSenderRefused(500, b"never", "a@b"), OutboxState.SET_ASIDE),
        (smtplib.SMTPRecipientsRefused({"a@b": (500, b"never")}), OutboxState.SET_ASIDE),
        (
            smtplib.SMTPRecipientsRefused({"a@b": (550, b"never"), "c@d": (450, b"later")}),
            OutboxState.PENDING,
        ),
    ],
)
def test_only_a_refusal_of_the_mail_itself_is_for_good(error, state, answers):
    assert after(error, answers).state == state


def test_after_two_days_nobody_asks_again(answers):
    away = ConnectionRefusedError(111, "Connection refused")
    now = timezone.now()
    kept = after(away, answers, failing_since=now - outbox.GIVE_UP)
    assert (kept.state, kept.last_error) == (
        OutboxState.SET_ASIDE,
        "ConnectionRefusedError: [Errno 111] Connection refused",
    )


def test_a_server_that_is_away_since_an_hour_is_asked_in_an_hour(answers):
    away = ConnectionRefusedError(111, "Connection refused")
    since = timezone.now() - timedelta(hours=1)
    kept = after(away, answers, failing_since=since)
    assert (kept.state, kept.attempts, kept.failing_since) == (OutboxState.PENDING, 0, since)
    ahead = kept.claimed_until - timezone.now()
    assert timedelta(minutes=59) < ahead < timedelta(minutes=61)
    assert kept.last_error.startswith("ConnectionRefusedError: ")


# --- people at the desk -----------------------------------------------------------------------------


def set_aside(address="hanako@example.lg.jp", **changes):
    row = a_mail(address)[0]
    outbox.set_aside(row)
    Outbox.objects.filter(pk=row.pk).update(**changes)
    return stored(row)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_tried_again_begins_anew():
    row = set_aside(attempts=5, last_error="x", claimed_until=NOW, handed_at=NOW, failing_since=NOW)
    outbox.retry(row)
    kept = stored(row)
    assert (kept.state, kept.attempts, kept.last_error) == (OutboxState.PENDING, 0, "")
    assert (kept.claimed_until, kept.handed_at, kept.failing_since) == (None, None, None)


def test_what_stopped_is_listed_the_longest_waiting_first():
    a_mail("waiting@example.lg.jp")
    young = set_aside("young@example.lg.jp", created_at=NOW)
    old = set_aside("old@example.lg.jp", created_at=NOW - timedelta(days=1))
    same_age = set_aside("same@example.lg.jp", created_at=NOW)
    assert list(outbox.stopped()) == [old, young, same_age]


def test_the_log_says_who_tried_again_and_why_it_had_stopped():
    row = set_aside(last_error="SMTPDataError: 554")
    actor = Actor("user", "7", "見本 花子")
    outbox.try_again(row.pk, actor=actor, now=NOW)
    event = Event.objects.get(type="outbox.try_again")
    assert (event.stream, event.context, event.actor_key) == (f"outbox:{row.pk}", "application:1", "user:7")
    assert event.recorded_at == NOW
    assert json.loads(event.canonical)["data"] == {"kind": "mail"}
    assert json.loads(event.personal.payload)["error"] == "SMTPDataError: 554"
    assert stored(row).state == OutboxState.PENDING


def test_a_row_without_a_thread_has_its_own():
    row = set_aside(context="")
    outbox.try_again(row.pk, actor=SYSTEM, now=NOW)
    assert Event.objects.get(type="outbox.try_again").context == f"outbox:{row.pk}"


def test_whoever_is_slower_is_told_what_it_is_now():
    row = a_mail()[0]
    with pytest.raises(WrongState, match="「もう一度試す」はいまできません。状態が「送信待ち」"):
        outbox.try_again(row.pk, actor=SYSTEM, now=NOW)
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("sender", "host", "shown"),
    [
        ("madoguchi@example.go.jp", "example.go.jp", '"事務局" <madoguchi@example.go.jp>'),
        ("窓口 <madoguchi@example.go.jp>", "example.go.jp", "窓口 <madoguchi@example.go.jp>"),
        ("a@b@example.go.jp", "example.go.jp", "a@b@example.go.jp"),
        ("", "localhost", ""),
    ],
)
def test_a_mail_goes_out_as_it_was_written(sender, host, shown, settings):
    settings.DEFAULT_FROM_EMAIL, settings.SITE_URL = sender, "https://madoguchi.example.go.jp"
    settings.OFFICE = settings.OFFICE | {"name": '事務\n局"', "email": "office@example.go.jp"}
    row = a_mail()[0]
    Outbox.objects.filter(pk=row.pk).update(created_at=NOW)
    outbox.send_mail(stored(row))
    (message,) = mail.outbox
    assert (message.to, message.subject) == ([row.address], row.subject)
    assert (message.body, message.from_email.replace("事務 局", "事務局")) == ("本文", shown)
    assert message.reply_to == ["office@example.go.jp"]
    number = message.extra_headers.pop("Message-ID")
    assert re.fullmatch(
        rf"<outbox-{row.pk}-20260903014200\.[0-9a-f]{{12}}\.madoguchi\.example\.go\.jp@{re.escape(host)}>",
        number,
    )
    assert message.extra_headers == {"Auto-Submitted": "auto-generated"}


def test_two_installations_behind_one_sender_give_different_message_ids(settings):
    row = a_mail()[0]
    made = set()
    for site in ("https://one.example.jp", "https://two.example.jp", "https://one.example.jp:8443"):
        settings.SITE_URL = site
        made.add(envelopes.message_id(row))
    assert len(made) == 3


HEADERS = {
    *(
        "Content-Type",
        "MIME-Version",
        "Content-Transfer-Encoding",
        "Subject",
        "From",
        "To",
        "Reply-To",
        "Date",
    ),
    *("Message-ID", "Auto-Submitted", "Content-Language"),
}
#: Letters, line ends, control characters, halves of surrogate pairs: whatever a name can be made of.
ANYTHING = st.text(st.characters(categories=["L", "N", "P", "S", "Z", "C"]), max_size=60)


@given(subject=ANYTHING, sender=ANYTHING, body=ANYTHING)
def test_nothing_that_somebody_wrote_can_break_a_header_or_stop_a_mail(subject, sender, body):
    """The whole mail is read back by Python's own parser: no header more than were given, no word lost but line ends."""
    hostile = f"総務課\r\nBcc: everybody@example.jp\n{subject}"
    item = outbox.Mail("hanako@example.lg.jp", hostile, body, sender=f"{sender}\nX-Evil: 1", language="ja")
    row = Outbox(pk=1, created_at=NOW, **outbox.values_of(item))
    for text in (row.subject, row.body):
        text.encode()
        assert "\x00" not in text
    raw = envelopes.message(row).message().as_bytes()
    read = message_from_bytes(raw, policy=policy.default)
    assert set(read.keys()) == HEADERS
    assert len(read.keys()) == len(HEADERS)
    assert read["Subject"].strip().startswith("総務課 Bcc: everybody@example.jp")
    assert [one.addr_spec for one in read["From"].addresses] == [settings.DEFAULT_FROM_EMAIL]
    assert read["To"] == "hanako@example.lg.jp"


def test_all_that_waits_is_carried_out_up_to_a_number():
    rows = [a_mail(f"{number}@example.lg.jp")[0] for number in range(3)]
    set_aside("aside@example.lg.jp")
    assert outbox.drain(limit=2) == 2
    assert [stored(row).state for row in rows] == [OutboxState.DONE, OutboxState.DONE, OutboxState.PENDING]
    assert outbox.drain() == 1
    assert outbox.drain() == 0
