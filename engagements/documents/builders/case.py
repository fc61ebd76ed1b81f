"""窓口改革の事例: one page that another town can use: the trouble, what was stopped, before and after, cost, voices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.documents.builders import Builder, Edition, Snapshot, one_page
from engagements.documents.builders.one_page import Layout, shortened
from engagements.documents.builders.paper import advisor_words, head, sheet
from engagements.documents.models import DocumentKind
from engagements.plans import cases, progress, selectors
from engagements.plans.models import Case, Plan
from engagements.plans.progress import Measured
from engagements.plans.words import thousands
from municipalities.dates import era_date

TEMPLATE = "documents/case.html"
DENSITIES = ((1, 400, 8), (2, 400, 8), (3, 300, 8), (4, 200, 6), (5, 120, 4))


class CaseBuilder(Builder):
    """The town's words with the figures of the survey and the re-survey."""

    kind = DocumentKind.CASE
    action = "case.document"

    def subjects(self) -> QuerySet[Case]:
        return Case.objects.select_related("engagement__municipality__prefecture", "engagement__programme")

    def snapshot(self, subject: Case, on: date) -> Snapshot:
        engagement = subject.engagement
        made = head(
            str(DocumentKind.CASE.label),
            engagement.municipality,
            engagement.municipality_name,
            heading=subject.title or str(DocumentKind.CASE.label),
            number=subject.reference,
        )
        plan = Plan.objects.filter(engagement=engagement.pk, state="answered").order_by("number").last()
        return made | {
            "parts": _parts(subject),
            "voice": subject.voice,
            "voice_of": subject.voice_of,
            "figures": _figures(plan, on) if plan else {"rows": [], "staff": "", "note": ""},
            "about": _about(subject, plan),
        }

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        context = {"document": sheet(snapshot, edition), "snapshot": snapshot}
        return one_page.fitted(TEMPLATE, context, _layouts(snapshot))

    def owner(self, subject: Case) -> tuple[str, Model | None]:
        return subject.engagement.municipality_id, subject.engagement

    def issued(self, subject: Case, document_id: int, sha256: str, now: datetime) -> None:
        cases.attach_published(subject, document_id)


def _parts(case: Case) -> list[list[str]]:
    return [
        [_("困っていたこと"), case.trouble],
        [_("やめたこと・変えたこと"), case.stopped],
        [_("変わったこと"), case.effect],
        [_("かかった費用"), case.cost],
    ]


def _figures(plan: Plan, on: date) -> dict[str, Any]:
    """Before and after for residents, and apart from them the staff's own expectation."""
    contents = selectors.plan_contents(plan)
    again = progress.latest_again(contents)
    standings = progress.standings(contents, on, again)
    rows = [_row(item.view.row.title, item.measured) for item in standings if item.measured]
    staff = [
        item
        for item in standings
        if item.code in ("done", "running", "late") and item.view.effect.staff_hours
    ]
    words = [
        _("%(title)s 年%(hours)s時間(担当課の見込み)")
        % {"title": item.view.row.title, "hours": thousands(item.view.effect.staff_hours)}
        for item in staff
    ]
    source = _source(contents, again)
    return {"rows": rows, "staff": "、".join(words), "note": source}


def _row(title: str, found: Measured) -> list[str]:
    after = found.after if found.kept is not None else _("まだ測っていません")
    return [title, f"{found.scenario} {found.label}", found.before, after]


def _source(contents: selectors.PlanContents, again: progress.Again | None) -> str:
    if contents.result is None:
        return ""
    first = _("前は%(day)sの体験調査") % {"day": era_date(contents.result.survey.held_on)}
    if again is None or not again.walked:
        return _("%(first)s。1回の来庁あたりの中央値です。") % {"first": first}
    shown = {"first": first, "day": era_date(again.survey.held_on)}
    return _("%(first)s、後は%(day)sの再調査。どちらも1回の来庁あたりの中央値です。") % shown


def _about(case: Case, plan: Plan | None) -> list[list[str]]:
    engagement = case.engagement
    rows = [[_("支援"), f"{engagement.programme.name} {engagement.reference}"]]
    if advisor := advisor_words(engagement):
        rows.append([_("助言"), advisor])
    if plan is not None and plan.answered_at:
        rows.append([_("首長の合意"), era_date(timezone.localdate(plan.answered_at))])
    if case.published_at:
        rows.append([_("町が公開に同意した日"), era_date(timezone.localdate(case.published_at))])
    return rows


def _layouts(snapshot: Snapshot) -> Iterator[Layout]:
    for size, limit, count in DENSITIES:
        rows = snapshot["figures"]["rows"]
        parts = [[label, shortened(text, limit)] for label, text in snapshot["parts"]]
        rest = len(rows) - count
        more = _("ほかに%(count)d件あります。") % {"count": rest} if rest > 0 else ""
        cut = {
            "parts": parts,
            "rows": rows[:count],
            "more": more,
            "voice": shortened(snapshot["voice"], limit),
        }
        yield Layout(size, cut)
