"""What pages read about sessions. Each function takes a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.programme.models import ChecklistItem
from engagements.sessions import calendar, date_checks
from engagements.sessions.models import ChecklistTick, DateOption, Meeting, OptionState, Session
from municipalities.dates import era_date

QUARTER = Decimal("0.25")


def complete() -> QuerySet[Session]:
    """Sessions with kind, engagement, standing meetings, open dates, checklist, ticks: five queries more, always."""
    return (
        Session.objects.select_related("kind", "engagement__programme")
        .prefetch_related(
            Prefetch(
                "meetings", Meeting.objects.filter(called_off=False).order_by("starts_at"), to_attr="days"
            ),
            Prefetch(
                "date_options",
                DateOption.objects.filter(state=OptionState.OPEN).order_by("starts_at", "pk"),
                to_attr="dates",
            ),
            Prefetch("kind__checklist", ChecklistItem.objects.order_by("position")),
            Prefetch("ticks", ChecklistTick.objects.select_related("done_by")),
        )
        .order_by("engagement_id", "kind__number")
    )


def of_engagements(engagements: Iterable[int]) -> dict[int, list[Session]]:
    """The sessions of each engagement in their order."""
    found: dict[int, list[Session]] = {pk: [] for pk in engagements}
    for session in complete().filter(engagement__in=list(found)):
        found[session.engagement_id].append(session)
    return found


def reference(session: Session) -> str:
    """The number of the session that people see: R8-001-2 is the second of R8-001."""
    return f"{session.engagement.reference}-{session.kind.number}"


def first_day(session: Any) -> date | None:
    return timezone.localdate(session.days[0].starts_at) if session.days else None


def last_day(session: Any) -> date | None:
    return max((timezone.localdate(day.ends_at) for day in session.days), default=None)


@dataclass(frozen=True, slots=True)
class Preparation:
    """One line of a checklist."""

    item: int
    text: str
    due: date | None
    days_before: int
    done_at: datetime | None
    done_by: str


def checklist(session: Any) -> list[Preparation]:
    """What is to prepare for a session read by ``complete``; no query of its own."""
    ticks = {tick.item_id: tick for tick in session.ticks.all()}
    start = session.held_on or first_day(session)
    lines = []
    for item in session.kind.checklist.all():
        tick = ticks.get(item.pk)
        lines.append(
            Preparation(
                item=item.pk,
                text=item.text,
                due=start - timedelta(days=item.days_before) if start else None,
                days_before=item.days_before,
                done_at=tick.done_at if tick else None,
                done_by=tick.done_by.name if tick else "",
            )
        )
    return lines


def suggested_sections(session: Session) -> list[str]:
    """The sections that took part in the engagement's other sessions, in the order in which they first did."""
    others = Session.objects.filter(engagement=session.engagement_id).exclude(pk=session.pk)
    rows = others.order_by("kind__number").values_list("log_attendance", flat=True)
    return list(dict.fromkeys(row["section"] for attendance in rows for row in attendance))


def planned_hours(session: Any) -> Decimal:
    """The length of the session's meetings in hours, to the quarter."""
    seconds = sum((day.ends_at - day.starts_at).total_seconds() for day in session.days)
    return (Decimal(int(seconds)) / 900).quantize(Decimal(1)) * QUARTER


def people(session: Session) -> int:
    return sum(row["count"] for row in session.log_attendance)


@dataclass(frozen=True, slots=True)
class Ask:
    """What an open proposal asks of whose turn it is, in words."""

    title: str
    text: str
    button: str


def asked_by_dates(session: Any) -> Ask | None:
    """From a session read by ``complete``; None while no dates are proposed."""
    if not session.dates:
        return None
    shown = {"session": session.kind, "number": len(session.dates)}
    proposer, side = session.dates[0].side, date_checks.turn_side(session.dates)
    if side != proposer:
        who = _("アドバイザー") if proposer == "advisor" else _("町")
        text = _("%(who)sから候補が%(number)dつ届いています。") % {"who": who, "number": len(session.dates)}
        return Ask(_("%(session)sの日程を選んでください") % shown, text, _("候補を見る"))
    if any(option.answer == "yes" for option in session.dates):
        text = _("相手の返事が届きました。「可」の日から決められます。")
        return Ask(_("%(session)sの日を決めてください") % shown, text, _("返事を見る"))
    text = _("相手の返事が届きました。合う日がありませんでした。")
    return Ask(_("%(session)sの別の候補を出してください") % shown, text, _("返事を見る"))


@dataclass(frozen=True, slots=True)
class Busy:
    """A day on which the advisor is asked elsewhere; only the advisor reads where."""

    day: date
    when: str
    what: str
    held: bool


BUSY_DAYS = 90


def busy_days(session: Session, *, today: date, named: bool) -> list[Busy]:
    """What the advisor has in other towns in the next months, meetings and holds by day. Two queries."""
    last = today + timedelta(days=BUSY_DAYS)
    meetings = [(row, False) for row in calendar.meetings_elsewhere(session, today, last)]
    holds = [(row, True) for row in calendar.options_elsewhere(session, today, last)]
    found = []
    for row, held in sorted(meetings + holds, key=lambda item: item[0].starts_at):
        day = timezone.localdate(row.starts_at)
        town = (
            f"{row.session.engagement.municipality_name} {row.session.kind}" if named else _("別の町の予定")
        )
        found.append(Busy(day, era_date(day, short=True), town, held))
    return found


def past_dates(session: Session) -> list[DateOption]:
    """The dates that were proposed before and are over, newest first."""
    return list(
        session.date_options.exclude(state=OptionState.OPEN).order_by("-proposed_at", "starts_at")[:30]
    )
