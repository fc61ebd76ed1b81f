"""Days: 令和8年12月14日, 令和八年十二月十四日, R8.12.14, 2026/6/1, 20260601, a serial of Excel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from municipalities.cells.faults import BadCell
from municipalities.cells.texts import as_typed, figures, plain
from municipalities.dates import ERAS, Era, era_date

#: 明治 is read, though never written by ``era_date``; its days are those of the present calendar.
_READ = (*ERAS, Era(date(1868, 1, 25), "明治", "M"))
_BY_SIGN = {sign: era for era in _READ for sign in (era.name, era.name[0], era.letter)}
_PART = "[年月./-]"
_ERA = re.compile(rf"({'|'.join(_BY_SIGN)})\.?(元|[0-9]{{1,2}}){_PART}([0-9]{{1,2}}){_PART}([0-9]{{1,2}})日?")
_ERA_RUN = re.compile(r"([RHSTM])([0-9]{2})([0-9]{2})([0-9]{2})")
_WEST = re.compile(rf"([0-9]{{4}}){_PART}([0-9]{{1,2}}){_PART}([0-9]{{1,2}})日?")
_RUN = re.compile(r"((?:18|19|20|21)[0-9]{2})([0-9]{2})([0-9]{2})")
_NO_YEAR = re.compile(r"([0-9]{1,2})[月/]([0-9]{1,2})日?")
_WEEKDAY = re.compile(r"\([^()]*\)|[月火水木金土日]曜日?$|^(?:西暦)")
_CLOCK = re.compile(r"(?:T|\s)\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?$")
#: Serials of Excel that are days somebody can mean: 1954 to 2119. Its day zero, as counted since its mistake of 1900.
_SERIALS, _DAY_ZERO = range(20_000, 80_000), date(1899, 12, 30)


def read_day(value: Any, *, near: date | None = None) -> date | None:
    """A day, or None for nothing. A day without its year is refused, or of the year of ``near`` where that is given.

    Raises ``BadCell``: no day, one that no calendar has, one that its era did not see.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    typed = as_typed(value)
    text = _WEEKDAY.sub("", figures(plain(_CLOCK.sub("", typed))).upper())
    if not text:
        return None
    if re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", text) and int(float(text)) in _SERIALS:
        return _DAY_ZERO + timedelta(days=int(float(text)))
    if found := _ERA.fullmatch(text) or _ERA_RUN.fullmatch(text):
        return _in_era(_BY_SIGN[found[1]], _numbers(found.groups()[1:]), typed)
    if found := _WEST.fullmatch(text) or _RUN.fullmatch(text):
        return _day(_numbers(found.groups()), typed)
    if found := _NO_YEAR.fullmatch(text):
        if near is None:
            raise BadCell(_("年がありません。令和8年12月14日 や 2026-12-14 のように入れてください。"), typed)
        return _day((near.year, *_numbers(found.groups())), typed)
    raise BadCell(_("日付として読めません。令和8年12月14日 や 2026-12-14 のように入れてください。"), typed)


def _numbers(parts: Sequence[str]) -> tuple[int, ...]:
    return tuple(1 if part == "元" else int(part) for part in parts)


def _day(parts: tuple[int, ...], typed: str) -> date:
    year, month, day = parts
    try:
        return date(year, month, day)
    except ValueError:
        raise BadCell(_("暦にない日付です。年、月、日を確かめてください。"), typed) from None


def _in_era(era: Era, parts: tuple[int, ...], typed: str) -> date:
    year, *rest = parts
    found = _day((era.first.year + year - 1, *rest), typed)
    last = next((other.first for other in reversed(_READ) if other.first > era.first), None)
    if year < 1 or found < era.first or (last is not None and found >= last):
        text = _("%(era)sにない日付です。%(day)sのことでしたら、そのように入れてください。")
        raise BadCell(text % {"era": era.name, "day": era_date(found, weekday=False)}, typed)
    return found
