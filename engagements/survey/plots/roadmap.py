"""The plan's steps over the fiscal years (April to March)."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from engagements.survey.plots.shapes import RoadmapRow
from engagements.survey.plots.svg import (
    PAGE_WIDTH,
    SCREEN_CLASSES,
    Ground,
    Paper,
    Screen,
    ems,
    join,
    nothing_to_draw,
    shorten,
    tag,
    two_lines,
)
from municipalities.dates import era_date, fiscal_year_label

STEPS_A_SHEET = 18
LABEL_WIDTH = 190
STEP_HEIGHT = 40
HEAD_HEIGHT = 22
SCREEN_STEP = 24
LEAST_BAR = 0.006  # share of the axis: a step of one day still has to be seen
SCREEN_PLOT = 600
POINT = "M0-7l7 7-7 7-7-7z"


def roadmap(
    rows: Sequence[RoadmapRow], fiscal_years: Sequence[int], *, for_screen: bool = False
) -> SafeString:
    """Steps as bars over fiscal years; a step without an end is a point, one without a start is put in words.

    `fiscal_years` are the years shown (2026 begins on 1 April 2026). A step that reaches beyond them is cut
    at the edge; one that lies outside altogether is put in words.
    """
    if not rows or not fiscal_years:
        return nothing_to_draw(for_screen)
    if for_screen:
        return _screen(rows, fiscal_years)
    sheets = [rows[at : at + STEPS_A_SHEET] for at in range(0, len(rows), STEPS_A_SHEET)]
    return join(_sheet(sheet, fiscal_years) for sheet in sheets)


def step_words(row: RoadmapRow) -> str:
    """A step in words: what, who, from when to when."""
    return f"{row.label} {row.owner or _('担当は未定')} {_period(row)}"


def _period(row: RoadmapRow) -> str:
    if row.start is None:
        return _("時期は未定")
    start = era_date(row.start, weekday=False)
    if row.end is None or row.end == row.start:
        return start
    return _("%(start)sから%(end)sまで") % {"start": start, "end": era_date(row.end, weekday=False)}


def _share(day: date, years: Sequence[int]) -> float:
    """Where a day lies on the axis, 0 to 1; days outside count as the edge."""
    first, last = date(min(years), 4, 1), date(max(years) + 1, 4, 1)
    return min(max((day - first) / (last - first), 0), 1)


def _grid(ground: Ground, years: Sequence[int], top: float, bottom: float) -> list[SafeString]:
    shapes = []
    for year in range(min(years), max(years) + 1):
        for month in (4, 7, 10, 13):
            at = _share(date(year + month // 13, month % 12 if month == 13 else month, 1), years)
            shapes.append(
                ground.line("axis" if month == 4 else "grid", at, top - (6 if month == 4 else 0), bottom)
            )
    return [*shapes, ground.line("axis", 1, top - 6, bottom)]


def _heads(ground: Ground, years: Sequence[int], y: float) -> list[SafeString]:
    """Names of the fiscal years over their columns, without the western year where that does not fit."""
    room = ground.pixels / (max(years) - min(years) + 1) - 8
    shapes = []
    for year in range(min(years), max(years) + 1):
        label = fiscal_year_label(year)
        words = (
            label if ems(label) * ground.size() <= room else shorten(label.split("(")[0], room, ground.size())
        )
        shapes.append(ground.text(_share(date(year, 4, 1), years), y, words, "t2", dx=4))
    return shapes


def _step(ground: Ground, row: RoadmapRow, years: Sequence[int], y: float) -> list[SafeString]:
    last = row.end or row.start
    if row.start is None or last is None or not _shown(row.start, last, years):
        return [ground.text(0, y + 15, _period(row), "t2", dx=6)]
    start, end = _share(row.start, years), _share(last + timedelta(days=1), years)
    if row.end is None:
        return [_point(ground, start, y + 11)]
    return [ground.bar("served", start, min(max(end, start + LEAST_BAR), 1), y + 4, 14)]


def _shown(start: date, end: date, years: Sequence[int]) -> bool:
    return start < date(max(years) + 1, 4, 1) and end >= date(min(years), 4, 1)


def _point(ground: Ground, at: float, y: float) -> SafeString:
    if isinstance(ground, Paper):
        return tag("path", {"d": POINT, "fill": "#0017c1", "transform": f"translate({ground.x(at)} {y})"})
    shape = tag("path", {"d": POINT, "class": SCREEN_CLASSES["served"]})
    return tag("svg", {"x": ground.x(at), "y": y, "overflow": "visible"}, shape)


def _sheet(rows: Sequence[RoadmapRow], years: Sequence[int]) -> SafeString:
    spoken = "。".join([_("工程表"), *map(step_words, rows)])
    ground, margin = Paper(spoken, LABEL_WIDTH, PAGE_WIDTH - LABEL_WIDTH - 1), Paper("", 0, PAGE_WIDTH)
    bottom = HEAD_HEIGHT + STEP_HEIGHT * len(rows)
    shapes = _grid(ground, years, HEAD_HEIGHT, bottom) + _heads(ground, years, HEAD_HEIGHT - 6)
    for number, row in enumerate(rows):
        y = HEAD_HEIGHT + STEP_HEIGHT * number
        lines = [*two_lines(row.label, LABEL_WIDTH - 10, 10), shorten(row.owner, LABEL_WIDTH - 10, 10)]
        roles = ["", "", "t2"][-len(lines) :]
        for line, (words, role) in enumerate(zip(lines, roles, strict=True)):
            shapes.append(margin.text(0, y + 12 + 12 * line, words, role))
        shapes += _step(ground, row, years, y)
    return ground.sheet(bottom + 2, spoken, shapes)


def _screen(rows: Sequence[RoadmapRow], years: Sequence[int]) -> SafeString:
    ground = Screen(SCREEN_PLOT)
    heads = join(_heads(ground, years, 17))
    lanes = [_lane(tag("span", {}), tag("svg", {"class": "chart", "aria-hidden": "true"}, heads))]
    for row in rows:
        shapes = _grid(ground, years, 0, SCREEN_STEP) + _step(ground, row, years, 1)
        label = tag("p", {}, row.label) + tag("p", {"class": "soft"}, row.owner)
        chart = ground.sheet(SCREEN_STEP, step_words(row), shapes, title=row.label)
        lanes.append(_lane(tag("div", {"class": "small"}, label), chart))
    return tag("div", {"class": "lanes"}, join(lanes))


def _lane(beside: SafeString, chart: SafeString) -> SafeString:
    return tag("div", {"class": "lane ax"}, beside + chart)
