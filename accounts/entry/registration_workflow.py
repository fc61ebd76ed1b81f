"""The life of a request for the first account of a town: asked for, its address confirmed, admitted or refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.entry import letters, people
from municipalities.dates import add_working_days
from workflow.doors import Machine, Step, Turn, Unmet, door
from workflow.inputs import REASON
from workflow.models import Visibility


def overdue(registration: Any, now: datetime) -> Unmet | None:
    if registration.expires_at <= now:
        return None
    return Unmet(_("メールの確認の期限は、まだ過ぎていません。"))


def account_is_not_stopped(registration: Any, now: datetime) -> Unmet | None:
    """An account that the office has stopped is not opened again by asking for a new one."""
    known = people.account_of(registration.email)
    if known is None or known.is_active:
        return None
    return Unmet(
        _("このアドレスのアカウントは止められています。先にアカウントの画面で、止めた理由をご確認ください。"),
        f"/accounts/people/{known.pk}/",
    )


def check_due(registration: Any) -> date | None:
    """The day by which the office has admitted or refused; counted in open days from the confirmed address."""
    if registration.confirmed_at is None:
        return None
    return add_working_days(timezone.localdate(registration.confirmed_at), settings.ACCOUNT_CHECK_DAYS)


class RegistrationWorkflow(Machine):
    """Mixin of ``Registration``. Everything about it is the office's to read, and the person's by link."""

    email: Any
    name: Any
    section: Any
    role: Any
    municipality_id: Any
    confirmed_at: Any
    membership: Any
    machine = "registration"
    turns = {
        "requested": Turn(
            "asker",
            lambda registration: f"registration:{registration.pk}",
            _("届いたメールでのアドレスの確認"),
            due=lambda registration: timezone.localdate(registration.expires_at),
        ),
        "confirmed": Turn(
            "secretariat", lambda registration: "office", _("登録の確認"), due=check_due, waiter="asker"
        ),
    }

    @door(
        source="requested",
        target="confirmed",
        label=_("このアドレスで登録を申し込む"),
        past=_("メールアドレスを確かめました"),
        effects=[letters.office_checks],
        visibility=Visibility.OFFICE,
        final="An address that was proved stays proved: the office admits or refuses next.",
    )
    def confirm(self, step: Step) -> None:
        """By the addressee's link. An address of a trusted domain is admitted in the same transaction."""
        self.confirmed_at = step.now

    @door(
        source="confirmed",
        target="admitted",
        label=_("登録を認める"),
        past=_("登録を認めました"),
        guards=[account_is_not_stopped],
        effects=[letters.welcome],
        reverse="revoke",
        visibility=Visibility.OFFICE,
    )
    def admit(self, step: Step) -> None:
        user = people.account_of(self.email) or people.open_account(
            email=self.email, name=self.name, section=self.section, actor=step.actor, now=step.now
        )
        self.membership = people.give_role(
            user,
            role=self.role,
            municipality_id=self.municipality_id,
            section="",
            actor=step.actor,
            now=step.now,
        )
        self.reason = ""

    @door(
        source="admitted",
        target="confirmed",
        label=_("登録を取り消す"),
        past=_("登録を取り消しました"),
        inputs=[REASON],
        visibility=Visibility.OFFICE,
    )
    def revoke(self, step: Step) -> None:
        """The role is over at once; what was done with it stays in the log."""
        self.reason = step.data["reason"]
        held, self.membership = self.membership, None
        if held is not None:
            people.end_at_once(held, actor=step.actor, now=step.now, reason=self.reason)

    @door(
        source="confirmed",
        target="refused",
        label=_("登録を断る"),
        past=_("登録を断りました"),
        inputs=[REASON],
        effects=[letters.refused],
        reverse="reconsider",
        visibility=Visibility.OFFICE,
    )
    def refuse(self, step: Step) -> None:
        self.reason = step.data["reason"]

    @door(
        source="refused",
        target="confirmed",
        label=_("もう一度確認する"),
        past=_("登録をもう一度確認しています"),
        inputs=[REASON],
        visibility=Visibility.OFFICE,
    )
    def reconsider(self, step: Step) -> None:
        self.reason = step.data["reason"]

    @door(
        source="requested",
        target="expired",
        label=_("期限切れにする"),
        past=_("メールの確認の期限が過ぎました"),
        guards=[overdue],
        visibility=Visibility.OFFICE,
    )
    def expire(self, step: Step) -> None:
        """By the sweep alone; whoever still wants in asks again."""
