"""Values of cells as Python has them: whole numbers whole, times to the second, line breaks as one sign."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from math import isfinite
from typing import Any

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\x80-\x9f]")
_HALF = timedelta(microseconds=500_000)


def value_of(raw: Any) -> Any:
    """None for nothing; a float that is whole becomes an int; clocks are rounded, as serials are fractions."""
    if isinstance(raw, str):
        text = _BREAKS.sub("\n", raw)
        return text if text.strip() else None
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() else raw if isfinite(raw) else str(raw)
    if isinstance(raw, datetime):
        return (raw + _HALF).replace(microsecond=0)
    if isinstance(raw, time):
        return _second(raw)
    if isinstance(raw, timedelta):
        return timedelta(seconds=round(raw.total_seconds()))
    return raw


def is_unfit(value: Any) -> bool:
    """Whether a text holds characters that nobody can see or print."""
    return isinstance(value, str) and bool(_CONTROL.search(value))


def _second(at: time) -> time:
    # Half a second before midnight stays on its day.
    seconds = min(at.hour * 3600 + at.minute * 60 + at.second + round(at.microsecond / 1e6), 24 * 3600 - 1)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
