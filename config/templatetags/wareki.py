"""Dates as Japanese offices write them, in Japan's time; plain dates where the page is in English. Built in."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import get_language

from municipalities.dates import HALF_A_YEAR, era_date, fiscal_year_label, near_date

register = template.Library()

Moment = date | datetime | str | None


def _moment(value: Moment) -> date | None:
    """A date, or a datetime in Japan's time; text in ISO 8601 (as a form field holds it) is read, other text is None."""
    if isinstance(value, str):
        try:
            value = parse_datetime(value) if len(value) > 10 else parse_date(value)
        except ValueError:  # well formed, but no such day
            return None
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def _day(value: Moment, *, short: bool) -> str:
    moment = _moment(value)
    if moment is None:
        return ""
    day, today = moment.date() if isinstance(moment, datetime) else moment, timezone.localdate()
    if (get_language() or "ja").startswith("ja"):
        return near_date(day, today) if short else era_date(day)
    return date_format(day, "D j M" if short and abs(day - today) <= HALF_A_YEAR else "D j M Y")


@register.filter
def wareki(value: Moment) -> str:
    """令和8年(2026年)9月3日(木); empty for nothing."""
    return _day(value, short=False)


@register.filter
def wareki_short(value: Moment) -> str:
    """9月3日(木); with its year where that is more than half a year away."""
    return _day(value, short=True)


@register.filter
def wareki_time(value: datetime | str | None) -> str:
    """9月3日(木) 10:42, in Japan's time; with its year where that is more than half a year away."""
    moment = _moment(value)
    return f"{_day(moment, short=True)} {moment.hour}:{moment:%M}" if isinstance(moment, datetime) else ""


@register.filter
def fiscal_year(year: int | None) -> str:
    """令和8年度(2026年度) for 2026."""
    if year is None:
        return ""
    return fiscal_year_label(year) if (get_language() or "ja").startswith("ja") else f"FY{year}"
