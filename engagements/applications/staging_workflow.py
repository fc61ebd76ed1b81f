"""A decision kept back until it is released; the approver asked again, or another one asked."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from engagements.applications import guards, mails
from workflow.doors import Machine, Step, door
from workflow.inputs import REASON, Input, Kind
from workflow.models import Visibility

WAITING = ["submitted", "waitlisted"]
#: What can be staged: the transition's name and what the office calls it.
DECISIONS = [("accept", _("受理")), ("waitlist", _("順番待ち")), ("decline", _("見送り"))]


class StagingWorkflow(Machine):
    """Part of the application's machine. A staged decision is the office's alone: no mail, no word to the town."""

    staged: Any
    staged_comment: Any
    issued_hash: Any
    reminded_hash: Any
    approver_name: Any
    approver_email: Any

    def _unstage(self) -> None:
        self.staged = self.staged_comment = ""

    @door(
        source=WAITING,
        target=None,
        label=_("結果を内定にする"),
        past=_("結果を内定にしました"),
        inputs=[
            Input("decision", Kind.CHOICE, _("結果"), choices=DECISIONS),
            Input(
                "comment",
                Kind.LONG_TEXT,
                _("町への連絡"),
                required=False,
                personal=True,
                help=_("発表したときに町に届きます。見送るときは理由をお書きください。"),
            ),
        ],
        checks=[guards.stageable],
        reverse="unstage",
        visibility=Visibility.OFFICE,
    )
    def stage(self, step: Step) -> None:
        """Nobody outside the office sees it before ``staging.release``; staged again, the later one counts."""
        self.staged, self.staged_comment = step.data["decision"], step.data["comment"].strip()

    @door(
        source=WAITING,
        target=None,
        label=_("内定を取り消す"),
        past=_("内定を取り消しました"),
        inputs=[REASON],
        guards=[guards.is_staged],
        visibility=Visibility.OFFICE,
    )
    def unstage(self, step: Step) -> None:
        """As if it had never been staged; the log keeps both."""
        step.note["before"] = self.staged
        self._unstage()

    @door(
        source=WAITING,
        target=None,
        label=_("承認をもう一度お願いする"),
        past=_("承認をもう一度お願いしました"),
        guards=[guards.has_paper, guards.not_yet_consented, guards.approver_known],
        effects=[mails.to_approver, mails.consent_is_late],
        visibility=Visibility.TOWN,
    )
    def remind(self, step: Step) -> None:
        """By the sweep, once for each paper; the town's contacts are told too, and how to ask somebody else."""
        self.reminded_hash = self.issued_hash

    @door(
        source=WAITING,
        target=None,
        label=_("承認する方を替える"),
        past=_("承認する方を替えました"),
        inputs=[
            Input("name", Kind.TEXT, _("新しく承認する方"), max_length=80, personal=True),
            Input("email", Kind.EMAIL, _("その方のメール"), personal=True),
            REASON,
        ],
        guards=[guards.not_yet_consented],
        checks=[guards.someone_else],
        visibility=Visibility.TOWN,
    )
    def substitute(self, step: Step) -> None:
        """The first one is away or silent. The earlier link dies with the paper; the new one is made and sent."""
        self.approver_name, self.approver_email = step.data["name"], step.data["email"]
        self._forget_paper()

    def _forget_paper(self) -> None:
        raise NotImplementedError
