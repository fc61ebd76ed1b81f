"""The figures of a reform plan: steps by fiscal year, measures with their targets, effects promised and measured.

Residents' minutes and staff's minutes stand in tables of their own and are never added together.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from engagements.documents import blocks
from engagements.documents.blocks import Block
from engagements.plans import selectors
from engagements.plans.models import RoadmapItem
from engagements.plans.selectors import DecisionView, PlanContents
from engagements.plans.words import thousands, yen
from engagements.survey import selectors as surveys
from engagements.survey import words
from engagements.survey.models import Survey
from engagements.survey.plots import RoadmapRow
from municipalities.dates import era_date, fiscal_year, fiscal_year_label

QUARTER_MONTHS = {1: 4, 2: 7, 3: 10, 4: 1}


def issues(contents: PlanContents) -> Block:
    """What the observations have in common, and what is proposed for it."""
    columns = [_("課題"), _("くわしく"), _("もとになった気づき"), _("改善案")]
    rows = [
        [
            " / ".join(part for part in (item.row.heading, item.row.title) if part),
            item.row.text,
            "\n".join(evidence.text for evidence in item.evidence),
            "\n".join(decision.heading for decision in item.decisions),
        ]
        for item in contents.issues
    ]
    return blocks.table(_("見つかった課題"), columns, rows, unknown="—")


def costs(decisions: list[DecisionView]) -> str:
    """The sum of what is known, and how many are not."""
    known = [item.row.cost_yen for item in decisions if item.row.cost_yen is not None]
    unknown = len(decisions) - len(known)
    total = yen(sum(known)) if known else ""
    if not unknown:
        return total
    rest = _("費用が未定の改善案 %(count)s件") % {"count": unknown}
    return f"{total}({rest})" if total else rest


# --- steps -------------------------------------------------------------------------------------------------


def roadmap(contents: PlanContents, on: date) -> Iterator[Block]:
    rows = _steps(contents)
    years = {fiscal_year(day) for row in rows for day in (row.start, row.end) if day}
    if not rows:
        yield blocks.text(_("工程は、まだ決まっていません。"))
        return
    if years:
        span = range(min(years), max(years) + 1)
        yield blocks.steps(_("年度ごとの工程"), rows, span)
    columns = [_("すること"), _("担当"), _("!時期")]
    for caption, items in groupby(rows, key=_year):
        lines = [[row.label, row.owner, _period(row)] for row in items]
        yield blocks.table(caption, columns, lines, unknown=_("未定"))
    yield from _budget(contents, on)


def _budget(contents: PlanContents, on: date) -> Iterator[Block]:
    """Which request the money of each decision goes into, and the town's own calendar."""
    if found := selectors.needs(contents, on):
        columns = [_("改善案"), _("#費用"), _("!始める日"), _("載せる予算要求"), _("!締切")]
        rows = [
            [
                need.view.heading,
                need.view.cost,
                era_date(need.starts, weekday=False),
                need.request.name,
                era_date(need.request.day, weekday=False) if need.request.day else _("財政の担当に確かめる"),
            ]
            for need in found
        ]
        yield blocks.table(_("費用と予算要求"), columns, rows)
    if contents.budget:
        dates = [[row.name, era_date(row.day), fiscal_year_label(row.fiscal_year)] for row in contents.budget]
        yield blocks.table(_("予算の暦"), [_("できごと"), _("!日"), _("!どの年度の予算か")], dates)


def _steps(contents: PlanContents) -> list[RoadmapRow]:
    """The plan's lines, and the start of every decision that has no line of its own, in order of time."""
    drawn = {item.decision_id for item in contents.roadmap}
    rows = [_step(item) for item in contents.roadmap]
    rows += [
        RoadmapRow(item.row.title, item.row.owner_section, item.row.start_on)
        for item in contents.decisions
        if item.row.pk not in drawn
    ]
    return sorted(rows, key=lambda row: row.start or date.max)


def _step(item: RoadmapItem) -> RoadmapRow:
    start, last = _month(item, item.quarter_from), _month(item, item.quarter_to, 2)
    end = last.replace(day=monthrange(last.year, last.month)[1])
    return RoadmapRow(item.title, item.section, start, end)


def _month(item: RoadmapItem, quarter: int, later: int = 0) -> date:
    month = QUARTER_MONTHS[quarter] + later
    return date(item.fiscal_year + (quarter == 4), month, 1)


def _year(row: RoadmapRow) -> str:
    return fiscal_year_label(fiscal_year(row.start)) if row.start else _("時期は未定")


def _period(row: RoadmapRow) -> str:
    if row.start is None:
        return ""
    if row.end is None:
        return _("%(day)sから") % {"day": era_date(row.start, western=False)}
    shown = {"start": _month_words(row.start), "end": _month_words(row.end)}
    return _("%(start)sから%(end)sまで") % shown


def _month_words(day: date) -> str:
    return era_date(day, weekday=False, western=False).rpartition("月")[0] + "月"


# --- measures and effects ----------------------------------------------------------------------------------


def effects(contents: PlanContents) -> Iterator[Block]:
    """Targets, then what each decision promises to residents, then to staff."""
    if contents.kpis:
        yield _kpis(contents)
    else:
        yield blocks.text(_("効果のものさしは、まだ決まっていません。"))
    if residents := [item for item in contents.decisions if item.effect.claim]:
        yield _residents(residents, _measured_again(contents))
    if staff := [item for item in contents.decisions if item.effect.staff_hours is not None]:
        yield _staff(staff)
    if residents or staff:
        yield blocks.note(
            _(
                "見込みは改善案を出した人が置いた数、実測は体験調査で測った数です。住民の時間と職員の時間は足していません。"
            )
        )


def _kpis(contents: PlanContents) -> Block:
    columns = [_("ものさし"), _("#いま"), _("#目標"), _("!単位"), _("いつまでに"), _("出どころ")]
    rows = [
        [
            kpi.name,
            thousands(kpi.baseline),
            thousands(kpi.target),
            kpi.unit,
            era_date(kpi.by, weekday=False),
            selectors.kpi_source(contents, kpi),
        ]
        for kpi in contents.kpis
    ]
    return blocks.table(_("ものさしと目標"), columns, rows)


def effect_words(item: DecisionView) -> str:
    """What a decision promises, residents and staff on lines of their own; empty where nothing is claimed."""
    effect = item.effect
    lines = []
    if effect.claim:
        shown = {
            "title": effect.scenario_title,
            "measure": effect.measure_label,
            "before": effect.baseline_words,
            "after": effect.promised_words,
        }
        lines.append(_("住民: %(title)sの%(measure)s %(before)s(実測) → %(after)s(見込み)") % shown)
    if effect.staff_hours is not None:
        hours = {"hours": thousands(effect.staff_hours), "formula": effect.staff_formula}
        lines.append(_("職員: 年%(hours)s時間(見込み) %(formula)s") % hours)
    return "\n".join(lines)


def staff_words(item: DecisionView) -> str:
    """What a decision gives back to the section that carries it, in hours a year; empty where nothing is claimed."""
    hours = item.effect.staff_hours
    return "" if hours is None else _("年%(hours)s時間") % {"hours": thousands(hours)}


def _residents(items: list[DecisionView], again: dict[tuple[str, str], str]) -> Block:
    columns = [_("改善案"), _("場面"), _("ものさし"), _("#いま(実測)"), _("#見込み"), _("変わる量(見込み)")]
    columns += [_("#再調査(実測)")] * bool(again)
    rows = []
    for item in items:
        claim, effect = item.effect.claim, item.effect
        known = [again.get((claim.scenario, claim.measure))] if claim and again else []
        said = [effect.baseline_words, effect.promised_words, effect.change_words]
        rows.append([item.heading, effect.scenario_title, effect.measure_label, *said, *known])
    return blocks.table(_("住民の効果(1回の来庁あたり、中央値)"), columns, rows, unknown=_("記録なし"))


def _staff(items: list[DecisionView]) -> Block:
    columns = [_("改善案"), _("#年間件数(件)"), _("#1件あたり(分)"), _("#年間の時間(見込み)")]
    rows = [
        [
            item.heading,
            thousands(item.row.yearly_volume),
            item.row.staff_minutes,
            _("%(hours)s時間") % {"hours": thousands(item.effect.staff_hours)},
        ]
        for item in items
    ]
    return blocks.table(_("職員の効果(担当課の見込み)"), columns, rows)


def _measured_again(contents: PlanContents) -> dict[tuple[str, str], str]:
    """What the last re-survey measured where it is comparable, in words, by scenario and measure."""
    if contents.result is None:
        return {}
    survey = contents.result.survey
    later = Survey.objects.filter(engagement=survey.engagement_id, round__gt=survey.round)
    last = later.filter(versions__isnull=False).order_by("round").last()
    version = surveys.latest_version(last) if last else None
    if last is None or version is None:
        return {}
    first = surveys.latest_version(survey)
    measured = surveys.measures_of(version.content, before=first.content if first else None, survey=last)
    effect: dict[str, Any] = measured.get("effect", {})
    return {
        (scenario, name): words.amount(name, found[name]["after"])
        for scenario, found in effect.items()
        if found["comparable"]
        for name in words.MEASURES
    }


def refusal(item: DecisionView) -> list[tuple[str, str]]:
    """What the executive has to know before deciding: the owning section would rather not, and why. Else nothing."""
    if not item.row.refusal:
        return []
    section = item.row.owner_section or _("担当課")
    return [(_("%(section)sが見送りたい理由") % {"section": section}, item.row.refusal)]
