"""Times that a device said, by the service's clock. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

#: A clock that differs by no more is right: the message itself takes a while.
TOLERANCE = timedelta(seconds=5)


class Corrected(NamedTuple):
    """A tap's time, and by how much it was moved beyond the difference that was measured; 0 nearly always."""

    at: datetime
    moved: timedelta


def ahead_of(device: datetime | None, now: datetime) -> timedelta:
    """How far the device's clock is ahead, in whole seconds; 0 where it is right or says nothing."""
    if device is None:
        return timedelta()
    ahead = timedelta(seconds=round((device - now).total_seconds()))
    return ahead if TOLERANCE < abs(ahead) < timedelta(days=10_000) else timedelta()


def corrected(
    said: Sequence[datetime], *, ahead: timedelta, last: datetime | None, now: datetime
) -> list[Corrected]:
    """The times of taps in the order in which a device made them, which sends them when its clock is ``ahead``.

    Nothing was tapped in the future: where a time would be, the clock was put right between tap and sending. Then that
    tap and all before it are moved, by the same amount, so that the intervals stay. ``last``: the device's last tap
    that waits.
    """
    right = [at - ahead for at in said]
    ends = [] if last is None else [last - ahead]
    if max([*right, *ends], default=now) <= now + TOLERANCE:
        return [Corrected(min(at, now), timedelta()) for at in right]
    found, moved, limit = [], timedelta(), now
    for at in reversed([*right, *ends]):
        moved = max(moved, at - limit)
        limit = at - moved
        found.append(Corrected(limit, moved))
    return found[::-1][: len(said)]
