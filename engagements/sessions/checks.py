"""What a session's transitions ask first: its order in the engagement, its dates, and what a log says.

Planning keeps the order ① → ② → ③; recording does not ask for it, because what has happened can always be recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.models import AGREED
from engagements.sessions import letters
from municipalities.dates import era_date
from workflow import Step, Unmet

RUNNING = ("preparing", "training", "survey", "reporting")
NOT_YET_PLANNED = ("unscheduled", "postponed")
#: A session that took place, whether or not its record is there.
HELD = ("held", "logged", "confirmed")
#: A session that is over, or will not be.
BEHIND = (*HELD, "cancelled")
FARTHEST = timedelta(days=730)
#: A day so long before the engagement began is a slip of the pen.
EARLIEST_BEFORE_OPENING = timedelta(days=365)
MAX_SECTIONS = 50
MAX_PEOPLE = 9999

Faults = Mapping[str, Any] | None


def _model(name: str) -> Any:
    return apps.get_model("engagement_sessions", name)


def modes(session: Any) -> list[tuple[str, Any]]:
    return list(_model("Meeting")._meta.get_field("mode").choices)


def open_days(session: Any) -> list[tuple[str, Any]]:
    """The session's meetings that still stand, for choosing one of them."""
    if session is None:
        return []
    days = session.meetings.filter(called_off=False)
    return [
        (str(day.pk), f"{era_date(timezone.localdate(day.starts_at), short=True)} {day.title}".strip())
        for day in days
    ]


def last_day(session: Any) -> date | None:
    last = session.meetings.filter(called_off=False).order_by("ends_at").last()
    return timezone.localdate(last.ends_at) if last else None


def moment_of(session: Any, day: date) -> datetime:
    """When it was over on that day: the end of that day's meeting, else noon."""
    for meeting in session.meetings.filter(called_off=False):
        if timezone.localdate(meeting.starts_at) == day:
            return meeting.ends_at  # type: ignore[no-any-return]
    return timezone.make_aware(datetime.combine(day, time(12)))


def engagement_row(session: Any) -> QuerySet[Any]:
    return apps.get_model("engagements", "Engagement")._base_manager.filter(pk=session.engagement_id)


def sibling_sessions(session: Any) -> QuerySet[Any]:
    return _model("Session")._base_manager.filter(engagement=session.engagement_id)  # type: ignore[no-any-return]


def advisor_rows(session: Any) -> QuerySet[Any]:
    """The advisor's own row: two towns that plan the same day wait for each other here."""
    roles = apps.get_model("engagements", "EngagementRole")._base_manager
    leads = roles.filter(engagement=session.engagement_id, role="advisor", valid_to=None)
    return apps.get_model("accounts", "User")._base_manager.filter(pk__in=leads.values("user"))


def engagement_runs(session: Any, now: datetime) -> Unmet | None:
    if session.engagement.state in RUNNING:
        return None
    sentence = _("支援が「%(state)s」のあいだは日程を動かせません。再開は事務局にご相談ください。")
    return Unmet(
        sentence % {"state": session.engagement.get_state_display()}, f"/engagements/{session.engagement_id}/"
    )


def earlier_sessions_are_planned(session: Any, now: datetime) -> Unmet | None:
    """② can be planned once ① has a date (or is behind); planning out of order is refused (docs/architecture.md)."""
    earlier = sibling_sessions(session).filter(
        kind__number__lt=session.kind.number, state__in=NOT_YET_PLANNED
    )
    first = earlier.select_related("kind").order_by("kind__number").first()
    if first is None:
        return None
    sentence = _("%(first)sの日程が決まると、%(this)sの日程を入れられます。")
    return Unmet(sentence % {"first": first.kind, "this": session.kind}, first.get_absolute_url())


def silence_is_over(session: Any, now: datetime) -> Unmet | None:
    """The day after the last one on which the town could have said something."""
    last = letters.silent_until(session)
    if last is not None and last < timezone.localdate(now):
        return None
    return Unmet(_("申し出を待つ期限は過ぎていません。"))


def has_a_day(session: Any, now: datetime) -> Unmet | None:
    if session.meetings.filter(called_off=False).exists():
        return None
    return Unmet(_("日程なしで記録された回です。「あとからの記録を取り消す」をお使いください。"))


def has_several_days(session: Any, now: datetime) -> Unmet | None:
    if session.meetings.filter(called_off=False).count() > 1:
        return None
    return Unmet(_("日が1つだけの回です。取りやめるときは延期か中止をお使いください。"))


def costs_are_kept(session: Any, now: datetime) -> Unmet | None:
    """Costs are optional: only where the programme says who pays for a dispatch."""
    if session.engagement.programme.dispatch_costs:
        return None
    return Unmet(_("この制度では費用を記録しません。費用の負担は、制度の設定で事務局が決めます。"))


def has_no_day(session: Any, now: datetime) -> Unmet | None:
    if not session.meetings.filter(called_off=False).exists():
        return None
    return Unmet(_("日程のある回です。「実施の記録を取り消す」をお使いください。"))


def named_meeting(session: Any, step: Step) -> Any:
    """The meeting that the person chose; the only one where there is one. None where it is unclear."""
    days = list(session.meetings.filter(called_off=False))
    chosen = step.data.get("meeting")
    if chosen:
        return next((day for day in days if str(day.pk) == chosen), None)
    return days[0] if len(days) == 1 else None


def meeting_is_named(session: Any, step: Step) -> Faults:
    if named_meeting(session, step) is None:
        return {"meeting": _("どの日を変えるか選んでください。")}
    return None


def meeting_fits(session: Any, step: Step) -> Faults:
    return fault_of_day(session, step.data["starts_at"], step.data["ends_at"], step.now)


def fault_of_day(session: Any, starts: datetime, ends: datetime, now: datetime) -> dict[str, str] | None:
    """The day is possible by itself, keeps the order of the sessions, and the advisor is free."""
    if sentence := _shape_fault(starts, ends):
        return {"ends_at": sentence}
    if starts < now:
        return {"starts_at": _("過ぎた日時です。もう行ったものは「あとから実施を記録する」で残せます。")}
    if starts > now + FARTHEST:
        return {"starts_at": _("2年より先の日です。年をお確かめください。")}
    sentence = _order_fault(session, starts) or _clash(session, starts)
    return {"starts_at": sentence} if sentence else None


def later_meeting_fits(session: Any, step: Step) -> Faults:
    """A further day of a session that was held: over already, or one on which the advisor is free."""
    starts, ends = step.data["starts_at"], step.data["ends_at"]
    if sentence := _shape_fault(starts, ends):
        return {"ends_at": sentence}
    if starts > step.now + FARTHEST:
        return {"starts_at": _("2年より先の日です。年をお確かめください。")}
    if (
        timezone.localdate(starts)
        < timezone.localdate(session.engagement.opened_at) - EARLIEST_BEFORE_OPENING
    ):
        return {"starts_at": _("支援が始まる1年以上前の日です。年をお確かめください。")}
    sentence = _clash(session, starts) if starts > step.now else ""
    return {"starts_at": sentence} if sentence else None


def _shape_fault(starts: datetime, ends: datetime) -> str:
    if ends <= starts:
        return _("終わりは、始まりより後の時刻にしてください。")
    if timezone.localdate(starts) != timezone.localdate(ends):
        return _("終わりは同じ日にしてください。何日かにわたるときは「別の日を足す」で1日ずつ入れます。")
    return ""


def _order_fault(session: Any, starts: datetime) -> str:
    """No session before the end of an earlier one, nor after the start of a later one."""
    day = timezone.localdate(starts)
    others = sibling_sessions(session).exclude(pk=session.pk)
    for other in others.select_related("kind").prefetch_related("meetings"):
        first, last = _days_of(other)
        if last and other.kind.number < session.kind.number and day < last:
            return _("%(kind)s(%(day)s)より後の日にしてください。") % _shown(other, last)
        if first and other.kind.number > session.kind.number and day > first:
            return _("%(kind)sの%(day)sより前の日にするか、先に%(kind)sの日を動かしてください。") % _shown(
                other, first
            )
    return ""


def _shown(session: Any, day: date) -> dict[str, Any]:
    return {"kind": session.kind, "day": era_date(day, short=True)}


def _days_of(session: Any) -> tuple[date | None, date | None]:
    """First and last day of a session: when it was held, else its standing meetings."""
    if session.held_on:
        return session.held_on, session.held_on
    if session.state != "scheduled":
        return None, None
    days = sorted(timezone.localdate(m.starts_at) for m in session.meetings.all() if not m.called_off)
    return (days[0], days[-1]) if days else (None, None)


def _clash(session: Any, starts: datetime) -> str:
    """The advisor is promised to another town on that day. The other town is not named."""
    start = timezone.make_aware(datetime.combine(timezone.localdate(starts), time()))
    clashes = (
        _model("Meeting")
        ._base_manager.filter(
            starts_at__gte=start,
            starts_at__lt=start + timedelta(days=1),
            called_off=False,
            session__engagement__roles__role="advisor",
            session__engagement__roles__valid_to=None,
            session__engagement__roles__user__in=advisor_rows(session),
        )
        .exclude(session__engagement=session.engagement_id)
    )
    if not clashes.exists():
        return ""
    return _("この日は選べません。アドバイザーが別の町に行く日です。ほかの日を選んでください。")


def held_day_is_possible(session: Any, step: Step) -> Faults:
    day = step.data["held_on"]
    if day > step.today():
        return {"held_on": _("これから来る日です。行われた日を入れてください。")}
    if day < timezone.localdate(session.engagement.opened_at) - EARLIEST_BEFORE_OPENING:
        return {"held_on": _("支援が始まる1年以上前の日です。年をお確かめください。")}
    return None


def first_open_before(session: Any) -> Any:
    """The first earlier session that is neither recorded nor called off; None where the order is kept."""
    earlier = sibling_sessions(session).filter(kind__number__lt=session.kind.number)
    return earlier.exclude(state__in=BEHIND).select_related("kind").order_by("kind__number").first()


def order_is_explained(session: Any, step: Step) -> Faults:
    """What has happened can always be recorded; out of order only with its reason, which then shows."""
    first = None if step.data["order_reason"].strip() else first_open_before(session)
    if first is None:
        return None
    sentence = _(
        "%(first)sの実施がまだ記録されていません。先に%(first)sを記録するか、順番より先に行った理由を書いてください。"
    )
    return {"order_reason": sentence % {"first": first.kind}}


def agreement_stands_without_it(session: Any, now: datetime) -> Unmet | None:
    """An agreement rests on ② and ③: neither opens again beneath it, unless it was agreed out of order."""
    engagement = session.engagement
    if engagement.state not in AGREED or engagement.order_reason or session.kind.number == 1:
        return None
    sentence = _("支援が「%(state)s」まで進んでいます。先に、事務局が合意を取り消してください。")
    return Unmet(sentence % {"state": engagement.get_state_display()}, f"/engagements/{engagement.pk}/")


def corrected_day_is_possible(session: Any, step: Step) -> Faults:
    """A correction may leave the day as it is."""
    return held_day_is_possible(session, step) if step.data["held_on"] else None


def hours_are_quarters(session: Any, step: Step) -> Faults:
    if step.data["log_hours"] is None or (step.data["log_hours"] * 4) % 1 == Decimal(0):
        return None
    return {"log_hours": _("0.25時間(15分)きざみで入れてください。")}


def log_is_plausible(session: Any, step: Step) -> Faults:
    faults = dict(hours_are_quarters(session, step) or {})
    if sentence := attendance_fault(step.data["log_attendance"] or []):
        faults["log_attendance"] = sentence
    by = step.data["log_next_by"]
    if by and session.held_on and by < session.held_on:
        faults["log_next_by"] = _("実施日より後の日を入れてください。")
    return faults


def attendance_fault(rows: Any) -> str:
    """Why rows of ``{"section": text, "count": number}`` can't be kept; empty for good ones."""
    if not isinstance(rows, list) or len(rows) > MAX_SECTIONS:
        return _("参加した課は%(most)d行までの一覧で入れてください。") % {"most": MAX_SECTIONS}
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or set(row) != {"section", "count"} or not _is_row(row):
            return _(
                "参加した課の%(number)d行目は、課の名前と0人から%(most)d人までの人数を入れてください。"
            ) % {
                "number": number,
                "most": MAX_PEOPLE,
            }
    return ""


def _is_row(row: dict[str, Any]) -> bool:
    section, count = row["section"], row["count"]
    named = isinstance(section, str) and bool(section.strip()) and len(section) <= 120
    return named and isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MAX_PEOPLE
