"""Agreeing on a day: one side proposes dates and keeps them free for a while, the other answers each.

A proposal replaces an older one, whosever it was. What is agreed becomes a meeting through ``schedule`` alone.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from engagements.sessions import checks, date_checks, date_letters
from workflow.doors import Machine, Step, door
from workflow.inputs import REASON, Input, Kind

PLANNED = ("unscheduled", "postponed")
MEETING = [
    Input("starts_at", Kind.DATETIME, _("始まり")),
    Input("ends_at", Kind.DATETIME, _("終わり")),
    Input("mode", Kind.CHOICE, _("進め方"), choices=checks.modes),
    Input("place", Kind.TEXT, _("場所"), required=False, max_length=200),
]
PLAN_GUARDS = [checks.engagement_runs, checks.earlier_sessions_are_planned]
PLAN_LOCKS = [checks.advisor_rows, checks.sibling_sessions, checks.engagement_row]
#: Rows of ``starts_at``, ``ends_at``, ``mode`` and ``place``.
OPTIONS = Input("options", Kind.ROWS, _("日程の候補"))
#: Rows of ``option`` (its id), ``answer`` (yes, no, adjust) and ``note``.
ANSWERS = Input("answers", Kind.ROWS, _("候補への返事"))
SURE = Input("sure", Kind.BOOLEAN, _("気をつける日と分かったうえで候補にする"), required=False)


class DatesWorkflow(Machine):
    """The part of a session's machine that leads to a date; its state stays as it is until then."""

    dates_due: Any

    @door(
        source=PLANNED,
        target=None,
        label=_("日程の候補を出す"),
        past=_("日程の候補を出しました"),
        inputs=[OPTIONS, SURE],
        guards=PLAN_GUARDS,
        checks=[date_checks.options_fit],
        locks=PLAN_LOCKS,
        effects=[date_letters.dates_were_proposed],
    )
    def propose(self, step: Step) -> None:
        self._hold_dates(step)

    @door(
        source="scheduled",
        target="postponed",
        label=_("日程を選び直す"),
        past=_("決まっていた日程を取りやめ、新しい候補を出しました"),
        inputs=[OPTIONS, SURE, REASON],
        guards=[checks.engagement_runs],
        checks=[date_checks.options_fit],
        locks=PLAN_LOCKS,
        effects=[date_letters.other_dates_were_asked],
        undone_by="schedule",
    )
    def ask_new_dates(self, step: Step) -> None:
        """The settled days are off; the others' turn is to choose from the new ones."""
        self._call_off(step)
        self._hold_dates(step)

    @door(
        source=PLANNED,
        target=None,
        label=_("候補に返事をする"),
        past=_("日程の候補に返事をしました"),
        inputs=[ANSWERS],
        guards=[date_checks.dates_are_open],
        checks=[date_checks.other_side_answers, date_checks.answers_fit],
        effects=[date_letters.dates_were_answered],
    )
    def answer_dates(self, step: Step) -> None:
        rows = {int(row["option"]): row for row in step.data["answers"]}
        for option in date_checks.open_options(self).filter(pk__in=rows):
            row = rows[option.pk]
            option.answer, option.note = row["answer"], str(row.get("note") or "").strip()
            option.answered_at = step.now
            option.save()

    @door(
        source=PLANNED,
        target=None,
        label=_("候補を取り下げる"),
        past=_("日程の候補を取り下げました"),
        guards=[date_checks.dates_are_open],
        checks=[date_checks.own_side_withdraws],
        effects=[date_letters.dates_were_withdrawn],
    )
    def withdraw_dates(self, step: Step) -> None:
        self._settle_dates()

    @door(
        source=PLANNED,
        target=None,
        label=_("仮押さえの期限が過ぎた"),
        past=_("日程の候補の仮押さえが期限で外れました"),
        guards=[date_checks.holds_are_over],
        effects=[date_letters.holds_ran_out],
    )
    def expire_dates(self, step: Step) -> None:
        """By the sweep alone."""
        over = date_checks.open_options(self)
        step.note["side"] = over.first().side
        over.update(state="expired")

    def _hold_dates(self, step: Step) -> None:
        self._settle_dates()
        side = date_checks.side_of(self, step.actor)
        until = date_checks.hold_until(self, step)
        found, _faults = date_checks.read_options(step.data["options"])
        for candidate in found:
            self.date_options.create(  # type: ignore[attr-defined]
                **candidate,
                side=side,
                proposed_by_id=step.actor.user_id,
                proposed_at=step.now,
                held_until=until,
            )
        step.note |= {"side": side, "held_until": until}

    def _call_off(self, step: Step) -> None:
        self.meetings.filter(called_off=False).update(called_off=True)  # type: ignore[attr-defined]
        self.dates_due = date_checks.settle_by(self, step.today())

    def _settle_dates(self, meeting: dict[str, Any] | None = None) -> None:
        """Nothing stays kept free: the date that became the meeting is chosen, the others are released."""
        options = date_checks.open_options(self)
        if meeting:
            times = {name: meeting[name] for name in ("starts_at", "ends_at")}
            options.filter(**times).update(state="chosen")
        options.update(state="released")
