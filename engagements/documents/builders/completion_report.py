"""完了報告書: what the office needs after the agreement: sessions, attendance, the plan with its answers, the effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.documents import blocks
from engagements.documents.arrangements import with_own
from engagements.documents.blocks import Block, Chapter
from engagements.documents.builders import Builder, Edition, Snapshot, plan_tables
from engagements.documents.builders.paper import advisor_words, head, page
from engagements.documents.models import DocumentKind
from engagements.models import Engagement
from engagements.plans import progress, selectors
from engagements.plans.models import Plan
from engagements.plans.selectors import PlanContents
from engagements.plans.words import ANSWER_LABELS, thousands
from engagements.sessions.models import Session
from municipalities.dates import era_date

TEMPLATE = "documents/application.html"


#: Given an engagement and a day: lines that say where it stands, whose turn it is and by when.
Standing = Callable[[Engagement, date], Iterable[tuple[str, Any]]]
_standing: list[Standing] = []


def tells_standing(function: Standing) -> Standing:
    """The room above, which alone knows every stage, registers what the report says of them."""
    if function not in _standing:
        _standing.append(function)
    return function


class CompletionReportBuilder(Builder):
    """Asked for by the town once its plan is answered."""

    kind = DocumentKind.COMPLETION_REPORT
    action = "engagement.document"
    has_head = True
    takes_sections = True

    def subjects(self) -> QuerySet[Engagement]:
        rows = Engagement.objects.filter(plans__state="answered").distinct()
        return rows.select_related("municipality__prefecture", "programme")

    def snapshot(self, subject: Engagement, on: date) -> Snapshot:
        plan = Plan.objects.filter(engagement=subject.pk, state="answered").order_by("number").last()
        contents = selectors.plan_contents(plan) if plan else None
        made = head(
            str(DocumentKind.COMPLETION_REPORT.label),
            subject.municipality,
            subject.municipality_name,
            number=subject.reference,
            addressee=_("窓口BPRアドバイザー派遣 事務局"),
            sender=subject.municipality_name,
        )
        return made | {
            "chapters": blocks.numbered(
                with_own(self.kind, subject.reference, _chapters(subject, contents, on))
            )
        }

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)

    def owner(self, subject: Engagement) -> tuple[str, Model | None]:
        return subject.municipality_id, subject


def _chapters(engagement: Engagement, contents: PlanContents | None, on: date) -> Iterator[Chapter]:
    yield blocks.chapter("support", _("受けた支援"), _support(engagement, on))
    yield blocks.chapter("sessions", _("行った回"), _sessions(engagement))
    if contents is not None:
        yield blocks.chapter("plan", _("計画と首長の答え"), _plan(contents))
        yield blocks.chapter("effect", _("これまでの効果"), _effect(contents, on))


def _support(engagement: Engagement, on: date) -> Iterator[Block]:
    rows: list[tuple[str, Any]] = [
        (_("事業"), engagement.programme.name),
        (_("支援番号"), engagement.reference),
        (_("始まった日"), era_date(timezone.localdate(engagement.opened_at))),
        (_("助言"), advisor_words(engagement)),
        *(row for function in _standing for row in function(engagement, on)),
    ]
    yield blocks.facts(rows)


def _sessions(engagement: Engagement) -> Iterator[Block]:
    found = Session.objects.filter(engagement=engagement.pk).select_related("kind").order_by("kind__number")
    rows, hours, people = [], Decimal(0), 0
    for session in found:
        attended = sum(int(row["count"]) for row in session.log_attendance)
        hours, people = hours + (session.log_hours or Decimal(0)), people + attended
        sections = "、".join(f"{row['section']} {row['count']}人" for row in session.log_attendance)
        day = era_date(session.held_on) if session.held_on else session.get_state_display()
        spent = f"{session.log_hours.normalize():f}" if session.log_hours is not None else None
        rows.append([str(session), str(day), spent, sections])
    columns = [_("回"), _("!実施日"), _("#時間"), _("参加した課と人数")]
    yield blocks.table(_("実施の記録"), columns, rows, unknown=_("記録なし"))
    shown = {"hours": f"{hours.normalize():f}", "people": thousands(people)}
    yield blocks.note(_("合わせて%(hours)s時間、のべ%(people)s人です。") % shown)


def _plan(contents: PlanContents) -> Iterator[Block]:
    plan = contents.plan
    answered = era_date(timezone.localdate(plan.answered_at)) if plan.answered_at else ""
    yield blocks.facts(
        [
            (_("計画番号"), plan.reference),
            (_("ありたい窓口の姿"), plan.vision),
            (_("お答えの日"), answered),
            (_("お答えになった方"), plan.answered_by),
            (_("お答えの対象(ファイルの照合値)"), plan.answered_hash),
        ]
    )
    columns = [_("改善案"), _("!答え"), _("条件・添え書き"), _("担当"), _("費用")]
    rows = [
        [
            item.heading,
            str(ANSWER_LABELS.get(selectors.answer_of(item.row), "")),
            item.condition,
            item.row.owner_section,
            item.cost,
        ]
        for item in contents.decisions
    ]
    yield blocks.table(_("改善案ごとの答え"), columns, rows, unknown="—")


def _effect(contents: PlanContents, on: date) -> Iterator[Block]:
    again = progress.latest_again(contents)
    found = progress.standings(contents, on, again)
    columns = [_("改善案"), _("!いま"), _("日付"), _("進み具合")]
    rows = [[item.view.heading, item.word, item.days, item.view.row.progress] for item in found]
    yield blocks.table(_("改善の進み具合"), columns, rows, unknown="—")
    yield from plan_tables.effects(contents)
    targets = [(kpi, progress.measure_kpi(kpi, contents, again)) for kpi in contents.kpis]
    if again is not None and again.walked and any(found for _kpi, found in targets):
        yield _targets([(kpi.name, found) for kpi, found in targets if found])
    if again is None or not again.walked:
        yield blocks.note(_("再調査はまだです。効果は見込みで、測った値ではありません。"))


def _targets(rows: list[tuple[str, progress.Measured]]) -> Block:
    """Each target that the survey measures beside the re-survey."""
    columns = [_("ものさし"), _("#はじめ"), _("#目標"), _("#再調査"), _("結果")]
    words = {True: _("目標に届きました"), False: _("目標にまだ届いていません")}
    return blocks.table(
        _("目標と再調査"),
        columns,
        [
            [name, one.before, one.promised, one.after, one.why if one.kept is None else words[one.kept]]
            for name, one in rows
        ],
        unknown="—",
    )
