"""The road that every page of an engagement shows: its stations, their dates, and the days that are left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from engagements.plans import budget
from engagements.plans.models import BudgetDate
from engagements.sessions.selectors import first_day
from municipalities.dates import era_date

BEHIND = frozenset({"held", "logged", "confirmed", "cancelled"})
AGREED = ("agreed", "following_up", "closed")


@dataclass(slots=True)
class Station:
    """One point of the road: ``state`` is done, now or later."""

    name: str
    state: str
    when: str = ""
    when2: str = ""
    flag: bool = False
    day: date | None = None


def short(day: date) -> str:
    """9月3日(木), or a plain date where the page is in another language."""
    if (get_language() or "ja").startswith("ja"):
        return era_date(day, short=True)
    return date_format(day, "D j M")


def budget_deadline(engagement: Any, own: Iterable[BudgetDate] = ()) -> date:
    """The first day, from the opening on, by which the town asks for next year's budget.

    ``own`` is the calendar of the town's plan; where it has none, the programme's day.
    """
    return budget.next_day(own, engagement.programme, timezone.localdate(engagement.opened_at))


def report_by(engagement: Any, deadline: date) -> date:
    """Until when the report to the mayor should be, so that it reaches the budget request."""
    return deadline - timedelta(days=engagement.programme.report_lead_days)


def days_text(day: date, today: date) -> str:
    left = (day - today).days
    if left < 0:
        return _("過ぎました")
    return _("今日") if left == 0 else _("あと%(days)d日") % {"days": left}


def road(
    engagement: Any,
    sessions: list[Any],
    *,
    today: date,
    deadline: date,
    received: date | None = None,
    answered: date | None = None,
) -> list[Station]:
    """The stations of an engagement from rows that are read already (``sessions.selectors.complete``): no query.

    ``deadline`` is the day of ``budget_deadline``.
    """
    opened = timezone.localdate(engagement.opened_at)
    stations = [
        Station(_("申込"), "done", short(received) if received else ""),
        Station(_("決定"), "done", short(opened)),
        *(_of_session(session, today, report_by(engagement, deadline)) for session in sessions),
        _agreement(engagement, answered),
        _deadline(deadline, today),
        _review(engagement, sessions),
    ]
    _mark_now(stations, _("日程を調整中"))
    return stations


def road_to_opening(*, state: str, received: date | None, names: list[str]) -> list[Station]:
    """The road of an application that has no engagement yet."""
    first = Station(
        _("申込"), "later" if state in ("draft", "returned") else "done", short(received) if received else ""
    )
    later = [Station(name, "later") for name in (_("決定"), *names, _("合意"), _("振り返り"))]
    stations = [first, *later]
    _mark_now(stations, _("書いている途中") if first.state == "later" else _("事務局が確認中"))
    return stations


def _mark_now(stations: list[Station], words: str) -> None:
    """The first station that is not behind; ``words`` say what is going on there where it has no day yet."""
    waiting = [station for station in stations if station.state != "done" and not station.flag]
    if waiting:
        waiting[0].state = "now"
        waiting[0].when = waiting[0].when or words


def _of_session(session: Any, today: date, goal: date) -> Station:
    name = str(session.kind)
    if session.state == "cancelled":
        return Station(name, "done", _("中止"))
    if session.held_on:
        return Station(name, "done", short(session.held_on), _mode(session), day=session.held_on)
    day = first_day(session)
    if day:
        return Station(
            name, "later", short(day), days_text(day, today) if day >= today else _("記録待ち"), day=day
        )
    if session.state == "postponed":
        return Station(name, "later", _("延期。日程を調整中"))
    if session.kind.code == "report" and goal >= today:
        return Station(
            name, "later", _("%(day)sが目安") % {"day": short(goal)}, days_text(goal, today), day=goal
        )
    return Station(name, "later")


def _mode(session: Any) -> str:
    return str(session.days[0].get_mode_display()) if session.days else ""


def _agreement(engagement: Any, answered: date | None) -> Station:
    if engagement.state in AGREED:
        return Station(_("合意"), "done", short(answered) if answered else "")
    return Station(_("合意"), "later", _("報告のあと"))


def _deadline(day: date, today: date) -> Station:
    return Station(_("予算要求の締切"), "later", short(day), days_text(day, today), flag=True, day=day)


def _review(engagement: Any, sessions: list[Any]) -> Station:
    """A year after the survey: the second session's day, else a year after the opening."""
    if engagement.state == "closed":
        return Station(_("振り返り"), "done")
    survey = sessions[1] if len(sessions) > 1 else None
    day = (survey.held_on or first_day(survey) if survey else None) or timezone.localdate(
        engagement.opened_at
    )
    month = era_date(date(day.year + 1, day.month, 1), weekday=False, western=False).partition("月")[0]
    return Station(_("振り返り"), "later", _("%(month)s月ごろ") % {"month": month})
