"""Days to be careful with for a meeting: closed offices, the removal season, an advisor who is asked elsewhere."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.sessions import checks
from municipalities.dates import era_date, holiday_name, is_working_day

WEEKEND = 5


def cautions(day: date, session: Any) -> list[str]:
    """Sentences about that day for this session; none for a plain working day."""
    found = [_closed(day), _removal(day, session.engagement.programme), _asked_elsewhere(day, session)]
    return [sentence for sentence in found if sentence]


def _closed(day: date) -> str:
    shown = {"day": era_date(day, short=True), "name": holiday_name(day)}
    if shown["name"]:
        return _("%(day)sは祝日(%(name)s)で、窓口は休みです。") % shown
    if day.weekday() >= WEEKEND:
        return _("%(day)sは週末で、窓口は休みです。") % shown
    return "" if is_working_day(day) else _("%(day)sは年末年始で、窓口は休みです。") % shown


def in_season(day: date, programme: Any) -> bool:
    """Whether the programme keeps the day free for people who move; its season may run over the new year."""
    first, last, this = programme.removal_from, programme.removal_to, f"{day:%m-%d}"
    return first <= this <= last if first <= last else not last < this < first


def _removal(day: date, programme: Any) -> str:
    if not in_season(day, programme):
        return ""
    return _("%(day)sは転入・転出で窓口がいちばん混む時期です。できれば外してください。") % {
        "day": era_date(day, short=True)
    }


def _asked_elsewhere(day: date, session: Any) -> str:
    """The advisor keeps the day free for another town; which one is not said."""
    if not options_elsewhere(session, day, day).exists():
        return ""
    return _("%(day)sは、アドバイザーが別の町のために仮押さえしている日です。") % {
        "day": era_date(day, short=True)
    }


def _span(first: date, last: date) -> dict[str, datetime]:
    start, end = (
        timezone.make_aware(datetime.combine(day, time())) for day in (first, last + timedelta(days=1))
    )
    return {"starts_at__gte": start, "starts_at__lt": end}


def _of_advisor(model: str, session: Any, first: date, last: date) -> Any:
    """Rows of the advisor's other engagements that begin between two days, both included."""
    rows = apps.get_model("engagement_sessions", model)._base_manager.filter(
        **_span(first, last),
        session__engagement__roles__role="advisor",
        session__engagement__roles__valid_to=None,
        session__engagement__roles__user__in=checks.advisor_rows(session),
    )
    rows = rows.exclude(session__engagement=session.engagement_id).order_by("starts_at")
    return rows.select_related("session__engagement", "session__kind")


def options_elsewhere(session: Any, first: date, last: date) -> Any:
    return _of_advisor("DateOption", session, first, last).filter(state="open")


def meetings_elsewhere(session: Any, first: date, last: date) -> Any:
    return _of_advisor("Meeting", session, first, last).filter(called_off=False)
