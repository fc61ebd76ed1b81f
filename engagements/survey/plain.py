"""Texts, counts and times of day as people type and read them. Pure; what can't be read raises ``ValueError``."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, tzinfo
from typing import Final

MOST: Final = 1_000_000
TEXT_LENGTH: Final = 2_000
_CLOCK: Final = re.compile(
    r"([0-9]{1,2})[:時]([0-9]{1,2})(?:分$|分(?=[0-9])|:(?=[0-9])|$)(?:([0-9]{1,2})秒?)?"
)
_BARE: Final = re.compile(r"[0-9]{3,6}")


def same(one: str, other: str) -> bool:
    """Whether two texts are the same cell: browsers change line ends, and drop them from one-line fields."""
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return re.sub(r"[\r\n]+", "\n", text).strip()


def one_line(text: str) -> str:
    """A value as a one-line field can show it."""
    return re.sub(r"[\r\n]", "", text)


def count_of(typed: str) -> int | None:
    """A number from 0, full-width digits too; None for nothing."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,7}", text) or int(text) > MOST:
        raise ValueError(text)
    return int(text)


def time_of_day(typed: str) -> time | None:
    """930, 9:30, 9:30:15, 9時30分, 093015; full-width digits too. None for nothing."""
    text = unicodedata.normalize("NFKC", typed).replace(" ", "")
    if not text:
        return None
    hour, minute, second = (*_parts(text), 0)[:3]
    return time(hour, minute, second)


def _parts(text: str) -> list[int]:
    if _BARE.fullmatch(text):
        # 930 and 0930 are hours and minutes, 93015 and 093015 have seconds too.
        digits = text.zfill(6) if len(text) > 4 else text.zfill(4)
        return [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    found = _CLOCK.fullmatch(text)
    if not found:
        raise ValueError(text)
    return [int(part) for part in found.groups() if part]


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
