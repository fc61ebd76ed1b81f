"""The days of a session in detail: several of them, teams in buildings, guests of neighbouring towns, costs.

All of it can be written before and after the day; what happened can always be recorded late.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from engagements.sessions import checks, day_rows, letters
from engagements.sessions.date_workflow import MEETING, PLAN_LOCKS
from workflow.doors import Machine, Step, door
from workflow.inputs import REASON, Input, Kind

ARRANGED = ("scheduled", *checks.HELD)
TITLE = Input("title", Kind.TEXT, _("この日にすること"), required=False, max_length=120)
WHICH = Input("meeting", Kind.CHOICE, _("どの日か"), required=False, choices=checks.open_days)
#: Rows of ``team``, ``place`` and ``people``.
TEAMS = Input("teams", Kind.ROWS, _("班と場所"), required=False)
#: Rows of ``municipality`` (its code), ``section`` and ``name``.
GUESTS = Input("guests", Kind.ROWS, _("近隣からの参加者"), required=False, personal=True)
#: Rows of ``kind``, ``amount`` (yen), ``payer`` and ``note``.
COSTS = Input("costs", Kind.ROWS, _("費用"), required=False)


class DaysWorkflow(Machine):
    """Nothing here moves a session's state."""

    @door(
        source="scheduled",
        target=None,
        label=_("別の日を足す"),
        past=_("日を足しました"),
        inputs=[TITLE, *MEETING],
        guards=[checks.engagement_runs],
        checks=[checks.meeting_fits],
        locks=PLAN_LOCKS,
        effects=[letters.dates_were_set],
    )
    def add_meeting(self, step: Step) -> None:
        self.meetings.create(**step.data)  # type: ignore[attr-defined]

    @door(
        source=checks.HELD,
        target=None,
        label=_("2回目の日を足す"),
        past=_("2回目の日を足しました"),
        inputs=[TITLE, *MEETING],
        guards=[checks.engagement_runs],
        checks=[checks.later_meeting_fits],
        locks=PLAN_LOCKS,
        effects=[letters.later_date_was_set],
    )
    def meet_again(self, step: Step) -> None:
        """A second report to the executive, say: ahead, or over already and recorded late."""
        self.meetings.create(**step.data)  # type: ignore[attr-defined]

    @door(
        source=ARRANGED,
        target=None,
        label=_("この日を取りやめる"),
        past=_("日を1つ取りやめました"),
        inputs=[WHICH, REASON],
        guards=[checks.has_several_days],
        checks=[checks.meeting_is_named],
        locks=[checks.sibling_sessions],
        effects=[letters.a_day_was_dropped],
    )
    def drop_meeting(self, step: Step) -> None:
        """The others stay."""
        meeting = checks.named_meeting(self, step)
        step.note["was"] = [meeting.starts_at, meeting.ends_at, meeting.mode, meeting.place]
        meeting.called_off = True
        meeting.save(update_fields=["called_off"])

    @door(
        source=ARRANGED,
        target=None,
        label=_("班と場所を決める"),
        past=_("班と場所を決めました"),
        inputs=[WHICH, TEAMS],
        checks=[checks.meeting_is_named, day_rows.teams_fit],
    )
    def set_teams(self, step: Step) -> None:
        meeting = checks.named_meeting(self, step)
        meeting.teams = [
            {
                "team": row["team"].strip(),
                "place": (row.get("place") or "").strip(),
                "people": row.get("people") or 0,
            }
            for row in step.data["teams"] or []
        ]
        meeting.save(update_fields=["teams"])

    @door(
        source=ARRANGED,
        target=None,
        label=_("近隣からの参加者を入れる"),
        past=_("近隣からの参加者を入れました"),
        inputs=[GUESTS],
        checks=[day_rows.guests_fit],
    )
    def set_guests(self, step: Step) -> None:
        self.guests.all().delete()  # type: ignore[attr-defined]
        for row in step.data["guests"] or []:
            self.guests.create(  # type: ignore[attr-defined]
                municipality_id=row["municipality"],
                section=(row.get("section") or "").strip(),
                name=row["name"].strip(),
            )

    @door(
        source=ARRANGED,
        target=None,
        label=_("費用を入れる"),
        past=_("費用を入れました"),
        inputs=[COSTS],
        guards=[checks.costs_are_kept],
        checks=[day_rows.costs_fit],
    )
    def set_costs(self, step: Step) -> None:
        self.costs.all().delete()  # type: ignore[attr-defined]
        for row in step.data["costs"] or []:
            values: dict[str, Any] = {name: row[name] for name in ("kind", "amount", "payer")}
            self.costs.create(**values, note=(row.get("note") or "").strip())  # type: ignore[attr-defined]
