"""A whole sheet: a route as head and rows, and what was typed as a route again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from engagements.survey.grid import heads, visits
from engagements.survey.grid.cells import Shown
from engagements.survey.grid.columns import BY_KEY, COLUMNS, Column
from engagements.survey.grid.heads import HEAD, ROUTE_FIELDS, HeadField

PREFIX = "visits"
FIRST_ROWS = 8
MORE_ROWS = 8
MOST_ROWS = 120
Faults = dict[str, str]
Post = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One input: ``name`` in the form, what it shows, and the sentence where it has to be mended."""

    column: Column | HeadField
    name: str
    value: str
    locked: str = ""
    fault: str = ""
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """``source`` is the place of the visit in the edited version; empty for a new row."""

    number: int | str
    name: str
    source: str
    deleted: bool
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence for the list above the grid; ``target`` is the id of the cell, empty for the whole."""

    target: str
    where: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page shows."""

    head: Sequence[Cell]
    rows: Sequence[Row]
    model: Row
    problems: Sequence[Problem] = ()

    @property
    def locked(self) -> bool:
        """Whether some cell is shown only."""
        return any(cell.locked for row in self.rows for cell in row.cells) or any(
            cell.locked for cell in self.head if cell.name != "day"
        )


@dataclass(frozen=True, slots=True)
class Edited:
    """The route after what was typed; with ``faults`` (by name of the cell) it must not be saved."""

    route: dict[str, Any]
    faults: Faults = field(default_factory=dict)
    rows: Sequence[int] = ()


def blank_route(id: str, scenario: str) -> dict[str, Any]:
    return {"id": id, "scenario": scenario}


def show(
    route: Mapping[str, Any],
    scenario: Mapping[str, Any],
    held_on: date,
    *,
    typed: Post | None = None,
    faults: Faults | None = None,
    more: bool = False,
    whole: Sequence[str] = (),
) -> Sheet:
    """The sheet of a route; ``typed`` stands over what is recorded, so that nothing typed is lost."""
    posted, found = typed or {}, faults or {}
    setting = heads.setting_of(route, scenario, heads.day_of(route, held_on))
    recorded = [visits.show_visit(visit, setting) for visit in route.get("visits") or ()]
    shown = heads.show_head(route, held_on)
    head = [_cell(item, item.key, shown[item.key], posted, found, str(item.label)) for item in HEAD]
    total = _total(typed) if typed is not None else max(FIRST_ROWS, len(recorded) + 2)
    rows = [
        _row(n, recorded, posted, found) for n in range(min(MOST_ROWS, total + (MORE_ROWS if more else 0)))
    ]
    if typed is None:
        rows = [_row(n, recorded, _sources(len(recorded)), found) for n in range(min(MOST_ROWS, total))]
    return Sheet(head, rows, _row("__prefix__", [], {}, {}), _problems(head, rows, found, whole))


def _sources(number: int) -> dict[str, str]:
    return {f"{PREFIX}-{n}-source": str(n) for n in range(number)}


def _total(posted: Post | None) -> int:
    text = (posted or {}).get(f"{PREFIX}-TOTAL_FORMS", "0")
    return min(int(text), MOST_ROWS) if re.fullmatch(r"[0-9]{1,4}", text) else 0


def _row(n: int | str, recorded: Sequence[dict[str, Shown]], posted: Post, faults: Faults) -> Row:
    name = f"{PREFIX}-{n}"
    source = posted.get(f"{name}-source", "")
    visit = _pick(recorded, source)
    shown = visit or {}
    number = n + 1 if isinstance(n, int) else ""
    spoken = _("%(row)s行目") % {"row": number} if number else _("新しい行")
    cells = [
        _cell(
            column,
            f"{name}-{column.key}",
            shown.get(column.key, Shown()),
            posted,
            faults,
            f"{spoken} {column.label}",
        )
        for column in COLUMNS
    ]
    return Row(number, name, source if visit else "", bool(posted.get(f"{name}-delete")), cells)


def _pick(items: Sequence[Any], source: str) -> Any:
    return items[int(source)] if re.fullmatch(r"[0-9]{1,6}", source) and int(source) < len(items) else None


def _cell(
    column: Column | HeadField, name: str, shown: Shown, posted: Post, faults: Faults, spoken: str
) -> Cell:
    value = shown.value if shown.locked and name not in faults else posted.get(name, shown.value)
    return Cell(column, name, value, shown.locked, faults.get(name, ""), spoken)


def _problems(
    head: Sequence[Cell], rows: Sequence[Row], faults: Faults, whole: Sequence[str]
) -> list[Problem]:
    cells = [*head, *(cell for row in rows for cell in row.cells)]
    known = [Problem(f"id_{cell.name}", cell.spoken, cell.fault) for cell in cells if cell.fault]
    names = {cell.name for cell in cells}
    rest = [Problem("", "", sentence) for name, sentence in faults.items() if name not in names]
    return [*known, *rest, *(Problem("", "", sentence) for sentence in whole)]


def edit(route: Mapping[str, Any], scenario: Mapping[str, Any], held_on: date, posted: Post) -> Edited:
    """The route after what was typed. The one given is not touched; nothing is guessed from a cell with a fault."""
    made: dict[str, Any] = deepcopy(dict(route))
    new = set(made) <= {"id", "scenario"}
    day, faults = heads.edit_head(made, posted, held_on)
    setting = heads.setting_of(made, scenario, day)
    rows = _typed_visits(made, setting, posted, faults)
    ordered = _in_order(rows)
    visited = [visit for _number, visit in ordered]
    if visited != (made.get("visits") or []):
        visits.put(made, "visits", visited or None)
    if new:
        made = {name: made[name] for name in ROUTE_FIELDS if name in made}
    return Edited(made, faults, [number for number, _visit in ordered])


def _typed_visits(
    route: dict[str, Any], setting: visits.Setting, posted: Post, faults: Faults
) -> list[tuple[int, Any]]:
    recorded = route.get("visits") or []
    rows: list[tuple[int, Any]] = []
    used: set[str] = set()
    for n in range(_total(posted)):
        name = f"{PREFIX}-{n}"
        typed = {key: posted[f"{name}-{key}"] for key in BY_KEY if f"{name}-{key}" in posted}
        source = posted.get(f"{name}-source", "")
        visit = _pick(recorded, source) if source not in used else None
        used.add(source)
        if posted.get(f"{name}-delete") or (visit is None and visits.is_empty(typed)):
            continue
        if visit is None:
            visit, found = visits.new_visit(typed, setting)
        else:
            found = visits.edit_visit(visit, typed, setting)
        faults |= {f"{name}-{key}": sentence for key, sentence in found.items()}
        rows.append((n, visit))
    _keep_what_was_not_sent(recorded, used, rows)
    return rows


def _keep_what_was_not_sent(recorded: Sequence[Any], used: set[str], rows: list[tuple[int, Any]]) -> None:
    """Rows that the form did not hold (too many for one page) stay as they are."""
    rows += [(-1, visit) for index, visit in enumerate(recorded) if str(index) not in used]


def _in_order(rows: Sequence[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """By arrival, as the format wants it: a row typed later finds its place, one without a time follows its neighbour."""
    keyed, last = [], ""
    for number, visit in rows:
        last = _arrival(visit) or last
        keyed.append((last, number, visit))
    return [(number, visit) for _key, number, visit in sorted(keyed, key=lambda row: row[0])]


def _arrival(visit: Mapping[str, Any]) -> str:
    queued = visit.get("queued_at")
    return f"{datetime.fromisoformat(queued).timestamp():020.0f}" if queued else ""


def place_faults(found: Sequence[tuple[str, str]], edited: Edited) -> tuple[Faults, list[str]]:
    """Faults of the document by the cell that shows the value; what no cell shows stays a sentence of its own."""
    faults: Faults = {}
    rest: list[str] = []
    for path, sentence in found:
        name = _cell_of(path, edited)
        if name:
            faults.setdefault(name, sentence)
        else:
            rest.append(f"{path}: {sentence}")
    return faults, rest


HEAD_FIELDS = {"started_at": "started", "finished_at": "ended_at", "team": "team"}
VISIT_CELLS = {column.field: column.key for column in COLUMNS if column.field} | {"procedures": "procedures"}


def _cell_of(path: str, edited: Edited) -> str:
    found = re.fullmatch(r"routes\[[0-9]+\]\.(?:visits\[([0-9]+)\]\.)?([a-z_]+).*", path)
    if not found:
        return ""
    if found[1] is None:
        return HEAD_FIELDS.get(found[2], "")
    row = edited.rows[int(found[1])] if int(found[1]) < len(edited.rows) else -1
    key = VISIT_CELLS.get(found[2], "")
    return f"{PREFIX}-{row}-{key}" if key and row >= 0 else ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that reads otherwise in what is stored now than in what was typed."""

    where: str
    stored: str
    typed: str


def differences(stored: Sheet, typed: Sheet) -> list[Difference]:
    """Cell by cell, row by row as they stand on the two sheets."""
    pairs = list(zip(stored.head, typed.head, strict=True))
    for one, other in zip(stored.rows, typed.rows, strict=False):
        pairs += zip(one.cells, other.cells, strict=True)
    for row in typed.rows[len(stored.rows) :]:
        pairs += [(Cell(cell.column, "", ""), cell) for cell in row.cells]
    return [
        Difference(mine.spoken, words_of(theirs), words_of(mine))
        for theirs, mine in pairs
        if theirs.value.strip() != mine.value.strip()
    ]


def words_of(cell: Cell) -> str:
    """A cell as people read it: a choice by its label."""
    options = (
        {str(code): str(label) for code, label in cell.column.options} if cell.column.kind == "choice" else {}
    )
    return options.get(cell.value, cell.value)
