"""The engagement's own states. They follow from the stages: no state is set twice by hand."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from engagements.journey import deadlines, facts, staffing
from workflow import Input, Kind, Machine, Step, Turn, door
from workflow.inputs import REASON

UNDER_WAY = ("preparing", "training", "survey", "reporting")
NOT_FINAL = (*UNDER_WAY, "agreed", "following_up", "paused", "reassigning")


def _town(engagement: Any) -> str:
    return f"municipality:{engagement.municipality_id}"


def _office(engagement: Any) -> str:
    return "office"


ORDER_REASON = Input(
    "order_reason",
    Kind.LONG_TEXT,
    _("実施の記録より先に合意にする理由"),
    personal=True,
    max_length=500,
    help=_("支援の流れと書類に「順序外」として出ます。"),
)
NO_CASE = Input(
    "no_case_reason",
    Kind.LONG_TEXT,
    _("事例を出さない理由"),
    required=False,
    max_length=500,
    help=_("町が事例を公開していれば、空欄で構いません。"),
)


BRING_RECORDS = Turn(
    "contact", _town, _("体験調査の記録の取り込み"), facts.plan_due, waiter="advisor", code="records"
)
BEGIN_PLAN = Turn("contact", _town, _("窓口改革計画を始める"), facts.plan_due, waiter="advisor", code="plan")


class JourneyWorkflow(Machine):
    """After a pause, a change of advisor or a cancellation the engagement starts from ``preparing`` and the stages'
    facts carry it on at once (``services.advance``), so that it never stands elsewhere than its stages do."""

    machine = "engagement"
    completed_at: Any
    no_case_reason: Any
    order_reason: Any

    @property
    def turns(self) -> dict[str, Turn]:  # type: ignore[override]  # depends on the completion report as well
        found = self._between() | {
            "paused": Turn("secretariat", _office, _("再開できるかの確認"), waiter="contact"),
            "reassigning": Turn("secretariat", _office, _("次のアドバイザーを決める"), waiter="contact"),
            "agreed": Turn("contact", _town, _("完了報告書"), deadlines.completion_due, waiter="secretariat"),
            "following_up": Turn("contact", _town, _("再調査"), deadlines.resurvey_due, waiter="secretariat"),
        }
        if self.completed_at is not None:
            found["agreed"] = Turn("secretariat", _office, _("振り返りの開始"), waiter="contact")
        return found

    def _between(self) -> dict[str, Turn]:
        """After ②, until there is a plan: the records, then the plan, both in time for ③."""
        if self.state not in UNDER_WAY or not facts.survey_was_held(self) or facts.has_plan(self):
            return {}
        return {str(self.state): BEGIN_PLAN if facts.has_records(self) else BRING_RECORDS}

    @door(
        source="preparing",
        target="training",
        label=_("研修の段階に進める"),
        past=_("①研修の段階に進みました"),
        guards=[facts.first_session_is_planned],
        locks=[facts.session_rows],
    )
    def start_training(self, step: Step) -> None:
        """The date of ① is set."""

    @door(
        source="training",
        target="survey",
        label=_("調査の段階に進める"),
        past=_("②体験調査・ワークショップの段階に進みました"),
        guards=[facts.second_session_is_near],
        locks=[facts.session_rows],
    )
    def start_survey(self, step: Step) -> None:
        """① is confirmed, or ② has its date."""

    @door(
        source="survey",
        target="reporting",
        label=_("報告の段階に進める"),
        past=_("③首長報告の段階に進みました"),
        guards=[facts.third_session_is_near],
        locks=[facts.session_rows],
    )
    def start_reporting(self, step: Step) -> None:
        """② is confirmed, or ③ has its date."""

    @door(
        source="reporting",
        target="agreed",
        label=_("合意にする"),
        past=_("計画が合意されました"),
        guards=[facts.plan_is_agreed, facts.later_sessions_were_held],
        locks=[facts.plan_rows, facts.session_rows],
        reverse="withdraw_agreement",
    )
    def agree(self, step: Step) -> None:
        """② and ③ are recorded, and the plan is answered with at least one decision adopted."""
        self.order_reason = ""

    @door(
        source="reporting",
        target="agreed",
        label=_("実施の記録より先に合意にする"),
        past=_("実施の記録より先に、計画が合意されました"),
        inputs=[ORDER_REASON],
        guards=[facts.plan_is_agreed, facts.some_session_is_unrecorded],
        locks=[facts.plan_rows, facts.session_rows],
        reverse="withdraw_agreement",
    )
    def agree_out_of_order(self, step: Step) -> None:
        """The answer is there before ② or ③ is recorded: with the reason, which then shows wherever the stage does."""
        self.order_reason = step.data["order_reason"]

    @door(
        source="agreed",
        target="reporting",
        label=_("合意を取り消す"),
        past=_("合意を取り消しました"),
        inputs=[REASON],
        guards=[facts.answer_can_be_taken_back, staffing.lead_has_place_again],
        locks=[facts.plan_rows, facts.decision_rows, staffing.last_lead_rows],
    )
    def withdraw_agreement(self, step: Step) -> None:
        """Back to the report, for a new meeting and a new answer: the old answer goes with it."""
        self.order_reason = ""

    @door(
        source=("agreed", "following_up"),
        target=None,
        label=_("完了報告書を出す"),
        past=_("完了報告書を出しました"),
        guards=[facts.completion_report_is_made],
        reverse="return_completion",
    )
    def submit_completion(self, step: Step) -> None:
        """The town hands in the report that it has looked at."""
        self.completed_at = step.now

    @door(
        source=("agreed", "following_up"),
        target=None,
        label=_("完了報告書を返す"),
        past=_("完了報告書を返しました"),
        inputs=[REASON],
    )
    def return_completion(self, step: Step) -> None:
        self.completed_at = None

    @door(
        source="agreed",
        target="following_up",
        label=_("振り返りを始める"),
        past=_("振り返りを始めました"),
        reverse="return_to_agreed",
    )
    def follow_up(self, step: Step) -> None:
        """The decisions are under way."""

    @door(
        source="following_up",
        target="agreed",
        label=_("振り返りの開始を取り消す"),
        past=_("振り返りの開始を取り消しました"),
        inputs=[REASON],
    )
    def return_to_agreed(self, step: Step) -> None:
        """The follow-up had been started too early."""

    @door(
        source="following_up",
        target="closed",
        label=_("支援を終える"),
        past=_("支援を終えました"),
        inputs=[NO_CASE],
        guards=[facts.open_decisions_have_a_word],
        checks=[facts.case_or_reason],
        locks=[facts.plan_rows, facts.case_rows],
        reverse="reopen",
    )
    def close(self, step: Step) -> None:
        """The effect is measured and told."""
        self.no_case_reason = step.data["no_case_reason"]

    @door(
        source="closed",
        target="following_up",
        label=_("終了を取り消す"),
        past=_("支援の終了を取り消しました"),
        inputs=[REASON],
    )
    def reopen(self, step: Step) -> None:
        """Something is left to follow up."""

    @door(
        source=UNDER_WAY,
        target="paused",
        label=_("支援を中断する"),
        past=_("支援を中断しました"),
        inputs=[REASON],
        reverse="resume",
    )
    def pause(self, step: Step) -> None:
        self.paused_from = step.source

    @door(
        source="paused",
        target="preparing",
        label=_("支援を再開する"),
        past=_("支援を再開しました"),
        inputs=[REASON],
    )
    def resume(self, step: Step) -> None:
        self.paused_from = ""

    @door(
        source=UNDER_WAY,
        target="reassigning",
        label=_("アドバイザーを代える"),
        past=_("アドバイザーの交代を始めました"),
        inputs=[REASON],
        reverse="keep_advisor",
    )
    def reassign(self, step: Step) -> None:
        self.paused_from = step.source
        step.note["advisor"] = staffing.end_lead(self, step.today())

    @door(
        source="reassigning",
        target="preparing",
        label=_("交代をやめる"),
        past=_("アドバイザーの交代を取りやめました"),
        inputs=[REASON],
        guards=[staffing.last_lead_is_free],
        locks=[staffing.last_lead_rows],
    )
    def keep_advisor(self, step: Step) -> None:
        self.paused_from = ""
        step.note["advisor"] = staffing.restore_lead(self)

    @door(
        source="reassigning",
        target="preparing",
        label=_("次のアドバイザーを決める"),
        past=_("次のアドバイザーを決めました"),
        inputs=[Input("advisor", Kind.CHOICE, _("アドバイザー"), choices=staffing.candidates)],
        checks=[staffing.advisor_may_serve],
        locks=[staffing.advisor_rows],
        effects=[staffing.tell_new_lead],
        reverse="reassign",
    )
    def reassigned(self, step: Step) -> None:
        self.paused_from = ""
        staffing.appoint(self, int(step.data["advisor"]), step.today())

    @door(
        source=NOT_FINAL,
        target="cancelled",
        label=_("支援を中止する"),
        past=_("支援を中止しました"),
        inputs=[REASON],
        reverse="reinstate",
    )
    def cancel(self, step: Step) -> None:
        self.paused_from = step.source

    @door(
        source="cancelled",
        target="preparing",
        label=_("中止を取り消す"),
        past=_("支援の中止を取り消しました"),
        inputs=[REASON],
        guards=[staffing.is_applied_for, staffing.last_lead_is_free],
        locks=[staffing.last_lead_rows],
    )
    def reinstate(self, step: Step) -> None:
        self.paused_from = ""
        staffing.restore_lead(self)
