"""The state machine of a call: draft, open, closed; a draft may be discarded."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagements.applications import guards
from engagements.programme.models import Programme
from engagements.programme.selectors import version_for
from workflow.doors import Machine, Step, Turn, door
from workflow.inputs import REASON, Input, Kind


def versions(call: Any) -> QuerySet[Programme]:
    """Locked while a call opens, so that the version that it pins is not taken back meanwhile."""
    return Programme.objects.all()


class CallWorkflow(Machine):
    machine = "call"
    turns = {
        "draft": Turn(
            "secretariat",
            lambda call: "office",
            _("募集を始めるか、取りやめる"),
            due=lambda call: timezone.localdate(call.opens_at),
        )
    }
    programme: Any
    opens_at: Any
    closes_at: Any
    slots: Any
    notice: Any

    @door(
        source="draft",
        target="open",
        label=_("募集を始める"),
        past=_("募集を始めました"),
        guards=[guards.still_to_come],
        locks=[versions],
        final="Towns have read it: it is rewritten, extended or closed.",
    )
    def open(self, step: Step) -> None:
        """Towns can start drafts and submit from ``opens_at``. The programme's version of that day is pinned for good."""
        day = max(step.today(), timezone.localdate(self.opens_at))
        self.programme = version_for(day) or self.programme
        step.note["programme"] = self.programme.version

    @door(
        source="draft",
        target="discarded",
        label=_("準備をやめる"),
        past=_("準備をやめました"),
        reverse="restore",
    )
    def discard(self, step: Step) -> None:
        """Nobody was told of it, so nobody is told."""

    @door(
        source="discarded",
        target="draft",
        label=_("準備に戻す"),
        past=_("準備に戻しました"),
        inputs=[REASON],
    )
    def restore(self, step: Step) -> None:
        """Takes ``discard`` back."""

    @door(
        source="open",
        target="closed",
        label=_("募集を締め切る"),
        past=_("募集を締め切りました"),
        reverse="reopen",
    )
    def close(self, step: Step) -> None:
        """Drafts stay where they are; they can be read and go into the next call."""

    @door(
        source="closed",
        target="open",
        label=_("募集を再開する"),
        past=_("募集を再開しました"),
        inputs=[REASON],
        guards=[guards.still_to_come],
    )
    def reopen(self, step: Step) -> None:
        """Takes ``close`` back."""

    @door(
        source="open",
        target=None,
        label=_("締切を延ばす"),
        past=_("締切を延ばしました"),
        inputs=[Input("closes_at", Kind.DATETIME, _("新しい締切")), REASON],
        checks=[guards.later],
    )
    def extend(self, step: Step) -> None:
        """Only to a later time: nobody who reckoned with the earlier one is harmed."""
        step.note["before"] = self.closes_at
        self.closes_at = step.data["closes_at"]

    @door(
        source="open",
        target=None,
        label=_("枠を増やす"),
        past=_("枠を増やしました"),
        inputs=[Input("slots", Kind.INTEGER, _("新しい枠(団体)"), min_value=1, max_value=2000), REASON],
        checks=[guards.more],
    )
    def enlarge(self, step: Step) -> None:
        """Only to more places."""
        step.note["before"] = self.slots
        self.slots = step.data["slots"]

    @door(
        source="open",
        target=None,
        label=_("お知らせを書き直す"),
        past=_("お知らせを書き直しました"),
        inputs=[Input("notice", Kind.LONG_TEXT, _("お知らせ")), REASON],
    )
    def rewrite(self, step: Step) -> None:
        """The words beside the rules; the rules themselves stay as they were when the call opened."""
        step.note["before"] = self.notice
        self.notice = step.data["notice"]
