"""The life of an offer (打診): sent, answered by the advisor, and by employer and town where the programme asks them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from engagements.rounds import guards, mails, people, turns
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
_CONDITIONS = Input(
    "conditions",
    Kind.LONG_TEXT,
    _("派遣の条件"),
    required=False,
    personal=True,
    help=_("回数や時間などの条件があれば、お書きください。"),
)
_ANSWERED_BY = Input(
    "answered_by", Kind.TEXT, _("答えた方"), personal=True, max_length=120, help=_("部署とお名前")
)
_ANSWERED_ON = Input("answered_on", Kind.DATE, _("答えた日"))
_HOW = Input(
    "reason",
    Kind.LONG_TEXT,
    _("どのように聞いたか"),
    personal=True,
    help=_("電話で聞いた、文書で届いた、など"),
)


def _expiry_is_possible(offer: Any, step: Step) -> dict[str, Any] | None:
    if step.now < step.data["expires_at"] <= step.now + guards.LONGEST:
        return None
    sentence = gettext("これから%(days)d日以内の日時を入れてください。")
    return {"expires_at": sentence % {"days": guards.LONGEST.days}}


class OfferWorkflow(Machine):
    """Mixin of ``Offer``. Events before the confirmation are the advisor's and the office's alone."""

    machine = "offer"
    application: Any
    expires_at: Any
    answer_due: Any
    reminded_for: Any
    escalated_at: Any
    request_document: Any
    request_hash: Any
    declined_by: Any
    recalled_at: Any

    @property
    def turns(self) -> dict[str, Turn]:  # type: ignore[override]  # depends on the programme, not on the state alone
        return turns.of(self)

    def _wait_until(self, due: date | None, today: date) -> None:
        """Somebody else is asked now. Nobody is reminded of a day so near that asking is reminder enough."""
        near = due is not None and due - timedelta(days=guards.programme_of(self).remind_days) <= today
        self.answer_due, self.reminded_for, self.escalated_at = due, due if near else None, None

    def _ask_employer(self, step: Step) -> None:
        days = guards.programme_of(self).employer_days
        self._wait_until(step.today() + timedelta(days=days), step.today())
        self.request_document, self.request_hash = None, ""
        self.conditions = self.consented_by = ""

    def _ask_town(self, step: Step) -> None:
        programme = guards.programme_of(self)
        due = step.today() + timedelta(days=programme.town_days) if programme.town_yes else None
        self._wait_until(due, step.today())

    def _ask_advisor(self, step: Step) -> None:
        self._wait_until(timezone.localdate(self.expires_at), step.today())

    def _consent(self, by: str, step: Step) -> None:
        self.consented_by, self.conditions = by[:120], step.data["conditions"]
        self._ask_town(step)

    def _refuse(self, side: str, step: Step) -> None:
        self.reason, self.declined_by = step.data["reason"], side
        self._wait_until(None, step.today())

    @door(
        source="sent",
        target="accepted",
        label=_("引き受ける"),
        past=_("打診を引き受けました"),
        guards=[guards.in_time, guards.application_waits, guards.may_serve],
        locks=_LOCKS,
        effects=[mails.ask_town_first],
        reverse="retract",
        visibility=Visibility.ADVISOR,
    )
    def accept(self, step: Step) -> None:
        """The employer is written to when its paper exists; without that step the town is next."""
        if guards.programme_of(self).employer_consent:
            self._ask_employer(step)
        else:
            self._ask_town(step)

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
        self._ask_advisor(step)

    @door(
        source="sent",
        target="declined",
        label=_("見送る"),
        past=_("打診を見送りました"),
        inputs=[REASON],
        reverse="reoffer",
        visibility=Visibility.ADVISOR,
    )
    def decline(self, step: Step) -> None:
        self._refuse("advisor", step)

    @door(
        source="sent",
        target="expired",
        label=_("期限切れにする"),
        past=_("打診の期限が過ぎました"),
        guards=[guards.overdue],
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
        effects=[mails.withdrawn],
        reverse="reoffer",
        visibility=Visibility.ADVISOR,
    )
    def withdraw(self, step: Step) -> None:
        """Whoever was asked is told: nobody waits for an answer that is not needed any longer."""
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
        self.reason = self.declined_by = ""
        self.expires_at = step.data["expires_at"]
        self._ask_advisor(step)

    @door(
        source=("sent", "accepted", "employer_consented"),
        target=None,
        label=_("催促する"),
        past=_("返事の期限が近いことを知らせました"),
        guards=[guards.reminder_is_due],
        effects=[mails.ask_again],
        visibility=Visibility.ADVISOR,
    )
    def remind(self, step: Step) -> None:
        """By the sweep alone, once for each day that somebody was given."""
        self.reminded_for = self.answer_due

    @door(
        source=("accepted", "employer_consented"),
        target=None,
        label=_("事務局に引き継ぐ"),
        past=_("返事がないまま期限が過ぎ、事務局の番になりました"),
        guards=[guards.answer_is_late],
        effects=[mails.nobody_answered],
        visibility=Visibility.ADVISOR,
    )
    def escalate(self, step: Step) -> None:
        """By the sweep alone. Whoever was asked can still answer."""
        self.escalated_at = step.now

    @door(
        source="accepted",
        target=None,
        label=_("派遣依頼書を発行する"),
        past=_("派遣依頼書を発行しました"),
        inputs=[
            Input("document", Kind.INTEGER, _("書類")),
            Input("document_hash", Kind.TEXT, _("ファイルの照合値"), max_length=64),
        ],
        guards=[guards.employer_is_asked],
        effects=[mails.ask_employer],
        visibility=Visibility.ADVISOR,
    )
    def issue_request(self, step: Step) -> None:
        """The PDF exists. With nobody to send it to, the office's turn has come at once."""
        self.request_document, self.request_hash = step.data["document"], step.data["document_hash"]
        if not people.employer_is_reachable(self, step.today()):
            self.escalated_at = step.now

    @door(
        source="accepted",
        target=None,
        label=_("派遣依頼書をもう一度送る"),
        past=_("派遣依頼書をもう一度送ることにしました"),
        guards=[guards.employer_is_asked, guards.employer_reachable],
        visibility=Visibility.ADVISOR,
    )
    def resend_request(self, step: Step) -> None:
        """With a new day to answer by, and so as a new version; an older link stops working."""
        self._ask_employer(step)

    @door(
        source="accepted",
        target="employer_consented",
        label=_("派遣に同意する"),
        past=_("派遣に同意しました"),
        inputs=[
            _CONDITIONS,
            Input("document_hash", Kind.TEXT, _("派遣依頼書のファイルの照合値"), max_length=64),
        ],
        guards=[guards.employer_is_asked, guards.has_request],
        checks=[guards.same_request, guards.not_in_person],
        effects=[mails.ask_town],
        reverse="revoke_consent",
        visibility=Visibility.ADVISOR,
    )
    def consent_employer(self, step: Step) -> None:
        """The employer lends its employee, on the very paper that it was shown."""
        self._consent(step.actor.name, step)

    @door(
        source="accepted",
        target="employer_consented",
        label=_("勤め先の同意を記録する"),
        past=_("勤め先の同意を記録しました"),
        inputs=[_ANSWERED_BY, _ANSWERED_ON, _CONDITIONS, _HOW],
        guards=[guards.employer_is_asked],
        checks=[guards.answered_already],
        effects=[mails.ask_town],
        reverse="revoke_consent",
        visibility=Visibility.ADVISOR,
    )
    def record_consent(self, step: Step) -> None:
        """The office writes down what it was told by telephone or on paper."""
        self._consent(step.data["answered_by"], step)

    @door(
        source="employer_consented",
        target="accepted",
        label=_("派遣の同意を取り消す"),
        past=_("派遣の同意を取り消しました"),
        inputs=[REASON],
        visibility=Visibility.ADVISOR,
    )
    def revoke_consent(self, step: Step) -> None:
        """The employer thinks again. The office's turn: it talks to the employer, sends the paper again or withdraws."""
        self.reason = step.data["reason"]
        self.conditions = self.consented_by = ""
        self._wait_until(self.answer_due, step.today())
        self.escalated_at = step.now

    @door(
        source=("accepted", "employer_consented"),
        target="declined",
        label=_("派遣に同意しない"),
        past=_("派遣に同意しませんでした"),
        inputs=[REASON],
        guards=[guards.employer_is_asked],
        reverse="reoffer",
        visibility=Visibility.ADVISOR,
    )
    def refuse_employer(self, step: Step) -> None:
        """Also after a consent, as long as the advisor is not decided."""
        self._refuse("employer", step)

    @door(
        source=("accepted", "employer_consented"),
        target="declined",
        label=_("勤め先の断りを記録する"),
        past=_("勤め先が派遣に同意しなかったことを記録しました"),
        inputs=[_ANSWERED_BY, _ANSWERED_ON, REASON],
        guards=[guards.employer_is_asked],
        checks=[guards.answered_already],
        reverse="reoffer",
        visibility=Visibility.ADVISOR,
    )
    def record_refusal(self, step: Step) -> None:
        self._refuse("employer", step)

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
        self._wait_until(None, step.today())

    @door(
        source=("accepted", "employer_consented"),
        target=None,
        label=_("町に代わって決める"),
        past=_("事務局が町に代わって決めました"),
        inputs=[REASON],
        guards=[guards.town_is_asked, guards.employer_has_consented],
    )
    def decide_for_town(self, step: Step) -> None:
        """The town was asked and did not answer, or said yes by telephone. The confirmation follows."""

    @door(
        source=("accepted", "employer_consented"),
        target="declined",
        label=_("ほかの方を希望する"),
        past=_("ほかのアドバイザーを希望しました"),
        inputs=[REASON],
        guards=[guards.town_is_asked, guards.employer_has_consented],
        reverse="reoffer",
        visibility=Visibility.TOWN,
    )
    def refuse_town(self, step: Step) -> None:
        self._refuse("town", step)

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
        self.reason, self.recalled_at = step.data["reason"], None

    @door(
        source="confirmed",
        target=None,
        label=_("派遣を取りやめる"),
        past=_("勤め先が派遣を取りやめると知らせました"),
        inputs=[REASON],
        guards=[guards.employer_is_asked, guards.not_recalled, guards.engagement_is_served],
        effects=[mails.recalled],
        reverse="retract_recall",
    )
    def recall_employer(self, step: Step) -> None:
        """While the support runs: the office decides what becomes of it, and finds the next advisor."""
        self.reason, self.recalled_at = step.data["reason"], step.now

    @door(
        source="confirmed",
        target=None,
        label=_("派遣の取りやめを撤回する"),
        past=_("派遣の取りやめを撤回しました"),
        inputs=[REASON],
        guards=[guards.is_recalled],
    )
    def retract_recall(self, step: Step) -> None:
        """The employer lets its employee go on."""
        self.reason, self.recalled_at = step.data["reason"], None

    @door(
        source="confirmed",
        target=None,
        label=_("派遣の取りやめへの対応を終える"),
        past=_("派遣の取りやめに対応しました"),
        guards=[guards.is_recalled],
    )
    def settle_recall(self, step: Step) -> None:
        """The advisor is being changed, or the support was called off."""
        self.recalled_at = None
