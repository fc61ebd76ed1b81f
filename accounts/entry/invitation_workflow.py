"""The life of an invitation: open until its addressee accepts, it is withdrawn or its time runs out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import links
from accounts.entry import letters, people
from accounts.models import PERSON_ROLES
from workflow.doors import Machine, Step, Turn, Unmet, door
from workflow.inputs import REASON, Input, Kind
from workflow.models import Visibility

#: How soon the same invitation can't be sent again.
PAUSE = timedelta(minutes=5)
_NAME = Input("name", Kind.TEXT, _("氏名"), personal=True, max_length=80)


def overdue(invitation: Any, now: datetime) -> Unmet | None:
    if invitation.expires_at <= now:
        return None
    return Unmet(_("招待の期限は、まだ過ぎていません。"))


def account_is_not_stopped(invitation: Any, now: datetime) -> Unmet | None:
    known = people.account_of(invitation.email)
    if known is None or known.is_active:
        return None
    return Unmet(_("このアドレスのアカウントは止められています。事務局にお尋ねください。"))


def _not_just_sent(invitation: Any, step: Step) -> Mapping[str, Any] | None:
    if step.source == "open" and invitation.sent_at + PAUSE > step.now:
        return {"": _now("さきほど送ったところです。5分ほどたってから、もう一度お試しください。")}
    return None


class InvitationWorkflow(Machine):
    """Mixin of ``Invitation``. Each mail carries a new link; the older one stops working."""

    email: Any
    name: Any
    role: Any
    section: Any
    municipality_id: Any
    sent_at: Any
    expires_at: Any
    accepted_by: Any
    membership: Any
    gives_role: Any
    machine = "invitation"
    turns = {
        "open": Turn(
            "invited",
            lambda invitation: f"invitation:{invitation.pk}",
            _("招待への返事"),
            due=lambda invitation: timezone.localdate(invitation.expires_at),
            waiter="contact",
        ),
    }

    @door(
        source="open",
        target="accepted",
        label=_("招待を受ける"),
        past=_("招待を受けました"),
        inputs=[_NAME],
        guards=[account_is_not_stopped],
        reverse="revoke",
        visibility=Visibility.TOWN,
    )
    def accept(self, step: Step) -> None:
        """By the addressee's link. A successor's role begins on the day of the handover, not here."""
        user = people.account_of(self.email) or people.open_account(
            email=self.email,
            name=step.data["name"],
            section=self.section,
            actor=step.actor,
            now=step.now,
        )
        self.accepted_by, self.name = user, user.name
        if self.gives_role:
            self.membership = people.give_role(
                user,
                role=self.role,
                municipality_id=None if self.role in PERSON_ROLES else self.municipality_id,
                section=self.section,
                actor=step.actor,
                now=step.now,
            )

    @door(
        source="accepted",
        target="withdrawn",
        label=_("役割を取り消す"),
        past=_("招待で渡した役割を取り消しました"),
        inputs=[REASON],
        visibility=Visibility.TOWN,
    )
    def revoke(self, step: Step) -> None:
        held, self.membership = self.membership, None
        if held is not None:
            people.end_at_once(held, actor=step.actor, now=step.now, reason=step.data["reason"])

    @door(
        source=("open", "expired"),
        target="withdrawn",
        label=_("招待を取り消す"),
        past=_("招待を取り消しました"),
        reverse="restore",
        visibility=Visibility.TOWN,
    )
    def withdraw(self, step: Step) -> None:
        letters.close_links(self, step.now)

    @door(
        source="withdrawn",
        target="open",
        label=_("招待を取り消さない"),
        past=_("取り消した招待を元に戻しました"),
        inputs=[REASON],
        visibility=Visibility.TOWN,
    )
    def restore(self, step: Step) -> None:
        """Nobody is written to; whoever wants the mail sent presses 送り直す."""
        self.sent_at, self.expires_at = step.now - PAUSE, step.now + links.LIFETIME

    @door(
        source=("open", "expired"),
        target="open",
        label=_("招待を送り直す"),
        past=_("招待を送り直しました"),
        checks=[_not_just_sent],
        effects=[letters.invite],
        visibility=Visibility.TOWN,
        undone_by="withdraw",
    )
    def resend(self, step: Step) -> None:
        self.sent_at, self.expires_at = step.now, step.now + links.LIFETIME

    @door(
        source="open",
        target="expired",
        label=_("期限切れにする"),
        past=_("招待の期限が過ぎました"),
        guards=[overdue],
        effects=[letters.invitation_ran_out],
        visibility=Visibility.TOWN,
    )
    def expire(self, step: Step) -> None:
        """By the sweep alone; the inviter is told."""
