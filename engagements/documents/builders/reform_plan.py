"""窓口改革計画書: what the executive is asked to decide, and what it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.documents import blocks
from engagements.documents.arrangements import with_own
from engagements.documents.blocks import Block, Chapter
from engagements.documents.builders import Builder, Edition, Snapshot, plan_tables
from engagements.documents.builders import survey_parts as parts
from engagements.documents.builders.paper import addressee, advisor_words, head, page
from engagements.documents.models import DocumentKind
from engagements.plans import selectors, services
from engagements.plans.models import Plan, PlanState
from engagements.plans.selectors import DecisionView, PlanContents
from engagements.plans.words import ANSWER_LABELS
from engagements.sessions.models import Session, SessionState
from municipalities.dates import era_date

TEMPLATE = "documents/reform-plan.html"
UNFINISHED = (PlanState.DRAFT, PlanState.IN_REVIEW)
#: Sessions before the report: what happens at the report itself is not part of what is reported.
BEFORE_REPORT = ("training", "survey")


class ReformPlanBuilder(Builder):
    """The plan as it stands; once answered, with the answers."""

    kind = DocumentKind.REFORM_PLAN
    action = "plan.document"
    has_head = True
    takes_sections = True

    def subjects(self) -> QuerySet[Plan]:
        return Plan.objects.select_related("engagement__municipality__prefecture", "engagement__programme")

    def snapshot(self, subject: Plan, on: date) -> Snapshot:
        contents = selectors.plan_contents(subject)
        town = subject.engagement.municipality
        made = head(
            str(DocumentKind.REFORM_PLAN.label),
            town,
            subject.engagement.municipality_name,
            number=subject.reference,
            motto=subject.vision,
            gist=gist(contents),
            with_contents=True,
        )
        to = addressee(subject, made["short_name"])
        return made | {
            "addressee": to,
            "chapters": blocks.numbered(with_own(self.kind, subject.reference, chapters(contents, on))),
        }

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)

    def owner(self, subject: Plan) -> tuple[str, Model | None]:
        return subject.engagement.municipality_id, subject.engagement

    def why_fixed(self, subject: Plan) -> str:
        """What the executive answers to must not change under their hands."""
        if subject.state in UNFINISHED:
            return ""
        return _("計画書は完成しています。体裁を変えるときは、計画書を下書きに戻してください。")

    def issued(self, subject: Plan, document_id: int, sha256: str, now: datetime) -> None:
        services.attach_issued(subject, document_id, sha256, now)


def gist(contents: PlanContents) -> list[list[str]]:
    """What stands on the cover: how much is asked, what it costs, from when, what it stands on."""
    plan = contents.plan
    starts = [item.row.start_on for item in contents.decisions if item.row.start_on]
    rows = [
        (_("ご判断いただくこと"), _("%(count)s件") % {"count": len(contents.decisions)}),
        (_("費用"), plan_tables.costs(contents.decisions)),
        (_("いちばん早い始まり"), era_date(min(starts)) if starts else ""),
        (_("もとにした調査"), _source(contents)),
        (_("助言"), advisor_words(plan.engagement)),
    ]
    if plan.state in UNFINISHED:
        rows.insert(0, (_("状態"), _("下書きです。完成した計画書ではありません。")))
    return [list(row) for row in rows]


def _source(contents: PlanContents) -> str:
    if contents.result is None:
        return ""
    survey, scenarios = contents.result.survey, "、".join(contents.result.scenarios.values())
    shown = {"day": era_date(survey.held_on), "scenarios": scenarios}
    return _("%(day)s 窓口利用体験調査(%(scenarios)s)") % shown


def chapters(contents: PlanContents, on: date) -> Iterator[Chapter]:
    """The chapters of the executive's edition in its order, without numbers; the office's takes some of them."""
    yield blocks.chapter("decisions", _("ご判断いただきたいこと"), _decisions(contents))
    yield blocks.chapter("vision", _("ありたい窓口の姿"), _vision(contents), new_page=True)
    yield blocks.chapter("now", _("いまの窓口"), _now(contents), new_page=contents.result is not None)
    yield blocks.chapter(
        "roadmap", _("工程表"), plan_tables.roadmap(contents, on), new_page=bool(contents.decisions)
    )
    yield blocks.chapter("kpis", _("効果のものさし"), plan_tables.effects(contents))
    yield blocks.chapter("people", _("進め方と備え"), [blocks.facts(contents.people)])
    yield blocks.chapter("background", _("これまでの経緯"), _background(contents))
    yield blocks.chapter("again", _("再調査の予定"), _again(contents))


def _vision(contents: PlanContents) -> Iterator[Block]:
    plan = contents.plan
    if not plan.vision:
        yield blocks.text(_("ありたい窓口の姿は、まだ書かれていません。"))
        return
    yield blocks.call("", strong=plan.vision)
    if plan.vision_text:
        yield blocks.text(plan.vision_text)


def _now(contents: PlanContents) -> Iterator[Block]:
    result = contents.result
    if result is None:
        yield blocks.text(_("窓口利用体験調査の記録は、まだありません。"))
        return
    records = parts.open_records(result.survey, result.version, result.document, result.measures)
    for scenario in records.scenarios:
        if not records.routes(scenario):
            continue
        yield blocks.heading(parts.title_of(scenario))
        yield parts.missed(records, scenario)
        yield blocks.text(parts.summary(records, scenario))
        yield parts.timeline(records, scenario)
        yield from parts.measures_table(records, scenario, known_only=True)
        yield parts.source(records, scenario)
    yield parts.not_comparable_with_others()
    if contents.issues:
        yield plan_tables.issues(contents)


# --- the decisions -----------------------------------------------------------------------------------------


def _decisions(contents: PlanContents) -> Iterator[Block]:
    plan, count = contents.plan, len(contents.decisions)
    if not count:
        yield blocks.text(_("改善案は、まだありません。"))
        return
    shown = {"problems": contents.problems, "count": count, "title": plan.executive_title}
    if contents.problems:
        yield blocks.text(
            _(
                "困りごと%(problems)s件から、%(title)sのご判断が要るものを次の%(count)s件にまとめました。判断ごとにお答えください。"
            )
            % shown
        )
    else:
        yield blocks.text(
            _("%(title)sのご判断が要るものは次の%(count)s件です。判断ごとにお答えください。") % shown
        )
    for item in contents.decisions:
        yield _judge(item)
    yield _answered(plan) if plan.answered_at else blocks.sign(plan.executive_title)


def _judge(item: DecisionView) -> Block:
    way: tuple[str, Any] = (_("変え方"), item.row.get_way_display())
    facts = [way, *item.facts, (_("効果(見込み)"), plan_tables.effect_words(item))]
    facts += plan_tables.refusal(item)
    taken = selectors.answer_of(item.row)
    choices = [(str(label), name == taken) for name, label in ANSWER_LABELS.items()]
    return blocks.judge(f"decision-{item.number}", item.heading, facts, choices, item.condition)


def _answered(plan: Plan) -> Block:
    day = era_date(timezone.localdate(plan.answered_at))
    return blocks.facts(
        [
            (_("お答えの日"), day),
            (_("お答えになった方"), plan.answered_by),
            (_("お答えの対象(ファイルの照合値)"), plan.answered_hash),
        ]
    )


# --- what came before and comes after ----------------------------------------------------------------------


def _background(contents: PlanContents) -> Iterator[Block]:
    plan = contents.plan
    if plan.background:
        yield blocks.text(plan.background)
    held = Session.objects.filter(engagement=plan.engagement_id, kind__code__in=BEFORE_REPORT)
    done = held.exclude(state=SessionState.CANCELLED).select_related("kind")
    rows = [
        [str(session), era_date(session.held_on)]
        for session in done.order_by("kind__number")
        if session.held_on
    ]
    if rows:
        yield blocks.table(_("行ったこと"), [_("回"), _("!実施日")], rows)
    if not rows and not plan.background:
        yield blocks.text(_("経緯は、まだ書かれていません。"))


def _again(contents: PlanContents) -> Iterator[Block]:
    yield blocks.text(
        _(
            "効果は、同じ場面と同じ家族設定でもう一度体験して確かめます。見込みではなく、実測の中央値どうしを比べます。"
        )
    )
    days = [kpi.by for kpi in contents.kpis]
    rows = [
        (_("場面"), "、".join(contents.result.scenarios.values()) if contents.result else ""),
        (_("確かめる期限"), era_date(min(days)) if days else ""),
        (_("比べるもの"), "、".join(kpi.name for kpi in contents.kpis)),
    ]
    yield blocks.facts(rows)
