"""When an application counts as received: the order of 先着順 hangs on it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone


def resubmit_until(returned_at: datetime, days: int) -> datetime:
    """The last moment at which a returned application keeps its time: the end of that day in Japan."""
    local = timezone.localtime(returned_at) + timedelta(days=days + 1)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(microseconds=1)


def receipt_time(
    *, received_at: datetime | None, returned_at: datetime | None, days: int, now: datetime
) -> datetime:
    """The receipt time of a submission at ``now``.

    Set once by the server; kept when a returned application comes again within ``days`` days after the day of its
    return, and new when it comes later.
    """
    if received_at is not None and returned_at is not None and now <= resubmit_until(returned_at, days):
        return received_at
    return now
