"""The state machine of an application, from draft to matched. That of the call: ``call_workflow``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from engagements.applications import guards, mails, priorities, turns
from engagements.applications.receipt import receipt_time
from engagements.applications.staging_workflow import StagingWorkflow
from workflow.doors import Step, Turn, door
from workflow.inputs import REASON, Input, Kind
from workflow.models import Visibility

TOWN, OFFICE = Visibility.TOWN, Visibility.OFFICE
REASON_IF_ANY = Input("reason", Kind.LONG_TEXT, _("理由"), required=False, personal=True)
TO_TOWN = Input(
    "comment", Kind.LONG_TEXT, _("町への連絡"), personal=True, help=_("町の担当にメールで届きます。")
)
TO_TOWN_IF_ANY = Input("comment", Kind.LONG_TEXT, _("町への連絡"), required=False, personal=True)


class ApplicationWorkflow(StagingWorkflow):
    """Returned, waitlisted and declined by the office; consented to and objected to by the town's approver."""

    machine = "application"
    call: Any
    call_id: Any
    engagement_id: Any
    approver_confirmed: Any
    priority: Any
    priority_given: Any
    received_at: Any
    returned_at: Any
    office_comment: Any
    comment_by: Any
    issued_document: Any
    consented_hash: Any
    consented_at: Any
    consented_by: Any
    decided_at: Any

    @property
    def turns(self) -> dict[str, Turn]:  # type: ignore[override]  # depends on consent and offers, not on the state alone
        asked = self.state == "accepted" and turns.asked_for(self) is not None
        return turns.of(awaiting_consent=bool(self.issued_hash) and not self.has_consent, asked=asked)

    @property
    def has_consent(self) -> bool:
        """Whether the approver has consented to the very paper that is issued now."""
        return bool(self.issued_hash and self.consented_hash == self.issued_hash)

    def _forget_paper(self) -> None:
        self.issued_document, self.issued_hash = None, ""
        self._forget_consent()

    def _forget_consent(self) -> None:
        self.consented_hash, self.consented_at, self.consented_by = "", None, ""

    def _say(self, by: str, comment: str) -> None:
        self.office_comment, self.comment_by = comment, by if comment else ""

    def _decide(self, step: Step, comment: str = "") -> None:
        self._unstage()
        self.decided_at = step.now
        self._say("office", comment)

    def _receive(self, moment: datetime, step: Step) -> None:
        self.received_at, self.returned_at = moment, None
        self._say("", "")
        self._forget_paper()
        step.note["received_at"] = moment
        if not self.priority_given:
            self.priority = step.note["recommended"] = priorities.recommended(self)

    @door(
        source=["draft", "returned"],
        target="submitted",
        label=_("提出する"),
        past=_("申込を提出しました"),
        guards=[guards.call_open, guards.eligible, guards.complete],
        effects=[mails.to_office, mails.received],
        visibility=TOWN,
        undone_by="return",
    )
    def submit(self, step: Step) -> None:
        """Sets the receipt time (see ``receipt_time``) and forgets the paper and consent of an earlier version."""
        days = self.call.programme.resubmit_days
        self._receive(
            receipt_time(received_at=self.received_at, returned_at=self.returned_at, days=days, now=step.now),
            step,
        )

    @door(
        source="draft",
        target="submitted",
        label=_("紙や電話で届いた申込を受け付ける"),
        past=_("紙や電話で届いた申込を受け付けました"),
        inputs=[
            Input("arrived_at", Kind.DATETIME, _("届いた日時"), help=_("この日時が受付の順になります。")),
            Input(
                "reason",
                Kind.LONG_TEXT,
                _("どのように届いたか"),
                personal=True,
                help=_("紙、電話など。電話では、受けた人と話した相手も書いておくと後で確かめられます。"),
            ),
        ],
        guards=[guards.eligible, guards.complete],
        checks=[guards.arrived],
        effects=[mails.received],
        visibility=TOWN,
        undone_by="withdraw",
    )
    def enter(self, step: Step) -> None:
        """The office typed it for a town that sent paper or phoned: the time at which it arrived counts, with its why."""
        self._receive(step.data["arrived_at"], step)

    @door(
        source=["submitted", "waitlisted"],
        target=None,
        label=_("申込書を発行する"),
        past=_("申込書を発行しました"),
        inputs=[
            Input("document", Kind.INTEGER, _("書類")),
            Input("document_hash", Kind.TEXT, _("ファイルの照合値"), max_length=64),
        ],
        effects=[mails.to_approver],
        visibility=TOWN,
    )
    def issue(self, step: Step) -> None:
        """The PDF exists; a consent to an earlier one no longer counts."""
        self.issued_document, self.issued_hash = step.data["document"], step.data["document_hash"]
        self._forget_consent()

    @door(
        source=["submitted", "waitlisted"],
        target=None,
        label=_("承認のリンクをもう一度送る"),
        past=_("承認のリンクを送りました"),
        guards=[guards.has_paper, guards.not_yet_consented, guards.approver_known],
        effects=[mails.to_approver],
        visibility=TOWN,
    )
    def resend(self, step: Step) -> None:
        """An older link stops working."""

    @door(
        source=["submitted", "waitlisted"],
        target=None,
        label=_("承認する方を確かめた"),
        past=_("承認する方のメールを確かめました"),
        inputs=[Input("reason", Kind.LONG_TEXT, _("どう確かめたか"), personal=True)],
        guards=[guards.approver_unknown],
        effects=[mails.to_approver],
        visibility=OFFICE,
    )
    def confirm_approver(self, step: Step) -> None:
        """An approver outside the town's mail domain gets the link only after the office has checked the address."""
        self.approver_confirmed = self.approver_email

    @door(
        source=["submitted", "waitlisted"],
        target=None,
        label=_("承認する"),
        past=_("申込を承認しました"),
        inputs=[Input("document_hash", Kind.TEXT, _("申込書のファイルの照合値"), max_length=64)],
        guards=[guards.has_paper, guards.not_yet_consented],
        checks=[guards.same_paper, guards.another_person],
        effects=[mails.consented, mails.consent_received],
        visibility=TOWN,
        undone_by="object",
    )
    def consent(self, step: Step) -> None:
        """Consent to the very PDF that was shown, named by its hash."""
        self.consented_hash, self.consented_at = step.data["document_hash"], step.now
        self.consented_by = step.actor.name[:80]

    @door(
        source=["submitted", "waitlisted"],
        target="returned",
        label=_("担当に差し戻す"),
        past=_("申込を担当に差し戻しました"),
        inputs=[REASON],
        effects=[mails.returned],
        reverse="unreturn",
        visibility=TOWN,
    )
    def object(self, step: Step) -> None:
        """The approver does not consent, or no longer does."""
        self.returned_at = step.now
        self._unstage()
        self._forget_consent()
        self._say("approver", step.data["reason"])

    @door(
        source=["submitted", "waitlisted"],
        target="returned",
        label=_("差し戻す"),
        past=_("申込を差し戻しました"),
        inputs=[TO_TOWN],
        effects=[mails.returned],
        reverse="unreturn",
        visibility=TOWN,
    )
    def return_(self, step: Step) -> None:
        """Back to the town with what has to be mended; the receipt time is kept for the programme's days."""
        self.returned_at = step.now
        self._unstage()
        self._say("office", step.data["comment"])

    @door(
        source="returned",
        target="submitted",
        label=_("差し戻しを取り消す"),
        past=_("差し戻しを取り消しました"),
        inputs=[REASON],
        guards=[guards.not_rewritten],
        visibility=TOWN,
    )
    def unreturn(self, step: Step) -> None:
        """As long as the town has not begun to rewrite it."""
        self.returned_at = None
        self._say("", "")

    @door(
        source=["submitted", "waitlisted", "accepted", "returned"],
        target=None,
        label=_("優先度を決める"),
        past=_("優先度を決めました"),
        inputs=[
            Input("priority", Kind.INTEGER, _("優先度(0から3、3が最も急ぐ)"), min_value=0, max_value=3),
            REASON,
        ],
        visibility=OFFICE,
    )
    def prioritise(self, step: Step) -> None:
        """先着順 with a priority that the office gives, always with a reason. Given again, it is taken back."""
        step.note["before"] = self.priority
        self.priority, self.priority_given = step.data["priority"], True

    @door(
        source="submitted",
        target="waitlisted",
        label=_("順番待ちにする"),
        past=_("申込を順番待ちにしました"),
        inputs=[TO_TOWN_IF_ANY],
        effects=[mails.waitlisted],
        reverse="reconsider",
        visibility=TOWN,
    )
    def waitlist(self, step: Step) -> None:
        """Kept in its place until there is room."""
        self._decide(step, step.data["comment"])

    @door(
        source=["submitted", "waitlisted"],
        target="accepted",
        label=_("受理する"),
        past=_("申込を受理しました"),
        guards=[guards.consented],
        effects=[mails.accepted],
        reverse="reconsider",
        visibility=TOWN,
    )
    def accept(self, step: Step) -> None:
        """An advisor is looked for next. A word that was staged with it goes to the town."""
        self._decide(step, self.staged_comment if self.staged == "accept" else "")

    @door(
        source=["submitted", "waitlisted"],
        target="declined",
        label=_("見送る"),
        past=_("申込を見送りました"),
        inputs=[TO_TOWN],
        effects=[mails.declined],
        reverse="reconsider",
        visibility=TOWN,
    )
    def decline(self, step: Step) -> None:
        """The reason goes to the town."""
        self._decide(step, step.data["comment"])

    @door(
        source=["accepted", "waitlisted", "declined"],
        target="submitted",
        label=_("決定を取り消して確認に戻す"),
        past=_("決定を取り消しました"),
        inputs=[REASON],
        guards=[guards.only_one],
        visibility=TOWN,
    )
    def reconsider(self, step: Step) -> None:
        """Takes a decision back; time, paper and consent stay as they were."""
        self.decided_at = None
        self._say("", "")

    @door(
        source="accepted",
        target="matched",
        label=_("アドバイザーを決める"),
        past=_("アドバイザーが決まりました"),
        inputs=[Input("engagement", Kind.INTEGER, _("支援"), required=False)],
        reverse="unmatch",
        visibility=TOWN,
    )
    def match(self, step: Step) -> None:
        """The room that opened the engagement names it here."""
        self.engagement_id = step.data["engagement"] or self.engagement_id

    @door(
        source="matched",
        target="accepted",
        label=_("決定を取り消す"),
        past=_("アドバイザーの決定を取り消しました"),
        inputs=[REASON],
        visibility=TOWN,
    )
    def unmatch(self, step: Step) -> None:
        """The engagement was taken back; the application waits for another advisor in its old place."""
        step.note["engagement"] = self.engagement_id
        self.engagement_id = None

    @door(
        source=["draft", "submitted", "returned", "waitlisted", "accepted"],
        target="withdrawn",
        label=_("取り下げる"),
        past=_("申込を取り下げました"),
        inputs=[REASON_IF_ANY],
        reverse="restore",
        visibility=TOWN,
    )
    def withdraw(self, step: Step) -> None:
        """Open to the town until an advisor is decided; from then on the engagement is cancelled."""
        self._unstage()

    @door(
        source="draft",
        target=None,
        label=_("次の募集に移す"),
        past=_("下書きを次の募集に移しました"),
        inputs=[Input("call", Kind.INTEGER, _("募集"))],
        guards=[guards.left_behind],
        checks=[guards.takes_draft],
        visibility=TOWN,
    )
    def carry(self, step: Step) -> None:
        """A draft that was begun in a call that is over goes on in another, with everything that was written."""
        step.note["before"] = self.call_id
        self.call_id = step.data["call"]

    @door(
        source="withdrawn",
        target="draft",
        label=_("取り下げをやめて下書きに戻す"),
        past=_("取り下げをやめて下書きに戻しました"),
        inputs=[REASON],
        guards=[guards.only_one],
        visibility=TOWN,
    )
    def restore(self, step: Step) -> None:
        """What was written comes back, the receipt time does not."""
        self.received_at = self.returned_at = None
        self._say("", "")
        self._forget_paper()
