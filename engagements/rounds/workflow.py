"""The life of an offer (打診): sent, answered by the advisor, and by employer and town where the programme asks them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from engagements.rounds import guards, mails
from workflow.doors import Machine, Step, Turn, door
from workflow.inputs import REASON, Input, Kind
from workflow.models import Visibility

_LOCKS = [guards.advisor_row, guards.application_row]
_NEW_EXPIRY = Input(
    "expires_at",
    Kind.DATETIME,
    _("お返事の期限"),
    help=_("お知らせは自動では送りません。本人に直接お伝えください。"),
)
_TOWN_TURN = Turn(
    "contact",
    lambda offer: f"municipality:{offer.application.municipality_id}",
    _("アドバイザーの確認"),
    waiter="advisor",
)


def _expiry_is_possible(offer: Any, step: Step) -> dict[str, Any] | None:
    if step.now < step.data["expires_at"] <= step.now + guards.LONGEST:
        return None
    sentence = gettext("これから%(days)d日以内の日時を入れてください。")
    return {"expires_at": sentence % {"days": guards.LONGEST.days}}


class OfferWorkflow(Machine):
    """Mixin of ``Offer``. Events before the confirmation are the advisor's and the office's alone."""

    machine = "offer"
    turns = {
        "sent": Turn(
            "advisor",
            lambda offer: f"person:{offer.advisor.user_id}",
            _("打診への返事"),
            due=lambda offer: timezone.localdate(offer.expires_at),
            waiter="secretariat",
        ),
        "accepted": Turn(
            "employer",
            lambda offer: f"municipality:{offer.advisor.employer_id}",
            _("派遣への同意"),
            waiter="advisor",
        ),
        "employer_consented": _TOWN_TURN,
    }

    @door(
        source="sent",
        target="accepted",
        label=_("引き受ける"),
        past=_("打診を引き受けました"),
        guards=[guards.in_time, guards.application_waits, guards.may_serve],
        locks=_LOCKS,
        effects=[mails.after_acceptance],
        reverse="retract",
        visibility=Visibility.ADVISOR,
    )
    def accept(self, step: Step) -> None:
        if not guards.programme_of(self).employer_consent:
            # Nobody asks the employer: the town is next. The span of this very step reads it.
            vars(self)["turns"] = {**self.turns, "accepted": _TOWN_TURN}

    @door(
        source=("accepted", "employer_consented"),
        target="sent",
        label=_("承諾を取り消す"),
        past=_("打診の承諾を取り消しました"),
        inputs=[REASON],
        visibility=Visibility.ADVISOR,
    )
    def retract(self, step: Step) -> None:
        self.reason = step.data["reason"]

    @door(
        source="sent",
        target="declined",
        label=_("見送る"),
        past=_("打診を見送りました"),
        inputs=[REASON],
        effects=[mails.next_candidate],
        reverse="reoffer",
        visibility=Visibility.ADVISOR,
    )
    def decline(self, step: Step) -> None:
        self.reason = step.data["reason"]

    @door(
        source="sent",
        target="expired",
        label=_("期限切れにする"),
        past=_("打診の期限が過ぎました"),
        guards=[guards.overdue],
        effects=[mails.next_candidate],
        reverse="reoffer",
        visibility=Visibility.ADVISOR,
    )
    def expire(self, step: Step) -> None:
        """By the sweep alone."""

    @door(
        source=("sent", "accepted", "employer_consented"),
        target="withdrawn",
        label=_("打診を取り下げる"),
        past=_("打診を取り下げました"),
        inputs=[REASON],
        reverse="reoffer",
        visibility=Visibility.ADVISOR,
    )
    def withdraw(self, step: Step) -> None:
        self.reason = step.data["reason"]

    @door(
        source=("declined", "expired", "withdrawn"),
        target="sent",
        label=_("もう一度打診する"),
        past=_("もう一度打診しました"),
        inputs=[REASON, _NEW_EXPIRY],
        guards=[guards.application_waits, guards.nobody_else_asked, guards.may_be_asked],
        checks=[_expiry_is_possible],
        locks=_LOCKS,
        visibility=Visibility.ADVISOR,
    )
    def reoffer(self, step: Step) -> None:
        self.reason = ""
        self.expires_at = step.data["expires_at"]

    @door(
        source="accepted",
        target="employer_consented",
        label=_("派遣に同意する"),
        past=_("派遣に同意しました"),
        guards=[guards.employer_is_asked],
        effects=[mails.ask_town],
        reverse="revoke_consent",
        visibility=Visibility.ADVISOR,
    )
    def consent_employer(self, step: Step) -> None:
        """The employer lends its employee."""

    @door(
        source="employer_consented",
        target="accepted",
        label=_("同意を取り消す"),
        past=_("派遣の同意を取り消しました"),
        inputs=[REASON],
        visibility=Visibility.ADVISOR,
    )
    def revoke_consent(self, step: Step) -> None:
        self.reason = step.data["reason"]

    @door(
        source="accepted",
        target="declined",
        label=_("同意しない"),
        past=_("派遣に同意しませんでした"),
        inputs=[REASON],
        guards=[guards.employer_is_asked],
        effects=[mails.next_candidate],
        reverse="reoffer",
        visibility=Visibility.ADVISOR,
    )
    def refuse_employer(self, step: Step) -> None:
        self.reason = step.data["reason"]

    @door(
        source=("accepted", "employer_consented"),
        target="confirmed",
        label=_("このアドバイザーに決める"),
        past=_("アドバイザーを決めました"),
        guards=[guards.employer_has_consented],
        locks=_LOCKS,
        reverse="unconfirm",
    )
    def confirm(self, step: Step) -> None:
        """By the town where it is asked, else by itself. The rooms above open the engagement."""

    @door(
        source=("accepted", "employer_consented"),
        target="declined",
        label=_("ほかの方を希望する"),
        past=_("ほかのアドバイザーを希望しました"),
        inputs=[REASON],
        guards=[guards.town_is_asked, guards.employer_has_consented],
        effects=[mails.next_candidate],
        reverse="reoffer",
        visibility=Visibility.TOWN,
    )
    def refuse_town(self, step: Step) -> None:
        self.reason = step.data["reason"]

    @door(
        source="confirmed",
        target="withdrawn",
        label=_("決定を取り消す"),
        past=_("アドバイザーの決定を取り消しました"),
        inputs=[REASON],
        guards=[guards.no_running_engagement],
        locks=_LOCKS,
    )
    def unconfirm(self, step: Step) -> None:
        self.reason = step.data["reason"]
