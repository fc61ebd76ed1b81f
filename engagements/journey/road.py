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

from engagements.journey.standing import AGREEMENT, REVIEW, Stage, out_of_order, station_of
from engagements.journey.workflow import UNDER_WAY
from engagements.models import AGREED
from engagements.plans import budget
from engagements.plans.models import BudgetDate
from engagements.sessions.selectors import first_day
from municipalities.dates import era_date


@dataclass(slots=True)
class Station:
    """One point of the road: ``state`` is done, now or later; ``note`` says why it came before an earlier one."""

    name: str
    state: str
    when: str = ""
    when2: str = ""
    flag: bool = False
    day: date | None = None
    code: str = ""
    note: str = ""


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
    stage: Stage,
    *,
    today: date,
    deadline: date,
    received: date | None = None,
    answered: date | None = None,
) -> list[Station]:
    """The stations of an engagement from rows that are read already (``sessions.selectors.complete``): no query.

    ``stage`` says which of them is 「いまここ」; ``deadline`` is the day of ``budget_deadline``.
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
    _mark_now(stations, stage.station, _("日程を調整中") if stage.code in UNDER_WAY else stage.name)
    _keep_order(stations)
    return stations


def road_to_opening(*, state: str, received: date | None, names: list[str]) -> list[Station]:
    """The road of an application that has no engagement yet."""
    written = state not in ("draft", "returned")
    first = Station(
        _("申込"), "done" if written else "later", short(received) if received else "", code="applied"
    )
    decided = Station(_("決定"), "later", code="decided")
    later = [Station(name, "later") for name in (*names, _("合意"), _("振り返り"))]
    stations = [first, decided, *later]
    if written:
        _mark_now(stations, "decided", _("事務局が確認中"))
    else:
        _mark_now(stations, "applied", _("書いている途中"))
    return stations


def _mark_now(stations: list[Station], code: str, words: str) -> None:
    """The station at which it stands; ``words`` say what is going on there where it has no day."""
    for station in stations:
        if code and station.code == code:
            station.state, station.when = "now", station.when or words


def _keep_order(stations: list[Station]) -> None:
    """No later station is done while an earlier one is open, unless it says why."""
    kept = True
    for station in stations:
        if station.state == "done" and not kept and not station.note:
            station.state = "later"
        kept = kept and (station.state == "done" or station.flag)


def _of_session(session: Any, today: date, goal: date) -> Station:
    station = _session_day(session, today, goal)
    station.code, station.note = station_of(session), out_of_order(session.order_reason)
    return station


def _session_day(session: Any, today: date, goal: date) -> Station:
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
        when = short(answered) if answered else ""
        note = out_of_order(engagement.order_reason)
        return Station(_("合意"), "done", when, code=AGREEMENT, note=note)
    return Station(_("合意"), "later", _("報告のあと"), code=AGREEMENT)


def _deadline(day: date, today: date) -> Station:
    return Station(_("予算要求の締切"), "later", short(day), days_text(day, today), flag=True, day=day)


def _review(engagement: Any, sessions: list[Any]) -> Station:
    """A year after the survey: the second session's day, else a year after the opening."""
    if engagement.state == "closed":
        return Station(_("振り返り"), "done", code=REVIEW)
    survey = sessions[1] if len(sessions) > 1 else None
    day = (survey.held_on or first_day(survey) if survey else None) or timezone.localdate(
        engagement.opened_at
    )
    month = era_date(date(day.year + 1, day.month, 1), weekday=False, western=False).partition("月")[0]
    return Station(_("振り返り"), "later", _("%(month)s月ごろ") % {"month": month}, code=REVIEW)
