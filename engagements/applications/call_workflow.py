"""The state machine of a call: draft, open, closed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from engagements.applications import guards
from workflow.doors import Machine, Step, door
from workflow.inputs import REASON


class CallWorkflow(Machine):
    machine = "call"

    @door(
        source="draft",
        target="open",
        label=_("募集を始める"),
        past=_("募集を始めました"),
        guards=[guards.still_to_come],
    )
    def open(self, step: Step) -> None:
        """Towns can start drafts and submit from ``opens_at``."""

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
