"""The sweep: one at a time, and one broken task keeps no other from its deadlines."""

import os
import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as configured

from workflow import audit, outbox, sweep
from workflow.models import Lease, Outbox, OutboxState

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 3, 1, 42, tzinfo=UTC)
QUEUEING = timedelta(seconds=configured.OUTBOX_QUEUEING_SECONDS)


@pytest.fixture
def tasks():
    """Tasks of one test beside the service's own."""
    yield
    for name in ("first of the test", "second of the test"):
        sweep._tasks.pop(name, None)


def a_row(**changes):
    item = outbox.Mail("hanako@example.lg.jp", "件名", "本文")
    row = outbox.put([item], event=None, now=NOW, context=f"application:{Outbox.objects.count()}")[0]
    Outbox.objects.filter(pk=row.pk).update(**changes)
    return row


def test_the_holder_is_this_process_on_this_machine():
    assert sweep.holder() == f"{socket.gethostname()}:{os.getpid()}"


def test_a_lease_is_held_until_it_ends(settings):
    length = timedelta(seconds=settings.SWEEP_LEASE_SECONDS)
    assert sweep.take_lease("x", "one", NOW) is True
    lease = Lease.objects.get()
    assert (lease.name, lease.holder, lease.expires_at) == ("x", "one", NOW + length)
    assert sweep.take_lease("x", "two", NOW + length - timedelta(seconds=1)) is False
    assert sweep.take_lease("y", "two", NOW) is True
    assert sweep.take_lease("x", "two", NOW + length) is True
    assert Lease.objects.get(name="x").holder == "two"


def test_whoever_holds_a_lease_makes_it_longer():
    sweep.take_lease("x", "one", NOW)
    first = Lease.objects.get().expires_at
    assert sweep.take_lease("x", "one", NOW + timedelta(seconds=1)) is True
    assert Lease.objects.get().expires_at == first + timedelta(seconds=1)


def test_a_broken_task_does_not_stop_the_next(tasks, caplog):
    moments = []

    @sweep.task("first of the test")
    def broken(now):
        raise ValueError("broken")

    @sweep.task("second of the test")
    def works(now):
        moments.append(now)
        return 3

    done = sweep.run(NOW, "one")
    assert (done["first of the test"], done["second of the test"]) == (-1, 3)
    assert moments == [NOW]
    said = [(record.msg["event"], record.msg["task"]) for record in caplog.records]
    assert said == [("sweep task failed", "first of the test")]
    assert Lease.objects.filter(name="sweep").exists()


SECOND = timedelta(seconds=1)
LONG_AGO = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "handed"),
    [
        ({"created_at": NOW - sweep.HAND_OVER_AGAIN}, 0),
        ({"created_at": NOW - sweep.HAND_OVER_AGAIN - SECOND}, 1),
        ({"claimed_until": NOW}, 0),
        ({"claimed_until": NOW - SECOND}, 1),
        ({"created_at": LONG_AGO, "handed_at": NOW - QUEUEING}, 0),
        ({"created_at": LONG_AGO, "handed_at": NOW - QUEUEING - SECOND}, 1),
        ({"claimed_until": NOW - SECOND, "handed_at": NOW - SECOND}, 0),
        ({"claimed_until": NOW - SECOND, "handed_at": NOW - 2 * SECOND}, 1),
        ({"claimed_until": NOW - SECOND, "state": OutboxState.DONE}, 0),
        ({"claimed_until": NOW - SECOND, "state": OutboxState.SET_ASIDE}, 0),
    ],
)
def test_a_row_is_handed_over_again_when_its_hand_over_is_lost(changes, handed):
    row = a_row(**changes)
    before = changes.get("handed_at", row.handed_at)
    assert sweep.hand_over_again(NOW) == handed
    row.refresh_from_db()
    assert row.handed_at == (NOW if handed else before)


def test_a_row_that_never_ended_is_set_aside_and_the_next_is_handed_over():
    lost = {"claimed_until": NOW - SECOND}
    stopped, waiting = a_row(attempts=outbox.MAX_ATTEMPTS, **lost), a_row(attempts=4, **lost)
    assert sweep.hand_over_again(NOW) == 1
    for row in (stopped, waiting):
        row.refresh_from_db()
    assert (stopped.state, stopped.handed_at) == (OutboxState.SET_ASIDE, None)
    assert (waiting.state, waiting.handed_at) == (OutboxState.PENDING, NOW)


def test_the_digest_of_a_day_is_written_once():
    late = datetime(2026, 9, 3, 15, 0, tzinfo=UTC)
    assert sweep.daily_digest(late) == 1
    assert [path.name for path in audit.digest_folder().iterdir()] == ["2026-09-04.json"]
    assert sweep.daily_digest(late) == 0
