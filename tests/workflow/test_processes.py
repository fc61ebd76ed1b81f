"""Who began a job, and what becomes of it when that process has ended."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from workflow import outbox, processes, sweep
from workflow.models import Outbox, OutboxState

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def ended() -> str:
    """The name of a process that has ended."""
    command = [sys.executable, "-c", "from workflow.processes import myself; print(myself())"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def elsewhere(name: str) -> str:
    return f"another-machine/{name.partition('/')[2]}"


def begun(by: str, **changes) -> Outbox:
    item = outbox.Mail("hanako@example.lg.jp", "件名", "本文")
    row = outbox.put([item], event=None, now=timezone.now(), context=f"application:{Outbox.objects.count()}")[
        0
    ]
    values = {"claimed_by": by, "claimed_until": timezone.now() + timedelta(minutes=11), "attempts": 1}
    Outbox.objects.filter(pk=row.pk).update(**values | changes)
    return row


def test_a_process_has_ended_or_runs_or_nobody_here_can_tell(ended):
    mine = processes.myself()
    assert len(mine) <= 160
    assert [processes.has_ended(name) for name in (mine, ended, elsewhere(ended), "")] == [
        False,
        True,
        False,
        False,
    ]
    assert processes.has_ended(f"{mine}0"), "its id came again, for another process"


def test_what_an_ended_process_had_begun_is_given_out_again_at_once(ended):
    lost = begun(ended)
    running, foreign = begun(processes.myself()), begun(elsewhere(ended))
    done = begun(ended, state=OutboxState.DONE)
    before = list(Outbox.objects.exclude(pk=lost.pk).order_by("pk").values())
    assert outbox.release_ended() == 1
    lost.refresh_from_db()
    assert (lost.state, lost.attempts, lost.claimed_until, lost.claimed_by) == ("pending", 1, None, "")
    assert lost.handed_at is not None
    assert (
        list(Outbox.objects.filter(pk__in=[running.pk, foreign.pk, done.pk]).order_by("pk").values())
        == before
    )
    assert outbox.release_ended() == 0


def test_the_sweep_gives_it_out_again_too(ended):
    begun(ended)
    assert sweep.hand_over_again(timezone.now()) == 1


def test_a_job_that_keeps_ending_its_process_is_set_aside_all_the_same(ended):
    row = begun(ended, attempts=outbox.MAX_ATTEMPTS)
    outbox.release_ended()
    assert outbox.deliver(row.pk) is False
    row.refresh_from_db()
    assert (row.state, row.claimed_by) == (OutboxState.SET_ASIDE, "")


def test_a_row_names_its_process_while_it_runs_and_no_longer():
    seen = []

    @outbox.handles("tells its claim")
    def tell(row):
        seen.append(Outbox.objects.get(pk=row.pk).claimed_by)
        if len(seen) == 1:
            raise ValueError("once")

    job = outbox.Job("tells its claim", "once")
    row = outbox.put([job], event=None, now=timezone.now(), context="application:1")[0]
    for finished in (False, True):
        Outbox.objects.filter(pk=row.pk).update(claimed_until=None)
        assert outbox.deliver(row.pk) is finished
        row.refresh_from_db()
        assert row.claimed_by == ""
    outbox._handlers.pop("tells its claim")
    assert seen == [processes.myself()] * 2
