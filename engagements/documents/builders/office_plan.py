"""窓口改革計画書(庁内用): the same plan for those who carry it out: what each section is asked to do, from when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from engagements.documents import blocks
from engagements.documents.arrangements import with_own
from engagements.documents.blocks import Block, Chapter
from engagements.documents.builders import Snapshot, plan_tables, reform_plan
from engagements.documents.builders.paper import head
from engagements.documents.models import DocumentKind
from engagements.plans import selectors
from engagements.plans.models import DecisionState, Plan
from engagements.plans.selectors import DecisionView, PlanContents
from engagements.survey.remarks import section_key
from municipalities.dates import era_date

#: What the executive did not want is no section's work.
DROPPED = (DecisionState.REJECTED, DecisionState.STOPPED)


class OfficePlanBuilder(reform_plan.ReformPlanBuilder):
    """For the whole office: no boxes to answer in; who does what first, and what it gives back to the staff."""

    kind = DocumentKind.REFORM_PLAN_OFFICE

    def snapshot(self, subject: Plan, on: date) -> Snapshot:
        contents = selectors.plan_contents(subject)
        town = subject.engagement.municipality
        made = head(
            str(DocumentKind.REFORM_PLAN_OFFICE.label),
            town,
            subject.engagement.municipality_name,
            number=subject.reference,
            motto=subject.vision,
            gist=_gist(contents),
            with_contents=True,
            addressee=_("窓口に関わる各課"),
        )
        return made | {
            "chapters": blocks.numbered(with_own(self.kind, subject.reference, _chapters(contents, on)))
        }

    def why_fixed(self, subject: Plan) -> str:
        return ""

    def issued(self, subject: Plan, document_id: int, sha256: str, now: Any) -> None:
        """Nobody answers this edition: the plan knows the other one alone."""


def _gist(contents: PlanContents) -> list[list[str]]:
    """As on the executive's cover, without the number of answers that are asked for."""
    asked = _("ご判断いただくこと")
    rows = [row for row in reform_plan.gist(contents) if row[0] != asked]
    return [[_("改善案"), _("%(count)s件") % {"count": len(contents.decisions)}], *rows]


def _chapters(contents: PlanContents, on: date) -> Iterator[Chapter]:
    shared = {one["anchor"]: one for one in reform_plan.chapters(contents, on)}
    yield shared["vision"]
    yield blocks.chapter("sections", _("課ごとにお願いすること"), _sections(contents))
    for anchor in ("people", "now", "roadmap", "kpis", "background", "again"):
        yield shared[anchor]


def _sections(contents: PlanContents) -> Iterator[Block]:
    kept = [item for item in contents.decisions if item.row.state not in DROPPED]
    if not kept:
        yield blocks.text(_("課にお願いする改善案は、まだありません。"))
        return
    yield blocks.text(
        _("担当する課から始めます。日付は始める日です。わからないことは、町の担当にお尋ねください。")
    )
    for _key, group in groupby(sorted(kept, key=_owner), key=_owner):
        yield _section(list(group))


def _owner(item: DecisionView) -> tuple[bool, str]:
    """Sections by name, however it is written; what nobody carries yet comes last."""
    return not item.row.owner_section, section_key(item.row.owner_section)


def _section(items: list[DecisionView]) -> Block:
    rows = [
        [
            item.row.title,
            item.row.what_stops,
            item.row.first_step,
            era_date(item.row.start_on, weekday=False, western=False) if item.row.start_on else "",
            item.row.get_state_display(),
            plan_tables.staff_words(item),
        ]
        for item in items
    ]
    columns = [
        _("改善案"),
        _("やめること"),
        _("最初の一歩"),
        _("!始める日"),
        _("!いまの様子"),
        _("職員の時間(見込み)"),
    ]
    name = items[0].row.owner_section or _("担当課が決まっていないもの")
    return blocks.table(name, columns, rows, unknown="—")
