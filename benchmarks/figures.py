"""Least, middle and most of some measurements."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median


def spread(values: Iterable[float], digits: int = 3) -> dict[str, float]:
    found = sorted(values)
    return {
        "min": round(found[0], digits),
        "median": round(median(found), digits),
        "max": round(found[-1], digits),
    }
