"""The life of a request to a counter section: asked, answered by the section or entered for it, never stuck."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from engagements.sections import guards, letters
from workflow.doors import Machine, Step, Turn, door
from workflow.inputs import REASON, Input, Kind

OPEN = ("asked", "overdue")
DONE = ("answered", "entered", "without")
FIGURES = Input("figures", Kind.ROWS, _("件数と職員の時間"), required=False, personal=True)
ANSWER = [
    Input("answered_by", Kind.TEXT, _("お名前"), max_length=80, personal=True),
    Input("replies", Kind.ROWS, _("気づきへの返答"), required=False, personal=True),
    FIGURES,
    Input("decisions", Kind.ROWS, _("引き受ける改善・見送る理由"), required=False, personal=True),
    Input("progress", Kind.ROWS, _("進み具合"), required=False, personal=True),
]


def _town(request: Any) -> str:
    return f"municipality:{request.engagement.municipality_id}"


class SectionRequestWorkflow(Machine):
    """Mixin of ``SectionRequest``. What the rows say is kept by subscribers (``rules``, and the plans' room)."""

    machine = "section_request"
    reminded_at: Any
    answered_at: Any
    turns = {
        "asked": Turn(
            "section",
            lambda request: f"section:{request.section_ref}",
            _("お願いへの回答"),
            due=lambda request: request.due_on,
            waiter="contact",
        ),
        "overdue": Turn("contact", _town, _("回答がない"), waiter="advisor"),
    }

    @door(
        source=OPEN,
        target="answered",
        label=_("この内容で回答する"),
        past=_("窓口の課が回答しました"),
        inputs=ANSWER,
        checks=[guards.rows_are_whole],
        effects=[letters.answer_came],
        reverse="reopen",
    )
    def answer(self, step: Step) -> None:
        self._answered(step)

    @door(
        source=DONE,
        target="answered",
        label=_("回答を直す"),
        past=_("窓口の課が回答を直しました"),
        inputs=ANSWER,
        guards=[guards.no_other_is_open],
        checks=[guards.rows_are_whole],
        effects=[letters.answer_came],
        reverse="reopen",
    )
    def correct(self, step: Step) -> None:
        self._answered(step)

    def _answered(self, step: Step) -> None:
        self.answered_at, self.answered_by, self.reason = step.now, step.data["answered_by"], ""

    @door(
        source=OPEN,
        target="entered",
        label=_("聞き取った数字を入れる"),
        past=_("町の担当が、課から聞き取った内容を入れました"),
        inputs=[FIGURES, Input("reason", Kind.TEXT, _("どう聞いたか"), max_length=300, personal=True)],
        checks=[guards.rows_are_whole],
        reverse="reopen",
    )
    def enter(self, step: Step) -> None:
        self.answered_at, self.answered_by, self.reason = step.now, step.actor.name[:80], step.data["reason"]

    @door(
        source=OPEN,
        target="without",
        label=_("回答なしで進める"),
        past=_("課の回答なしで進めることにしました"),
        inputs=[REASON],
        reverse="reopen",
    )
    def go_on(self, step: Step) -> None:
        self.reason = step.data["reason"]

    @door(
        source=DONE,
        target="asked",
        label=_("もう一度回答を待つ"),
        past=_("もう一度、課の回答を待つことにしました"),
        inputs=[REASON],
        guards=[guards.no_other_is_open],
    )
    def reopen(self, step: Step) -> None:
        days = self.engagement.programme.section_days  # type: ignore[attr-defined]
        self.due_on = step.today() + timedelta(days=days)
        self.reminded_at, self.reason = None, step.data["reason"]

    @door(
        source=OPEN,
        target=None,
        label=_("お願いを送り直す"),
        past=_("課へのお願いを送り直しました"),
        guards=[guards.somebody_reads_it],
        effects=[letters.ask_again],
    )
    def resend(self, step: Step) -> None:
        """A new link for everybody in the section; the remarks are shared by it as well (``rules``)."""

    @door(
        source="asked",
        target=None,
        label=_("期限を知らせる"),
        past=_("課に期限を知らせました"),
        guards=[guards.reminder_is_due],
        effects=[letters.end_is_near],
    )
    def remind(self, step: Step) -> None:
        self.reminded_at = step.now

    @door(
        source="asked",
        target="overdue",
        label=_("期限が過ぎた"),
        past=_("課の回答の期限が過ぎました"),
        guards=[guards.is_past_due],
        effects=[letters.nothing_came],
    )
    def expire(self, step: Step) -> None:
        """By the sweep alone; the section may still answer."""
