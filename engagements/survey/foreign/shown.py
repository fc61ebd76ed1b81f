"""What the page shows of a reading: the sheet, its columns with what would be stored, sums, faults by cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openpyxl.utils import get_column_letter

from engagements.survey.foreign.cells import kind_of, understand
from engagements.survey.foreign.guessing import Guess
from engagements.survey.foreign.looking import Group, Looked, Reading
from engagements.survey.foreign.tables import Table, as_above, headings_of, sums_of
from engagements.survey.grid.papers import forms_of
from engagements.survey.words import MEASURES, team_name
from municipalities.cells import BadCell, read_count
from municipalities.workbooks import place_of

SAMPLES = 3
#: Rows of the sheet that the page repeats above and below what it leaves out.
ROWS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ColumnShown:
    """One column: what stands in it, what it is taken for, what would be stored, how many cells can't be."""

    letter: str
    heading: str
    typed: Sequence[str]
    chosen: str
    stored: Sequence[tuple[str, bool]]
    how: str
    bad: int


@dataclass(frozen=True, slots=True)
class SumShown:
    """A row of sums: left out or not, its figures, and whether the rows above add up to them (None: not a sum)."""

    number: int
    label: str
    figures: Sequence[str]
    skipped: bool
    adds_up: bool | None


@dataclass(frozen=True, slots=True)
class RowShown:
    """A row of the sheet as the page repeats it; ``kind`` is a class of the style sheet."""

    number: int
    cells: Sequence[str]
    kind: str
    gap: tuple[int, int] | None = None

    @property
    def title(self) -> str:
        """The only words of a row above the heading, which stand over all columns."""
        words = [cell for cell in self.cells if cell]
        return words[0] if self.kind == "x-no" and len(words) == 1 else ""


def columns(table: Table, reading: Reading, guesses: Sequence[Guess], held_on: date) -> list[ColumnShown]:
    headings = headings_of(table, reading.heading, reading.depth)
    body = [
        row
        for y, row in enumerate(as_above(table, reading.first))
        if y >= reading.first and y not in reading.skipped
    ]
    shown = []
    for x, parts in enumerate(headings):
        name = reading.mapping[x] if x < len(reading.mapping) else ""
        cells = [row[x] for row in body if row[x]]
        stored = [_stored(name, text, held_on) for text in cells] if name else []
        how = guesses[x].how if guesses[x].name == name else "chosen"
        shown.append(
            ColumnShown(
                get_column_letter(x + 1),
                " ".join(parts),
                _some(cells),
                name,
                _some(stored),
                how,
                sum(bad for _text, bad in stored),
            )
        )
    return shown


def _some(values: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(values))[:SAMPLES]


def _stored(name: str, text: str, held_on: date) -> tuple[str, bool]:
    try:
        return understand(name, text, held_on).shown, False
    except BadCell:
        return text, True


def sums(table: Table, reading: Reading) -> list[SumShown]:
    found = sums_of(table, reading.first)
    return [
        SumShown(
            y + 1,
            next(cell for cell in table[y] if cell),
            [cell for cell in table[y][1:] if cell],
            y in reading.skipped,
            _adds_up(table, reading, y, set(found)),
        )
        for y in found
    ]


def _adds_up(table: Table, reading: Reading, y: int, others: set[int]) -> bool | None:
    """Whether every count above adds up to what the row says; None where it is no sum or has no counts."""
    if "計" not in next(cell for cell in table[y] if cell):
        return None
    counts = [
        x for x, name in enumerate(reading.mapping) if name and kind_of(name) == "count" and table[y][x]
    ]
    if not counts:
        return None
    return all(
        _number(table[y][x])
        == sum(_number(table[at][x]) for at in range(reading.first, y) if at not in others)
        for x in counts
    )


def _number(text: str) -> int:
    try:
        return read_count(text) or 0
    except BadCell:
        return 0


def rows(table: Table, reading: Reading) -> list[RowShown]:
    """The beginning of the sheet, its sums and its end, with what is left out between them in one line."""
    sums = set(sums_of(table, reading.first))
    wanted = sorted({*range(min(reading.first + ROWS_SHOWN, len(table))), *sums, len(table) - 1})
    shown: list[RowShown] = []
    for place, y in enumerate(wanted):
        before = wanted[place - 1] if place else -1
        gap = (before + 2, y) if y - before > 1 else None
        shown.append(RowShown(y + 1, table[y], _kind(y, reading, sums), gap))
    return shown


def _kind(y: int, reading: Reading, sums: set[int]) -> str:
    if y < reading.heading:
        return "x-no"
    if y < reading.first:
        return "x-hd"
    return "x-sum" if y in reading.skipped and y in sums else ""


def mended(table: Table, fixes: Mapping[str, str]) -> Table:
    """The table with other values in these cells: ``{"H8": "11:12"}``. Cells that it does not have are left out."""
    made = [list(row) for row in table]
    for cell, text in fixes.items():
        place = place_of(cell)
        if place and place[0] < len(made) and place[1] < len(made[place[0]]):
            made[place[0]][place[1]] = text
    return made


def groups(table: Table, looked: Looked) -> list[dict[str, Any]]:
    """Faults by cause, each cell with what stands in it."""
    return [_group(table, group) for group in looked.groups]


def _group(table: Table, group: Group) -> dict[str, Any]:
    cells = [
        {"cell": fault.cell, "typed": table[place[0]][place[1]], "choices": fault.choices}
        for fault in group.faults
        if (place := place_of(fault.cell))
    ]
    rest = [fault.sentence for fault in group.faults if not fault.cell]
    return {"cause": group.cause, "cells": cells, "names": group.cells, "rest": rest}


def row_of(route: Mapping[str, Any]) -> dict[str, Any]:
    """A route in a line, as it would be kept."""
    visits = route.get("visits") or []
    forms = [form for visit in visits for form in forms_of(visit)]
    return {
        "team": team_name(route.get("team"), route["id"]),
        "started": route.get("started_at", "")[11:16],
        "visits": len(visits),
        "forms": len(forms),
        "writes": sum(
            write["times"]
            for form in forms
            for write in form.get("writes") or ()
            if write.get("how", "written") == "written"
        ),
        "observations": sum(len(holder.get("observations") or ()) for holder in (route, *visits)),
        "totals": route.get("totals"),
    }


def totals(routes: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """For each team of a sheet of totals, its measures as they would be kept: 所要時間 90分."""
    return [
        (
            team_name(route.get("team"), route["id"]),
            [f"{MEASURES[name].label} {_measured(name, value)}" for name, value in route["totals"].items()],
        )
        for route in routes
        if route.get("totals") is not None
    ]


def _measured(name: str, value: int) -> str:
    text = f"{value // 60}分{value % 60}秒" if name.endswith("_s") else str(value)
    return understand(f"t:{name}", text, date.min).shown
