"""Times of day and lengths of time: 9時41分, 0941, 午後一時半; 1時間30分, 約90分, 1:30."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from municipalities.cells.faults import BadCell, Choice
from municipalities.cells.texts import as_typed, exact

_TIME = re.compile(
    r"(午前|午後)?([0-9]{1,2})(?:時|:(?=[0-9]))(?:(半)|([0-9]{1,2})(?:分?|(?:分|:)([0-9]{1,2})秒?))?"
)
_BARE = re.compile(r"[0-9]{3,6}")
_SPOKEN = re.compile(r"(?:([0-9]+(?:\.[0-9]+)?)時間)?(半)?(?:([0-9]+(?:\.[0-9]+)?)分間?)?(?:([0-9]+)秒)?")
_CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9])(?::([0-5][0-9]))?")
#: From so many hours on, 12:34 is rather minutes and seconds than a walk through counters: it is asked.
_LONG = 9
MINUTE, HOUR = 60, 3600


def read_time(value: Any) -> time | None:
    """A time of day, or None for nothing: as a workbook has it, or typed in any of the usual ways.

    930 and 0930 are hours and minutes, 93015 and 093015 have seconds too. Raises ``BadCell``.
    """
    if isinstance(value, datetime):
        return value.time().replace(microsecond=0)
    if isinstance(value, time):
        return value
    if isinstance(value, float) and not value.is_integer():
        # A day and its fraction, as Excel keeps a time that no format shows as one.
        seconds = round(value % 1 * 24 * HOUR) % (24 * HOUR)
        return time(seconds // HOUR, seconds // MINUTE % 60, seconds % MINUTE)
    typed = as_typed(value)
    text = exact(typed)
    if not text:
        return None
    try:
        hour, minute, second = (*_parts(text), 0)[:3]
        return time(hour, minute, second)
    except ValueError:
        raise BadCell(_("時刻を 9:30 か 930 の形で入れてください。"), typed) from None


def _parts(text: str) -> list[int]:
    if text == "正午":
        return [12, 0]
    if _BARE.fullmatch(text):
        digits = text.zfill(6) if len(text) > 4 else text.zfill(4)
        return [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(text)
    half, hour, minute = found[1], int(found[2]), 30 if found[3] else int(found[4] or 0)
    if half and hour == 12:
        # 午前12時 is midnight; 午後12時半 is said of the half hour after noon.
        hour = 12 if half == "午後" else 0
    elif half == "午後" and hour < 12:
        hour += 12
    return [hour, minute, int(found[5] or 0)]


def read_seconds(value: Any) -> int | None:
    """A length of time in seconds, or None for nothing. A number alone counts minutes; 2:30 is two hours and a half.

    Raises ``BadCell``; where 12:34 may as well be minutes and seconds, with both as its ``choices``.
    """
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    typed = _shown(value)
    text = exact(typed)
    if not text:
        return None
    if found := _CLOCK.fullmatch(text):
        return _of_clock(int(found[1]), int(found[2]), found[3], typed)
    if re.fullmatch(r"[0-9]{1,5}(?:\.[0-9]{1,3})?", text):
        return round(Decimal(text) * MINUTE)
    found = _SPOKEN.fullmatch(text)
    if not found or not any(found.groups()) or (found[2] and not found[1]):
        raise BadCell(_("時間の長さとして読めません。90分、1時間30分、1:30 のように入れてください。"), typed)
    hours, _half, minutes, seconds = (Decimal(0 if part in (None, "半") else part) for part in found.groups())
    return round(hours * HOUR + minutes * MINUTE + seconds) + (HOUR // 2 if found[2] else 0)


def read_minutes(value: Any) -> int | None:
    """A length of time in whole minutes, or None for nothing. Raises ``BadCell``."""
    seconds = read_seconds(value)
    if seconds is not None and seconds % MINUTE:
        raise BadCell(_("分の単位で入れてください。"), as_typed(value))
    return None if seconds is None else seconds // MINUTE


def _shown(value: Any) -> str:
    """A time of day stands for a length where somebody typed 1:30 into a cell."""
    typed = as_typed(value)
    return typed.removesuffix(":00") if isinstance(value, time | date) else typed


def _of_clock(first: int, second: int, third: str | None, typed: str) -> int:
    if third is not None and int(third):
        return first * HOUR + second * MINUTE + int(third)
    if first < _LONG:
        return first * HOUR + second * MINUTE
    choices = [
        Choice(f"{first}時間{second}分", _("%(first)d時間%(second)d分") % {"first": first, "second": second}),
        Choice(f"{first}分{second}秒", _("%(first)d分%(second)d秒") % {"first": first, "second": second}),
    ]
    raise BadCell(_("時間と分か、分と秒か分かりません。どちらかを選んでください。"), typed, choices=choices)
