"""Exact arithmetic of the measures: whole seconds, unions of intervals, and rounding half away from zero."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


def seconds_between(start: datetime, end: datetime) -> int:
    """Return the whole seconds from start to end."""
    return (end - start) // timedelta(seconds=1)


def union_length(intervals: Iterable[Interval]) -> int:
    """Return how many seconds lie in at least one of the intervals."""
    length = 0
    covered_to: datetime | None = None
    for start, end in sorted(intervals):
        if covered_to is None or end > covered_to:
            length += seconds_between(start if covered_to is None else max(start, covered_to), end)
            covered_to = end
    return length


def divide_rounded(numerator: int, denominator: int) -> int:
    """Return numerator / denominator to the nearest integer, half away from zero; denominator > 0.

    Integers only: in floats, 0.0625 rounded to three decimals would depend on how it is stored.
    """
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def share(part: int, whole: int) -> float:
    """Return part / whole to three decimals; the whole is positive."""
    return divide_rounded(part * 1000, whole) / 1000


def median(values: Sequence[int]) -> int:
    """Return the median of at least one value; of an even count, the mean of the middle two, rounded."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return divide_rounded(ordered[middle - 1] + ordered[middle], 2)


def mean(values: Sequence[int]) -> int:
    """Return the mean of at least one value, rounded to an integer."""
    return divide_rounded(sum(values), len(values))
