"""Bars: what two surveys measured, and what was written by hand or no longer had to be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from engagements.survey.plots.shapes import BeforeAfter, FieldWrites
from engagements.survey.plots.svg import (
    PAGE_WIDTH,
    Ground,
    Paper,
    Screen,
    ems,
    join,
    nothing_to_draw,
    swatch,
    tag,
    two_lines,
)

LONGEST_SHEET = 720  # units of height that fit on one A4 page with its caption
LABEL_WIDTH = 156
FIGURES_WIDTH = 170
SCREEN_ROOM = 0.68  # the bars' share of a chart; the figures stand beside them
SCREEN_PLOT = 480


@dataclass(frozen=True)
class Bar:
    """Start and end are shares of the scale, y and height are within the row; words stand at the end."""

    kind: str
    start: float
    end: float
    y: float
    height: float
    words: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Row:
    label: str
    spoken: str
    height: float
    bars: tuple[Bar, ...]


Keys = Sequence[tuple[str, str]]


def before_after_bars(
    rows: Sequence[BeforeAfter], before_label: str, after_label: str, *, for_screen: bool = False
) -> SafeString:
    """Each measure before (thin, grey) and after (full); what was promised is a hollow bar between them.

    Measures of one unit share a scale, so that lengths can be compared; bars of different units can't be.
    """
    names = {"was": before_label, "hollow": _("見込み"), "all": after_label}
    drawn = [_measure(row, _largest(rows, row.unit), names) for row in rows]
    used = {bar.kind for row in drawn for bar in row.bars}
    return _chart(drawn, [(kind, words) for kind, words in names.items() if kind in used], for_screen)


def writes_by_field(rows: Sequence[FieldWrites], *, for_screen: bool = False) -> SafeString:
    """How often each thing was written: solid by hand, hollow where writing was avoided."""
    most = max((row.written + row.avoided for row in rows), default=0) or 1
    drawn = [_field(row, most) for row in rows]
    return _chart(drawn, [("all", _("手で書いた")), ("hollow", _("書かずに済んだ"))], for_screen)


def _measure(row: BeforeAfter, largest: int, names: dict[str, str]) -> Row:
    values = {"was": row.before, "hollow": row.promised, "all": row.after}
    bars: list[Bar] = []
    said: list[str] = []
    y = 2.0
    for kind, value in values.items():
        if kind == "hollow" and value is None:
            continue
        height = 14 if kind == "all" else 9
        words = _("記録なし") if value is None else f"{value}{row.unit}"
        said.append(f"{names[kind]} {words}")
        words += _change(row) if kind == "all" else ""
        bars.append(Bar(kind, 0, (value or 0) / largest, y, height, words, strong=kind == "all"))
        y += height + 3
    return Row(row.label, f"{row.label} {'、'.join(said)}{_change(row)}", y + 9, tuple(bars))


def _field(row: FieldWrites, most: int) -> Row:
    words = _("%(count)s回") % {"count": row.written}
    if row.avoided:
        words += _("(書かずに済んだ %(count)s回)") % {"count": row.avoided}
    written, end = row.written / most, (row.written + row.avoided) / most
    hollow = (Bar("hollow", written, end, 2, 14, words),) if row.avoided else ()
    solid = Bar("all", 0, written, 2, 14, "" if hollow else words)
    return Row(row.label, f"{row.label} {words}", 26, (solid, *hollow))


def _largest(rows: Iterable[BeforeAfter], unit: str) -> int:
    values = [value for row in rows if row.unit == unit for value in (row.before, row.after, row.promised)]
    return max((value for value in values if value), default=1)


def _change(row: BeforeAfter) -> str:
    """Difference and share in brackets, the share to one decimal, half away from zero; empty when unknown."""
    if row.before is None or row.after is None:
        return ""
    change = row.after - row.before
    if change == 0:
        return " (±0)"
    share = _share(row, change)
    return f" ({change:+d}{'' if share is None else f', {share:+.1f}%'})".replace("-", "−")


def _share(row: BeforeAfter, change: int) -> Decimal | None:
    if row.change_share is not None:
        exact = Decimal(str(row.change_share)) * 100
    elif row.before:
        exact = Decimal(change) * 100 / row.before
    else:
        return None
    return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _chart(rows: Sequence[Row], keys: Keys, for_screen: bool) -> SafeString:
    if not rows:
        return nothing_to_draw(for_screen)
    if for_screen:
        return join(_pair(row) for row in rows) + _screen_key(keys)
    return join(_sheet(sheet, keys) for sheet in _sheets(rows))


def _sheets(rows: Sequence[Row]) -> list[list[Row]]:
    sheets: list[list[Row]] = [[]]
    for row in rows:
        if sum(one.height for one in sheets[-1]) + row.height > LONGEST_SHEET:
            sheets.append([])
        sheets[-1].append(row)
    return sheets


def _bars(ground: Ground, row: Row, y: float, room: float) -> list[SafeString]:
    shapes: list[SafeString] = []
    for bar in row.bars:
        if bar.end > bar.start:
            shapes.append(ground.bar(bar.kind, bar.start * room, bar.end * room, y + bar.y, bar.height))
        if bar.words:
            shapes.append(
                ground.text(
                    bar.end * room,
                    y + bar.y + bar.height / 2 + 4,
                    bar.words,
                    "tb" if bar.strong else "",
                    dx=6,
                )
            )
    return shapes


def _sheet(rows: Sequence[Row], keys: Keys) -> SafeString:
    spoken = "。".join(row.spoken for row in rows)
    ground, margin = (
        Paper(spoken, LABEL_WIDTH, PAGE_WIDTH - LABEL_WIDTH - FIGURES_WIDTH),
        Paper("", 0, PAGE_WIDTH),
    )
    y, shapes = 24.0, _paper_key(ground, keys)
    for row in rows:
        lines = two_lines(row.label, LABEL_WIDTH - 8, ground.size())
        shapes += [margin.text(0, y + 12 + 12 * line, words) for line, words in enumerate(lines)]
        shapes += _bars(ground, row, y, 1)
        y += max(row.height, 14 + 12 * len(lines))
    shapes.append(ground.line("axis", 0, 22, y - 4))
    return ground.sheet(y, spoken, shapes)


def _paper_key(ground: Paper, keys: Keys) -> list[SafeString]:
    shapes, x = [], 0.0
    for kind, words in keys:
        shapes.append(ground.bar(kind, x / ground.pixels, (x + 20) / ground.pixels, 3, 10))
        shapes.append(ground.text(x / ground.pixels, 12, words, dx=25))
        x += 25 + ems(words) * ground.size() + 12
    return shapes


def _pair(row: Row) -> SafeString:
    ground = Screen(SCREEN_PLOT)
    chart = ground.sheet(row.height, row.spoken, _bars(ground, row, 0, SCREEN_ROOM), title=row.label)
    return tag("div", {"class": "pair"}, tag("span", {"class": "small"}, row.label) + chart)


def _screen_key(keys: Keys) -> SafeString:
    return tag("p", {"class": "row key small soft"}, join(swatch(kind, words) for kind, words in keys))
