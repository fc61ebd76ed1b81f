"""What happens without anybody pressing a button: lost hand-overs, deadlines, the daily digest. One at a time."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Model, Q
from django.utils import timezone

from workflow import audit, outbox, seals
from workflow.errors import DoorError
from workflow.models import Lease, Outbox, OutboxState

logger = structlog.get_logger(__name__)
HAND_OVER_AGAIN = timedelta(seconds=10)

Task = Callable[[datetime], int]
Row = TypeVar("Row", bound=Model)
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
    for name, function in list(_tasks.items()):  # a task may bring in a room that registers another
        try:
            done[name] = function(now)
        except Exception:  # one broken task must not keep the others from their deadlines
            logger.exception("sweep task failed", task=name)
            done[name] = -1
    return done


def each(rows: Iterable[Row], act: Callable[[Row], object]) -> int:
    """``act`` on every row by itself; returns how many it was done for. One bad row never blocks the next.

    A rule's refusal is an answer: answered meanwhile, or not yet. Anything else stands in the log with the row's number.
    Only a database that is away ends the task: that is no row's fault.
    """
    done = 0
    for row in rows:
        try:
            act(row)
        except DoorError:
            continue
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # whatever is wrong with one row
            logger.exception("sweep row failed", model=row._meta.label_lower, row=row.pk)
            continue
        done += 1
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
