"""Effects: at least once, counted, set aside, and the same Message-ID on every try."""

from datetime import timedelta

import pytest
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
        Outbox.objects.filter(pk=row.pk).update(attempts=attempts, claimed_until=past)
        assert sweep.hand_over_again(timezone.now()) == 1
    Outbox.objects.filter(pk=row.pk).update(attempts=outbox.MAX_ATTEMPTS, claimed_until=past)
    assert sweep.hand_over_again(timezone.now()) == 0
    row.refresh_from_db()
    assert (row.state, row.last_error) == (OutboxState.SET_ASIDE, "処理の途中で止まることが続きました。")
    assert outbox.deliver(row.pk) is False


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
