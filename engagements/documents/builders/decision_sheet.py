"""本日ご判断いただきたいこと: one page for the executive, read in the meeting and answered line by line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.documents.builders import Builder, Edition, Snapshot, plan_tables
from engagements.documents.builders.one_page import Layout, fitted, shortened
from engagements.documents.builders.paper import addressee, head, sheet
from engagements.documents.models import DocumentKind
from engagements.plans import selectors
from engagements.plans.models import Plan
from engagements.plans.selectors import DecisionView, PlanContents
from engagements.plans.words import ANSWER_LABELS
from engagements.sessions.models import Session
from municipalities.dates import era_date

TEMPLATE = "documents/decision-sheet.html"
#: From roomy to dense; a text is cut before it gets too small to be read at a table.
DENSITIES = ((1, 400), (2, 140), (3, 90), (4, 60), (4, 38), (5, 22))
TITLE = 44


class DecisionSheetBuilder(Builder):
    """The plan's decisions on one A4 page; once answered, with the answers."""

    kind = DocumentKind.DECISION_SHEET
    action = "plan.document"

    def subjects(self) -> QuerySet[Plan]:
        rows = Plan.objects.filter(decisions__isnull=False).distinct()
        return rows.select_related("engagement__municipality__prefecture", "engagement__programme")

    def snapshot(self, subject: Plan, on: date) -> Snapshot:
        contents = selectors.plan_contents(subject)
        town = subject.engagement.municipality
        made = head(
            str(DocumentKind.DECISION_SHEET.label),
            town,
            subject.engagement.municipality_name,
            heading=_("本日ご判断いただきたいこと"),
            number=subject.reference,
        )
        return made | {
            "addressee": addressee(subject, made["short_name"]),
            "summary": _summary(contents),
            "decisions": [_row(item) for item in contents.decisions],
            "signer": subject.executive_title,
            "answered": _answered(subject),
        }

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        context = {"document": sheet(snapshot, edition), "snapshot": snapshot}
        return fitted(TEMPLATE, context, _layouts(snapshot["decisions"]))

    def owner(self, subject: Plan) -> tuple[str, Model | None]:
        return subject.engagement.municipality_id, subject.engagement


def _layouts(decisions: list[dict[str, Any]]) -> Iterator[Layout]:
    """All decisions with all they say; then with their texts cut; then the first ones, and how many follow."""
    for size, limit in DENSITIES:
        yield _layout(size, limit, decisions, len(decisions))
    for shown in range(len(decisions) - 1, 0, -1):
        yield _layout(*DENSITIES[-1], decisions, shown)


def _layout(size: int, limit: int, decisions: list[dict[str, Any]], shown: int) -> Layout:
    cut = [_cut(row, limit) for row in decisions[:shown]]
    rest = decisions[shown:]
    follow = ""
    if rest:
        numbers = {"count": len(rest), "first": rest[0]["number"], "last": rest[-1]["number"]}
        follow = _(
            "このほかに%(count)s件(判断%(first)sから判断%(last)sまで)が続きます。窓口改革計画書でお答えください。"
        )
        follow = follow % numbers
    is_cut = cut != decisions[:shown]
    return Layout(size, {"decisions": cut, "follow": follow, "is_cut": is_cut})


def _cut(row: dict[str, Any], limit: int) -> dict[str, Any]:
    facts = [[label, shortened(value, limit, lines=limit > TITLE)] for label, value in row["facts"]]
    return row | {
        "heading": shortened(row["heading"], max(limit, TITLE)),
        "facts": facts,
        "condition": shortened(row["condition"], limit),
    }


def _row(item: DecisionView) -> dict[str, Any]:
    taken = selectors.answer_of(item.row)
    return {
        "number": item.number,
        "heading": item.heading,
        "way": str(item.row.get_way_display()),
        "facts": [list(fact) for fact in _facts(item)],
        "choices": [[str(label), name == taken] for name, label in ANSWER_LABELS.items()],
        "condition": item.condition,
    }


def _facts(item: DecisionView) -> list[tuple[str, str]]:
    """Pairs that stand side by side: what and from when, what to back and the cost, what else and the effect."""
    cost = _("0円(新しい費用はかかりません)") if item.row.cost_yen == 0 else item.cost
    return [
        (_("やめること"), item.row.what_stops),
        (_("いつから、誰が"), item.start),
        (_("後押しいただくこと"), item.row.ask),
        (_("費用"), cost),
        (_("行わない場合"), item.row.if_not),
        (_("効果(見込み)"), plan_tables.effect_words(item)),
        *plan_tables.refusal(item),
    ]


def _summary(contents: PlanContents) -> str:
    """How many, what they cost together, and for which picture of the counter."""
    known = [item.row.cost_yen for item in contents.decisions if item.row.cost_yen is not None]
    unknown = len(contents.decisions) - len(known)
    parts = [_("ご判断いただくことは%(count)s件です。") % {"count": len(contents.decisions)}]
    if known and not any(known) and not unknown:
        parts.append(_("どれも新しい費用はかかりません。"))
    else:
        parts.append(_("費用は合わせて%(cost)sです。") % {"cost": plan_tables.costs(contents.decisions)})
    if contents.plan.vision:
        parts.append(_("めざす姿は「%(vision)s」です。") % {"vision": contents.plan.vision})
    held = Session.objects.filter(engagement=contents.plan.engagement_id, kind__code="report")
    day = held.values_list("held_on", flat=True).first()
    if day:
        parts.append(_("報告は%(day)sです。") % {"day": era_date(day)})
    return "".join(parts)


def _answered(plan: Plan) -> str:
    """Who answered and when, and to which file; empty while nobody did."""
    if plan.answered_at is None:
        return ""
    shown = {
        "day": era_date(timezone.localdate(plan.answered_at)),
        "who": plan.answered_by,
        "hash": plan.answered_hash[:12],
    }
    return _("%(day)sに%(who)sさんがお答えになりました(計画書のファイルの照合値 %(hash)s)。") % shown
