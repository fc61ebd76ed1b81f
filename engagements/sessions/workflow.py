"""The session's state machine: planned in order, held on a day, logged by the advisor, confirmed by the town."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from engagements.sessions import checks, date_checks, letters
from engagements.sessions.date_workflow import MEETING, PLAN_GUARDS, PLAN_LOCKS, PLANNED, DatesWorkflow
from engagements.sessions.day_workflow import DaysWorkflow
from workflow import Input, Kind, Step, Turn, door
from workflow.inputs import REASON

REPORTED = ("logged", "confirmed")
LEDGER_FIELDS = ("log_summary", "log_next_step", "log_hours")
LOG_FIELDS = ("log_summary", "log_next_step", "log_next_by", "log_hours", "log_attendance")

LOG = [
    Input("log_summary", Kind.LONG_TEXT, _("したこと"), max_length=4000, personal=True),
    Input(
        "log_next_step",
        Kind.TEXT,
        _("次にすること"),
        max_length=300,
        personal=True,
        help=_("そのまま町の「次にすること」に出ます。"),
    ),
    Input("log_next_by", Kind.DATE, _("いつまでに"), required=False),
    Input(
        "log_hours", Kind.DECIMAL, _("使った時間"), min_value=0, max_value=24, help=_("0.25時間きざみです。")
    ),
    Input("log_attendance", Kind.ROWS, _("参加した課と人数"), required=False),
]
HELD_ON = Input("held_on", Kind.DATE, _("実施日"))
ORDER_REASON = Input(
    "order_reason",
    Kind.LONG_TEXT,
    _("順番より先に行った理由"),
    required=False,
    personal=True,
    max_length=500,
    help=_("前の回の実施が記録されていれば、空欄で構いません。書いた理由は、支援の流れに出ます。"),
)
#: What a ledger knows of a session that was over before the service was used.
IMPORTED = [HELD_ON, *(replace(spec, required=False) for spec in LOG if spec.name in LEDGER_FIELDS)]


def _dates_due(session: Any) -> date | None:
    return session.dates_due  # type: ignore[no-any-return]


def _log_due(session: Any) -> date | None:
    day = session.held_on or checks.last_day(session)
    return day + timedelta(days=session.engagement.programme.log_days) if day else None


def _confirm_due(session: Any) -> date | None:
    return letters.confirm_due(session)


def _town(session: Any) -> str:
    return f"municipality:{session.engagement.municipality_id}"


def _engagement(session: Any) -> str:
    return f"engagement:{session.engagement_id}"


#: Whose turn it is in each state while no dates are proposed.
TURNS = {
    "unscheduled": Turn("contact", _town, _("日程を決める"), _dates_due, waiter="advisor"),
    "postponed": Turn("contact", _town, _("新しい日程を決める"), _dates_due, waiter="advisor"),
    "scheduled": Turn("advisor", _engagement, _("実施したことの記録"), _log_due, waiter="contact"),
    "held": Turn("advisor", _engagement, _("実施記録を書く"), _log_due, waiter="contact"),
    "logged": Turn("contact", _town, _("実施記録の確認"), _confirm_due, waiter="advisor"),
}


class SessionWorkflow(DaysWorkflow, DatesWorkflow):
    machine = "session"
    held_on: Any
    order_reason: Any
    log_summary: Any
    log_next_step: Any
    log_hours: Any
    log_draft: Any
    logged_at: Any
    confirmed_at: Any
    confirmed_by_silence: Any
    log_next_done_at: Any

    @property
    def turns(self) -> dict[str, Turn]:  # type: ignore[override]  # depends on the dates that are proposed as well
        return TURNS | date_checks.turns(self)

    @door(
        source=PLANNED,
        target="scheduled",
        label=_("日程を入れる"),
        past=_("日程を決めました"),
        inputs=MEETING,
        guards=PLAN_GUARDS,
        checks=[checks.meeting_fits],
        locks=PLAN_LOCKS,
        effects=[letters.dates_were_set],
        undone_by="postpone",
    )
    def schedule(self, step: Step) -> None:
        self.meetings.create(**step.data)  # type: ignore[attr-defined]
        self._settle_dates(step.data)

    @door(
        source="scheduled",
        target=None,
        label=_("日時を変える"),
        past=_("日時を変えました"),
        inputs=[
            Input("meeting", Kind.CHOICE, _("変える日"), required=False, choices=checks.open_days),
            *MEETING,
            REASON,
        ],
        guards=[checks.engagement_runs],
        checks=[checks.meeting_is_named, checks.meeting_fits],
        locks=PLAN_LOCKS,
        effects=[letters.dates_were_moved],
    )
    def reschedule(self, step: Step) -> None:
        meeting = checks.named_meeting(self, step)
        step.note["was"] = [meeting.starts_at, meeting.ends_at, meeting.mode, meeting.place]
        for name in ("starts_at", "ends_at", "mode", "place"):
            setattr(meeting, name, step.data[name])
        meeting.save()

    @door(
        source="scheduled",
        target="postponed",
        label=_("延期する"),
        past=_("延期を決めました"),
        inputs=[REASON],
        effects=[letters.was_postponed],
        undone_by="schedule",
    )
    def postpone(self, step: Step) -> None:
        self._call_off(step)

    @door(
        source="scheduled",
        target="held",
        label=_("実施したと記録する"),
        past=_("実施を記録しました"),
        inputs=[HELD_ON, ORDER_REASON],
        checks=[checks.held_day_is_possible, checks.order_is_explained],
        locks=[checks.sibling_sessions],
        effects=[letters.log_is_due],
        reverse="unhold",
        backdated=True,
    )
    def hold(self, step: Step) -> None:
        self._was_held(step, step.data["order_reason"])

    @door(
        source=PLANNED,
        target="held",
        label=_("あとから実施を記録する"),
        past=_("実施をあとから記録しました"),
        inputs=[HELD_ON, REASON],
        checks=[checks.held_day_is_possible],
        locks=[checks.sibling_sessions],
        effects=[letters.log_is_due],
        reverse="unrecord",
        backdated=True,
    )
    def record_held(self, step: Step) -> None:
        step.note["late"] = True
        self._was_held(step, step.data["reason"])

    @door(
        source="held",
        target="logged",
        label=_("実施記録を出す"),
        past=_("実施記録を出しました"),
        inputs=LOG,
        checks=[checks.log_is_plausible],
        effects=[letters.log_was_sent],
        undone_by="send_back",
    )
    def log(self, step: Step) -> None:
        self._write(step)
        self.log_draft, self.log_comment, self.log_next_done_at = {}, "", None
        self.logged_at = step.now

    @door(
        source="logged",
        target="confirmed",
        label=_("記録を確認する"),
        past=_("記録を確認しました"),
        reverse="reopen",
    )
    def confirm(self, step: Step) -> None:
        self.confirmed_at = step.now

    @door(
        source="logged",
        target="confirmed",
        label=_("申し出がないまま期限が過ぎた"),
        past=_("期限までに申し出がなかったため、記録を確認済みとしました"),
        guards=[checks.silence_is_over],
        effects=[letters.silence_confirmed],
        reverse="reopen",
    )
    def take_silence(self, step: Step) -> None:
        """By the sweep alone, and only where the programme's row counts days for it."""
        self.confirmed_at, self.confirmed_by_silence = step.now, True

    @door(
        source="logged",
        target="held",
        label=_("直してもらう"),
        past=_("記録の直しを頼みました"),
        inputs=[REASON],
        effects=[letters.log_came_back],
        undone_by="log",
    )
    def send_back(self, step: Step) -> None:
        self.log_comment = step.data["reason"]
        self.logged_at = None

    @door(
        source=REPORTED,
        target=None,
        label=_("記録を直す"),
        past=_("記録を直しました"),
        inputs=[*LOG, replace(HELD_ON, required=False), REASON],
        checks=[checks.log_is_plausible, checks.corrected_day_is_possible],
        effects=[letters.record_was_corrected],
    )
    def correct(self, step: Step) -> None:
        """Without a day, the one that is recorded stays."""
        day = step.data.pop("held_on")
        if day and day != self.held_on:
            step.note["held_on"] = {"old": self.held_on, "new": day}
            self.held_on = day
        self._write(step)

    @door(
        source=PLANNED,
        target="confirmed",
        label=_("台帳から取り込む"),
        past=_("台帳から取り込みました"),
        inputs=IMPORTED,
        checks=[checks.held_day_is_possible, checks.hours_are_quarters],
        locks=[checks.sibling_sessions],
        backdated=True,
        final="It records what has happened: `correct` puts right what was wrong.",
    )
    def import_(self, step: Step) -> None:
        """A session that was over before the service was used: held, logged and settled on paper."""
        step.note["imported"] = True
        self._was_held(step, gettext("台帳から取り込んだ記録です。"))
        self.log_summary = step.data["log_summary"] or gettext("台帳から取り込んだ記録です。")
        self.log_next_step = step.data["log_next_step"] or gettext("台帳に記載なし")
        self.log_hours = step.data["log_hours"]
        self.log_next_done_at = self.logged_at = self.confirmed_at = step.now

    @door(
        source=("unscheduled", "scheduled", "postponed"),
        target="cancelled",
        label=_("この回を中止する"),
        past=_("中止を決めました"),
        inputs=[REASON],
        reverse="reinstate",
    )
    def cancel(self, step: Step) -> None:
        self._settle_dates()
        self.meetings.filter(called_off=False).update(called_off=True)  # type: ignore[attr-defined]

    @door(
        source="held",
        target="scheduled",
        label=_("実施の記録を取り消す"),
        past=_("実施の記録を取り消しました"),
        inputs=[REASON],
        guards=[checks.has_a_day, checks.agreement_stands_without_it],
    )
    def unhold(self, step: Step) -> None:
        self.held_on, self.order_reason = None, ""

    @door(
        source="held",
        target="unscheduled",
        label=_("あとからの記録を取り消す"),
        past=_("あとからの記録を取り消しました"),
        inputs=[REASON],
        guards=[checks.has_no_day, checks.agreement_stands_without_it],
    )
    def unrecord(self, step: Step) -> None:
        self.held_on, self.order_reason = None, ""
        self.dates_due = date_checks.settle_by(self, step.today())

    @door(
        source="confirmed",
        target="logged",
        label=_("確認を取り消す"),
        past=_("記録の確認を取り消しました"),
        inputs=[REASON],
    )
    def reopen(self, step: Step) -> None:
        """Silence no longer counts: the town has spoken."""
        self.confirmed_at, self.confirmed_by_silence = None, False

    @door(
        source="cancelled",
        target="unscheduled",
        label=_("中止を取り消す"),
        past=_("中止を取り消しました"),
        inputs=[REASON],
        guards=[checks.agreement_stands_without_it],
    )
    def reinstate(self, step: Step) -> None:
        """Dates that were called off stay so: new ones are set."""
        self.dates_due = date_checks.settle_by(self, step.today())

    def _was_held(self, step: Step, order_reason: str) -> None:
        """``order_reason`` is kept only where an earlier session is still open."""
        self.order_reason = order_reason[:500] if checks.first_open_before(self) is not None else ""
        self._settle_dates()
        self.held_on = step.data["held_on"]
        step.occurred_at = min(checks.moment_of(self, self.held_on), step.now)
        date_checks.ask_next(self, step.today())

    def _write(self, step: Step) -> None:
        """Take over what was typed; values that change keep the old one beside the new in the event."""
        step.data["log_attendance"] = step.data["log_attendance"] or []
        for name in LOG_FIELDS:
            old, new = getattr(self, name), step.data[name]
            if step.name == "correct" and old != new:
                step.note[name] = {"old": old, "new": new}
            setattr(self, name, new)
