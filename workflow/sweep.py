"""What happens without anybody pressing a button: lost hand-overs, deadlines, the daily digest. One at a time."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from workflow import audit, outbox, seals
from workflow.models import Lease, Outbox, OutboxState

logger = logging.getLogger(__name__)
HAND_OVER_AGAIN = timedelta(seconds=10)

Task = Callable[[datetime], int]
_tasks: dict[str, Task] = {}


def task(name: str) -> Callable[[Task], Task]:
    """Register a task of the sweep: idempotent, returns how many things it did."""

    def register(function: Task) -> Task:
        _tasks[name] = function
        return function

    return register


def holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def take_lease(name: str, who: str, now: datetime) -> bool:
    """True if ``who`` may do the thing for as long as a lease lasts."""
    with transaction.atomic():
        Lease.objects.get_or_create(name=name, defaults={"holder": who, "expires_at": now})
        lease = Lease.objects.select_for_update().get(name=name)
        if lease.holder != who and lease.expires_at > now:
            return False
        lease.holder, lease.expires_at = who, now + timedelta(seconds=settings.SWEEP_LEASE_SECONDS)
        lease.save(update_fields=["holder", "expires_at"])
        return True


def run(now: datetime, who: str) -> dict[str, int] | None:
    """One pass over all tasks; None when another process holds the lease. One failing task does not stop the next."""
    if not take_lease("sweep", who, now):
        return None
    done = {}
    for name, function in _tasks.items():
        try:
            done[name] = function(now)
        except Exception:  # one broken task must not keep the others from their deadlines
            logger.exception("sweep task %s failed", name)
            done[name] = -1
    return done


@task("outbox")
def hand_over_again(now: datetime) -> int:
    """Rows whose hand-over or worker was lost; those that kept stopping are set aside."""
    queueing = timedelta(seconds=settings.OUTBOX_QUEUEING_SECONDS)
    over = Q(claimed_until__lt=now) | Q(claimed_until=None, created_at__lt=now - HAND_OVER_AGAIN)
    unhanded = Q(handed_at=None) | Q(handed_at__lt=now - queueing) | Q(handed_at__lt=F("claimed_until"))
    lost = Outbox.objects.filter(over, unhanded, state=OutboxState.PENDING)
    handed = outbox.release_ended()
    for row in lost.order_by("pk")[:500]:
        if row.attempts >= outbox.MAX_ATTEMPTS:
            outbox.set_aside(row)
        else:
            Outbox.objects.filter(pk=row.pk).update(handed_at=now)
            outbox.tell(row.pk, row.queue)
            handed += 1
    return handed


@task("streams")
def number_streams(now: datetime) -> int:
    """New streams that the register could not number at once."""
    return seals.number_births()


@task("digest")
def daily_digest(now: datetime) -> int:
    day = timezone.localdate(now)
    known = (audit.digest_folder() / f"{day.isoformat()}.json").exists()
    audit.write_digest(day)
    return 0 if known else 1
