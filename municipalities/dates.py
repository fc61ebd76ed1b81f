"""Dates as local governments write and count them: eras, fiscal years, working days. Pure, in Japanese."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import jpholiday

JAPAN = ZoneInfo("Asia/Tokyo")


class Era(NamedTuple):
    """An era (元号): its first day, name and letter."""

    first: date
    name: str
    letter: str

    def year(self, year: int) -> int:
        """The year of the era in a western year."""
        return year - self.first.year + 1


ERAS = (
    Era(date(2019, 5, 1), "令和", "R"),
    Era(date(1989, 1, 8), "平成", "H"),
    Era(date(1926, 12, 25), "昭和", "S"),
    Era(date(1912, 7, 30), "大正", "T"),
)
WEEKDAYS = "月火水木金土日"
FIRST_FISCAL_MONTH = 4
DAY = timedelta(days=1)
HALF_A_YEAR = timedelta(days=183)


def era_date(
    day: date,
    *,
    weekday: bool = True,
    western: bool = True,
    short: bool = False,
) -> str:
    """令和8年(2026年)9月3日(木); without the western year or the weekday on demand; `short`: 9月3日(木).

    Before 大正 the western year stands alone: 1912年7月29日(月).
    """
    year = "" if short else _year(day, western)
    return f"{year}{day.month}月{day.day}日" + (f"({WEEKDAYS[day.weekday()]})" if weekday else "")


def near_date(day: date, today: date) -> str:
    """9月3日(木) within half a year of today, where nobody takes it for another year's; else the whole date."""
    return era_date(day, short=abs(day - today) <= HALF_A_YEAR)


def _year(day: date, western: bool) -> str:
    era = _era(day)
    if era is None:
        return f"{day.year}年"
    return f"{era.name}{_ordinal(era.year(day.year))}年" + (f"({day.year}年)" if western else "")


def _era(day: date) -> Era | None:
    return next((era for era in ERAS if era.first <= day), None)


def _ordinal(number: int) -> str:
    return "元" if number == 1 else str(number)


def fiscal_year(day: date) -> int:
    """The western year in which the fiscal year (April to March) of the day began."""
    return day.year if day.month >= FIRST_FISCAL_MONTH else day.year - 1


def fiscal_year_label(year: int) -> str:
    """令和8年度(2026年度). A year in which the era changed bears the new one: 令和元年度(2019年度)."""
    era = _era(date(year, 12, 31))
    return f"{era.name}{_ordinal(era.year(year))}年度({year}年度)" if era else f"{year}年度"


def era_year_short(year: int) -> str:
    """R8 for 2026. A year in which the era changed bears the new one: R1 for 2019."""
    era = _era(date(year, 12, 31))
    return f"{era.letter}{era.year(year)}" if era else str(year)


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether offices are open: no weekend, no national holiday, not 29 December to 3 January.

    Source: 行政機関の休日に関する法律1条, which municipal ordinances follow.
    """
    if day.weekday() >= 5 or (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
        return False
    return not jpholiday.is_holiday(day)


def holiday_name(day: date) -> str:
    """憲法記念日 for 3 May; empty for a day that is no national holiday."""
    return jpholiday.is_holiday_name(day) or ""


def add_working_days(day: date, n: int) -> date:
    """The n-th working day after the day, which itself does not count (before it for a negative n).

    For 0 the day itself if it is a working day, else the next one.
    """
    if n == 0:
        return day if is_working_day(day) else add_working_days(day, 1)
    step, left = (DAY, n) if n > 0 else (-DAY, -n)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def working_days_between(start: date, end: date) -> int:
    """How many working days lie after `start` up to and including `end`.

    Negative when `end` is earlier: then those before `start` back to and including `end` are counted.
    Undoes `add_working_days`: between(d, add(d, n)) is n, for n other than 0.
    """
    step, sign = (DAY, 1) if end >= start else (-DAY, -1)
    count = 0
    while start != end:
        start += step
        count += is_working_day(start)
    return sign * count


def in_removal_season(day: date) -> bool:
    """Whether counters are at their busiest with people moving: 17 March to 14 April."""
    return (3, 17) <= (day.month, day.day) <= (4, 14)


def recorded(at: datetime) -> str:
    """2026-11-18T08:40:00+09:00: how a moment that the service itself recorded leaves it, to the second.

    A database answers in UTC, where a morning before nine is the day before.
    """
    return at.astimezone(JAPAN).replace(microsecond=0).isoformat()
