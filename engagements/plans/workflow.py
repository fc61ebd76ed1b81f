"""The state machines of this room: a plan from draft to answer, a decision from proposal to done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagements.plans import answers, guards, letters, turns
from workflow.doors import Machine, Step, Turn, door
from workflow.inputs import REASON, Input, Kind

ANSWERED = tuple(answers.TRANSITION_OF)
FINAL_GUARDS = [
    guards.engagement_runs,
    guards.has_survey_result,
    guards.has_vision,
    guards.has_ready_decision,
    guards.has_kpi,
]


EXECUTIVE_EMAIL = Input("executive_email", Kind.EMAIL, _("報告の相手のメール"), personal=True)
AT_MEETING = Input(
    "at_meeting",
    Kind.BOOLEAN,
    _("答えは会議で伺い、町が記録する"),
    required=False,
    help=_("メールでお願いしないときに選びます。"),
)
COMMENTS_REASON = Input(
    "comments_reason",
    Kind.LONG_TEXT,
    _("答えていない意見を残す理由"),
    required=False,
    max_length=500,
    help=_("アドバイザーなどの意見にすべて答えていれば、空欄で構いません。"),
)


class PlanWorkflow(Machine):
    """``issued_*`` is the file that was made of the finished plan; ``answered_hash`` the one that was answered."""

    machine = "plan"
    issued_hash: Any
    review_requested_at: Any
    reported_at: Any
    answered_at: Any
    executive_email: Any
    answer_at_meeting: Any

    @property
    def turns(self) -> dict[str, Turn]:  # type: ignore[override]  # depends on the sessions and the answers as well
        return turns.of(self)

    @door(
        source="draft",
        target="in_review",
        label=_("アドバイザーに見てもらう"),
        past=_("計画書の確認を頼みました"),
        guards=[guards.engagement_runs],
        effects=[letters.review_is_asked],
        reverse="retract_review",
    )
    def request_review(self, step: Step) -> None:
        self.review_requested_at = step.now
        self.review_comment = ""

    @door(
        source="in_review",
        target="draft",
        label=_("手元に戻す"),
        past=_("計画書を手元に戻しました"),
        inputs=[REASON],
    )
    def retract_review(self, step: Step) -> None:
        pass

    @door(
        source="in_review",
        target="draft",
        label=_("意見を付けて返す"),
        past=_("計画書に意見を付けて返しました"),
        inputs=[Input("review_comment", Kind.LONG_TEXT, _("町への意見"), personal=True)],
        effects=[letters.review_came_back],
        reverse="resume_review",
    )
    def give_back(self, step: Step) -> None:
        self.review_comment = step.data["review_comment"]

    @door(
        source="draft",
        target="in_review",
        label=_("返したのを取り消す"),
        past=_("返したのを取り消し、計画書の確認に戻りました"),
        inputs=[REASON],
        guards=[guards.engagement_runs, guards.was_given_back, guards.town_has_not_gone_on],
    )
    def resume_review(self, step: Step) -> None:
        """As long as the town has not begun to mend it. What was said stays in the log."""
        self.review_comment = ""

    @door(
        source=("draft", "in_review"),
        target="final",
        label=_("計画書を完成にする"),
        past=_("計画書を完成にしました"),
        inputs=[COMMENTS_REASON],
        guards=FINAL_GUARDS,
        checks=[guards.comments_are_answered],
        locks=[guards.comment_rows, guards.decision_rows],
        reverse="reopen",
    )
    def finalise(self, step: Step) -> None:
        self.issued_hash = ""

    @door(
        source="final",
        target="draft",
        label=_("下書きに戻す"),
        past=_("計画書を下書きに戻しました"),
        inputs=[REASON],
    )
    def reopen(self, step: Step) -> None:
        self.issued_hash = ""

    @door(
        source="final",
        target="reported",
        label=_("首長に報告した"),
        past=_("首長に報告しました"),
        guards=[guards.engagement_runs, guards.is_issued],
        effects=[letters.executive_is_asked],
        reverse="send_back",
        backdated=True,
    )
    def report(self, step: Step) -> None:
        self.reported_at = step.occurred_at
        step.note["document_hash"] = self.issued_hash

    @door(
        source="final",
        target=None,
        label=_("首長の答えのいただき方を決める"),
        past=_("首長の答えのいただき方を決めました"),
        inputs=[replace(EXECUTIVE_EMAIL, required=False), AT_MEETING],
        checks=[guards.one_way_to_answer],
    )
    def choose_answering(self, step: Step) -> None:
        """Ahead of the meeting: an address for the link, or the word that the answer is written down there."""
        self.executive_email = step.data["executive_email"]
        self.answer_at_meeting = step.data["at_meeting"]

    @door(
        source="reported",
        target=None,
        label=_("答えのリンクを送る"),
        past=_("答えのリンクを送りました"),
        inputs=[EXECUTIVE_EMAIL],
        guards=[guards.no_link_was_sent],
        effects=[letters.executive_is_asked],
    )
    def send_link(self, step: Step) -> None:
        """The first one: the plan was reported without an address."""
        self._ask_by_mail(step)

    @door(
        source="reported",
        target=None,
        label=_("答えのリンクを送り直す"),
        past=_("答えのリンクを送り直しました"),
        inputs=[EXECUTIVE_EMAIL],
        guards=[guards.a_link_was_sent],
        effects=[letters.executive_is_asked],
    )
    def resend_link(self, step: Step) -> None:
        self._ask_by_mail(step)

    def _ask_by_mail(self, step: Step) -> None:
        self.executive_email, self.answer_at_meeting = step.data["executive_email"], False

    @door(
        source="reported",
        target="answered",
        label=_("答えを記録する"),
        past=_("計画書への答えを記録しました"),
        inputs=[
            Input("document_hash", Kind.TEXT, _("計画書のファイルの照合値"), max_length=64),
            Input("answered_by", Kind.TEXT, _("答えた方のお名前"), max_length=80, personal=True),
            Input("answered_on", Kind.DATE, _("答えのあった日")),
            Input("answers", Kind.ROWS, _("改善案ごとの答え")),
        ],
        guards=[guards.engagement_runs],
        checks=[guards.hash_is_of_shown_version, guards.day_is_possible, guards.answers_are_whole],
        locks=[guards.decision_rows],
        effects=[letters.answer_came],
        reverse="retract_answer",
        backdated=True,
    )
    def answer(self, step: Step) -> None:
        """The answers reach the decisions in the same transaction (``rules.carry_answers``)."""
        day = step.data["answered_on"]
        if day != step.today():
            step.occurred_at = timezone.make_aware(datetime.combine(day, time()))
        self.answered_at = step.occurred_at
        self.answered_by = step.data["answered_by"]
        self.answered_hash = self.issued_hash

    @door(
        source=("reported", "answered"),
        target="draft",
        label=_("持ち帰って直す"),
        past=_("計画書を持ち帰りました"),
        inputs=[REASON],
        guards=[guards.nothing_was_agreed],
        locks=[guards.decision_rows],
    )
    def send_back(self, step: Step) -> None:
        self.issued_hash = ""
        self._forget_answer()

    @door(
        source="answered",
        target="reported",
        label=_("答えの記録を取り消す"),
        past=_("答えの記録を取り消しました"),
        inputs=[REASON],
        guards=[guards.not_followed_up, guards.nothing_carried_out],
        locks=[guards.decision_rows],
    )
    def retract_answer(self, step: Step) -> None:
        self._forget_answer()

    def _forget_answer(self) -> None:
        self.answered_at, self.answered_by, self.answered_hash = None, "", ""


CONDITION = Input("condition", Kind.LONG_TEXT, _("条件"), max_length=answers.CONDITION_LENGTH)
NOTE = Input("condition", Kind.LONG_TEXT, _("添え書き"), required=False, max_length=answers.CONDITION_LENGTH)
CONDITION_OWNER = Input(
    "condition_owner",
    Kind.TEXT,
    _("条件の担当"),
    required=False,
    max_length=answers.OWNER_LENGTH,
    help=_("空欄なら、改善案の担当課です。"),
)
CONDITION_BY = Input(
    "condition_by", Kind.DATE, _("条件の期日"), required=False, help=_("空欄なら、改善を始める日です。")
)
UNTIL = Input("condition_by", Kind.DATE, _("いつまで延ばすか"), required=False)
WAITING = ("proposed", "taken", "refused")
REFUSAL = Input("refusal", Kind.LONG_TEXT, _("見送る理由"), max_length=500, personal=True)


class DecisionWorkflow(Machine):
    machine = "decision"
    condition: Any
    condition_owner: Any
    condition_by: Any
    owner_section: Any
    start_on: Any
    progress: Any
    progress_on: Any

    @door(
        source=("proposed", "refused"),
        target="taken",
        label=_("課が引き受ける"),
        past=_("改善案を引き受けました"),
        guards=[guards.has_owner],
        reverse="untake",
    )
    def take(self, step: Step) -> None:
        self.refusal = ""
        step.note["section"] = self.owner_section

    @door(
        source="taken",
        target="proposed",
        label=_("引き受けを取り消す"),
        past=_("引き受けを取り消しました"),
        inputs=[REASON],
    )
    def untake(self, step: Step) -> None:
        pass

    @door(
        source=("proposed", "taken"),
        target="refused",
        label=_("課が見送る"),
        past=_("改善案を見送りました"),
        inputs=[REFUSAL],
        guards=[guards.has_owner],
        reverse="unrefuse",
    )
    def refuse(self, step: Step) -> None:
        """The executive may still decide; the reason stands beside the decision."""
        self.refusal = step.data["refusal"]

    @door(
        source="refused",
        target="proposed",
        label=_("見送りを取り消す"),
        past=_("見送りを取り消しました"),
        inputs=[REASON],
    )
    def unrefuse(self, step: Step) -> None:
        self.refusal = ""

    @door(
        source=WAITING,
        target="adopted",
        label=_("認める"),
        past=_("改善案を認めました"),
        guards=[guards.plan_is_answered],
        reverse="reset",
        backdated=True,
    )
    def adopt(self, step: Step) -> None:
        self._forget_condition()

    @door(
        source=WAITING,
        target="adopted_with_condition",
        label=_("条件を付けて認める"),
        past=_("条件を付けて改善案を認めました"),
        inputs=[CONDITION, CONDITION_OWNER, CONDITION_BY],
        guards=[guards.plan_is_answered],
        reverse="reset",
        backdated=True,
    )
    def adopt_with_condition(self, step: Step) -> None:
        """Who sees to the condition and by when: what was said, else the owner and the day of the decision."""
        self.condition = step.data["condition"]
        self.condition_owner = step.data["condition_owner"] or self.owner_section
        self.condition_by = step.data["condition_by"] or self.start_on
        step.note |= {"condition_owner": self.condition_owner, "condition_by": self.condition_by}

    @door(
        source=WAITING,
        target="deferred",
        label=_("先に延ばす"),
        past=_("改善案を先に延ばしました"),
        inputs=[NOTE, CONDITION_OWNER, UNTIL],
        guards=[guards.plan_is_answered],
        reverse="reset",
        backdated=True,
    )
    def defer(self, step: Step) -> None:
        self.condition = step.data["condition"]
        self.condition_owner = step.data["condition_owner"] or self.owner_section
        self.condition_by = step.data["condition_by"]

    @door(
        source=WAITING,
        target="rejected",
        label=_("認めない"),
        past=_("改善案を認めませんでした"),
        inputs=[NOTE],
        guards=[guards.plan_is_answered],
        reverse="reset",
        backdated=True,
    )
    def reject(self, step: Step) -> None:
        self.condition = step.data["condition"]

    @door(
        source=ANSWERED,
        target="proposed",
        label=_("案に戻す"),
        past=_("改善案への答えを取り消しました"),
        inputs=[REASON],
        guards=[guards.plan_is_not_answered],
    )
    def reset(self, step: Step) -> None:
        self._forget_condition()

    def _forget_condition(self) -> None:
        self.condition, self.condition_owner, self.condition_by = "", "", None
        self.progress, self.progress_on = "", None

    @door(
        source=("adopted", "adopted_with_condition", "deferred", "started"),
        target=None,
        label=_("進み具合を書く"),
        past=_("改善の進み具合を書きました"),
        inputs=[Input("progress", Kind.LONG_TEXT, _("進み具合"), max_length=500)],
        guards=[guards.plan_is_answered],
    )
    def note_progress(self, step: Step) -> None:
        """The town's word; a later one takes its place."""
        self.progress, self.progress_on = step.data["progress"], step.today()

    @door(
        source=("adopted", "adopted_with_condition"),
        target="started",
        label=_("始めた"),
        past=_("改善を始めました"),
        reverse="unstart",
        backdated=True,
    )
    def start(self, step: Step) -> None:
        pass

    @door(
        source="started",
        target="adopted",
        label=_("認めた案に戻す"),
        past=_("改善を認めた案に戻しました"),
        inputs=[REASON],
        guards=[guards.had_no_condition],
    )
    def unstart(self, step: Step) -> None:
        pass

    @door(
        source="started",
        target="adopted_with_condition",
        label=_("条件付きの案に戻す"),
        past=_("改善を条件付きの案に戻しました"),
        inputs=[REASON],
        guards=[guards.had_condition],
        undone_by="start",
    )
    def unstart_with_condition(self, step: Step) -> None:
        pass

    @door(
        source="started",
        target="done",
        label=_("済んだ"),
        past=_("改善を済ませました"),
        reverse="resume",
        backdated=True,
    )
    def finish(self, step: Step) -> None:
        pass

    @door(
        source="started",
        target="stopped",
        label=_("やめた"),
        past=_("改善をやめました"),
        inputs=[REASON],
        reverse="resume",
        backdated=True,
    )
    def stop(self, step: Step) -> None:
        pass

    @door(
        source=("done", "stopped"),
        target="started",
        label=_("続ける"),
        past=_("改善を続けることにしました"),
        inputs=[REASON],
    )
    def resume(self, step: Step) -> None:
        pass


class CaseWorkflow(Machine):
    """A case is written by the town and shown to others only when the town says so."""

    machine = "case"
    published_at: Any
    document: Any

    @door(
        source="draft",
        target="published",
        label=_("公開に同意する"),
        past=_("事例を公開しました"),
        guards=[guards.case_is_written],
        reverse="unpublish",
    )
    def publish(self, step: Step) -> None:
        self.published_at, self.document = step.now, None

    @door(
        source="published",
        target="draft",
        label=_("公開をやめる"),
        past=_("事例の公開をやめました"),
        inputs=[REASON],
    )
    def unpublish(self, step: Step) -> None:
        self.published_at, self.document = None, None
