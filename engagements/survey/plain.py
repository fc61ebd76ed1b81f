"""Values of the records as fields of one line show them. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo
from typing import Final

TEXT_LENGTH: Final = 2_000


def same(one: str, other: str) -> bool:
    """Whether two texts are the same cell: browsers change line ends, and drop them from one-line fields."""
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return re.sub(r"[\r\n]+", "\n", text).strip()


def one_line(text: str) -> str:
    """A value as a one-line field can show it."""
    return re.sub(r"[\r\n]", "", text)


def show_time(moment: str | None) -> str:
    """9:30, or 9:30:15 where the seconds are known, in the offset in which it was written."""
    if not moment:
        return ""
    at = datetime.fromisoformat(moment)
    return f"{at.hour}:{at:%M}" + (f":{at:%S}" if at.second else "")


def instant(at: time, old: str | None, day: date, zone: tzinfo) -> str:
    """A time of day as an instant: on the day and in the offset of what stood there, else of those given."""
    if old:
        before = datetime.fromisoformat(old)
        day, zone = before.date(), before.tzinfo or zone
    return datetime.combine(day, at, zone).isoformat()
