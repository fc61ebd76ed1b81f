"""What a sheet gives under a mapping, before anything is kept: routes, and every fault with its cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from engagements.survey.foreign.cells import team_of, understand
from engagements.survey.foreign.tables import Span, Table, as_above, filled
from engagements.survey.foreign.words import TOTALS, targets
from engagements.survey.grid import sheet as grid
from engagements.survey.grid.columns import COLUMNS
from engagements.survey.grid.heads import HEAD
from engagements.survey.measures import MEASURES
from engagements.survey.scenarios import free_id
from engagements.survey.words import team_name
from municipalities.cells import BadCell, Choice
from municipalities.workbooks import name_of

Route = dict[str, Any]
#: What a merged cell says of all of its rows. A count or a remark in one is said once.
SHARED = ("h:team", "h:day", "v:counter", "v:section", "v:building", "v:floor")


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence for a cell of the sheet: ``C4``; empty where it is about a row or the whole.

    ``cause`` is the same for all cells with the same fault; ``typed`` stands in the cell.
    """

    cell: str
    sentence: str
    cause: str = ""
    typed: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One cause with all of its cells."""

    cause: str
    faults: Sequence[Fault]

    @property
    def cells(self) -> str:
        return ",".join(fault.cell for fault in self.faults if fault.cell)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a sheet is read: where its heading is, what each column is, which rows are left out (counted from 0).

    ``spans`` are merged cells; ``one_form``: a visit where something was written and no form is counted had one.
    """

    layout: str
    heading: int = 0
    depth: int = 1
    mapping: Sequence[str] = ()
    skipped: frozenset[int] = frozenset()
    one_form: bool = False
    spans: Sequence[Span] = ()

    @property
    def first(self) -> int:
        return self.heading + self.depth


@dataclass(slots=True)
class Made:
    """A route, and how its parts lead back to the cells they came from."""

    route: Route
    rows: Sequence[int]
    edited: grid.Edited | None = None


@dataclass(slots=True)
class Looked:
    """What a reading makes of a sheet, before anything is kept."""

    made: list[Made] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    before: int = 0

    @property
    def routes(self) -> list[Route]:
        return [one.route for one in self.made]

    @property
    def groups(self) -> list[Group]:
        """Faults by their cause, in the order in which they were met; a cell is named once a cause."""
        found: dict[str, dict[str, Fault]] = {}
        for fault in self.faults:
            found.setdefault(fault.cause or fault.sentence, {}).setdefault(fault.cell, fault)
        return [Group(cause, list(faults.values())) for cause, faults in found.items()]

    def place(self, path: str, sentence: str) -> Fault:
        """A fault of the document at the cell that its value came from, else with its team and row in words."""
        found = re.match(r"routes\[([0-9]+)\](?:\.visits\[([0-9]+)\])?", path)
        if not found or not 0 <= (at := int(found[1]) - self.before) < len(self.made):
            return Fault("", f"{path}: {sentence}")
        one = self.made[at]
        names = grid.place_faults([(path, sentence)], one.edited)[0] if one.edited else {}
        cell = next((_cell_of(name, one.rows, self.columns) for name in names), "")
        if cell:
            return Fault(cell, sentence, sentence)
        team = team_name(one.route.get("team"), one.route["id"])
        where = _("%(team)sの%(row)s行目") % {"team": team, "row": int(found[2]) + 1} if found[2] else team
        return Fault("", f"{where}: {sentence}", sentence)


def look(
    table: Table,
    reading: Reading,
    *,
    scenario: Mapping[str, Any],
    held_on: date,
    taken: Sequence[str],
) -> Looked:
    """The routes that a sheet gives, with every fault. Keeps nothing."""
    looked = Looked(before=len(taken))
    looked.columns = {name: place for place, name in enumerate(reading.mapping) if name}
    words = dict(targets(reading.layout))
    for name, times in Counter(filter(None, reading.mapping)).items():
        if times > 1:
            text = _("「%(word)s」の列が%(times)dつあります。1つにしてください。")
            looked.faults.append(Fault("", text % {"word": words[name], "times": times}))
    if "h:team" not in looked.columns:
        looked.faults.append(Fault("", _("「班」の列を選んでください。")))
        return looked
    whose = {place for name, place in looked.columns.items() if name in SHARED}
    read = filled(as_above(table, reading.first), reading.spans, whose)
    return _Looking(looked, read, reading, scenario, held_on).done(taken)


class _Looking:
    """One pass over the rows of a sheet."""

    def __init__(
        self, looked: Looked, table: Table, reading: Reading, scenario: Mapping[str, Any], held_on: date
    ) -> None:
        self.looked, self.table, self.reading = looked, table, reading
        self.scenario, self.held_on = scenario, held_on
        self.unread: set[str] = set()

    def done(self, taken: Sequence[str]) -> Looked:
        ids = list(taken)
        for rows in self._teams():
            id = free_id("r", ids)
            ids.append(id)
            route = grid.blank_route(id, self.scenario["id"])
            make = self._totals if self.reading.layout == TOTALS else self._visits
            self.looked.made.append(make(route, rows))
        if not self.looked.made and not self.looked.faults:
            self.looked.faults.append(Fault("", _("見出しの下に行がありません。")))
        return self.looked

    def _teams(self) -> Iterator[list[int]]:
        """Rows of the same team and day; a row that does not say them has those of the row above, as merged cells do."""
        rows: list[tuple[str, str, int]] = []
        team = day = ""
        for y in range(self.reading.first, len(self.table)):
            if y in self.reading.skipped or not any(self.table[y]):
                continue
            said = team_of(self._text(y, "h:team"))
            day = self._value(y, "h:day") or (day if said in ("", team) else "")
            team = said or team
            rows.append((team, day, y))
        known = {one: day for one, day, _y in reversed(rows) if day}
        groups: dict[tuple[str, str], list[int]] = {}
        for one, day, y in rows:
            groups.setdefault((one, day or known.get(one, "")), []).append(y)
        yield from groups.values()

    def _text(self, y: int, name: str) -> str:
        place = self.looked.columns.get(name)
        return "" if place is None else self.table[y][place]

    def _value(self, y: int, name: str) -> str:
        """What would be typed into the grid; a cell that can't be read is a fault, and then nothing."""
        text = self._text(y, name)
        try:
            return understand(name, text, self.held_on).value
        except BadCell as refusal:
            cell = name_of(y, self.looked.columns[name])
            if cell not in self.unread:
                fault = Fault(cell, str(refusal), refusal.cause, text, refusal.choices)
                self.looked.faults.append(fault)
                self.unread.add(cell)
            return ""

    def _head(self, rows: Iterable[int]) -> dict[str, str]:
        """What the team's rows say of the whole route: the first value of each column."""
        keys = [item.key for item in HEAD if f"h:{item.key}" in self.looked.columns]
        return {key: value for key in keys if (value := self._first(rows, f"h:{key}"))}

    def _first(self, rows: Iterable[int], name: str) -> str:
        return next((value for y in rows if (value := self._value(y, name))), "")

    def _visits(self, route: Route, rows: list[int]) -> Made:
        posted = self._head(rows) | {f"{grid.PREFIX}-TOTAL_FORMS": str(len(rows))}
        for n, y in enumerate(rows):
            cells = {
                column.key: self._value(y, f"v:{column.key}") for column in COLUMNS if self._has(column.key)
            }
            if self.reading.one_form and not (cells.get("forms") or cells.get("names")) and _writes(cells):
                cells["forms"] = "1"
            posted |= {f"{grid.PREFIX}-{n}-{key}": value for key, value in cells.items()}
        if len(rows) > grid.MOST_ROWS:
            text = _("1つの班は%(most)d行までです。班を分けてください。") % {"most": grid.MOST_ROWS}
            self._blame(rows[grid.MOST_ROWS], "h:team", text)
        edited = grid.edit(route, self.scenario, self.held_on, posted)
        for name, sentence in edited.faults.items():
            if self._follows(name, rows):
                continue
            self.looked.faults.append(
                Fault(_cell_of(name, rows, self.looked.columns), sentence, sentence, self._typed(name, rows))
            )
        if not edited.route.get("visits") and not edited.faults:
            self._blame(
                rows[0], "h:team", _("この班に、窓口の記録がありません。窓口や時刻の列を選んでください。")
            )
        return Made(_with_start(edited.route), rows, edited)

    def _follows(self, name: str, rows: Sequence[int]) -> bool:
        """Whether writings lack their form only because its cell can't be read: that is one fault, not four."""
        found = re.fullmatch(rf"{grid.PREFIX}-([0-9]+)-(w_.+|avoided)", name)
        if not found:
            return False
        at = [self.looked.columns[key] for key in ("v:forms", "v:names") if key in self.looked.columns]
        return any(name_of(rows[int(found[1])], place) in self.unread for place in at)

    def _has(self, key: str) -> bool:
        return f"v:{key}" in self.looked.columns

    def _blame(self, y: int, name: str, sentence: str) -> None:
        cell = name_of(y, self.looked.columns[name])
        self.looked.faults.append(Fault(cell, sentence, sentence, self._text(y, name)))

    def _typed(self, name: str, rows: Sequence[int]) -> str:
        found = re.fullmatch(rf"{grid.PREFIX}-([0-9]+)-(.+)", name)
        return self._text(rows[int(found[1])], f"v:{found[2]}") if found else self._text(rows[0], f"h:{name}")

    def _totals(self, route: Route, rows: list[int]) -> Made:
        """A team's own row of totals; the format keeps times in seconds."""
        said = self._head(rows)
        values = {
            name: self._value(rows[0], f"t:{name}") for name in MEASURES if f"t:{name}" in self.looked.columns
        }
        totals = {name: int(value) for name, value in values.items() if value}
        if len(rows) > 1:
            text = _("同じ班の行が2つあります。班の名前を分けてください。")
            self._blame(rows[1], "h:team", text)
        route |= {name: said[name] for name in ("team", "ended", "actor", "blind") if name in said}
        return Made(route | {"totals": totals}, rows)


def _writes(cells: Mapping[str, str]) -> bool:
    return any(value for key, value in cells.items() if key.startswith("w_") or key == "avoided")


def _with_start(route: Route) -> Route:
    """A sheet without the start of the route begins with the first arrival; the page says so."""
    arrivals = [visit["queued_at"] for visit in route.get("visits") or () if visit.get("queued_at")]
    if route.get("started_at") or not arrivals:
        return route
    return route | {"started_at": min(arrivals, key=datetime.fromisoformat)}


def _cell_of(name: str, rows: Sequence[int], columns: Mapping[str, int]) -> str:
    """The cell of the sheet that a cell of the grid came from."""
    found = re.fullmatch(rf"{grid.PREFIX}-([0-9]+)-(.+)", name)
    y, column = (rows[int(found[1])], f"v:{found[2]}") if found else (rows[0], f"h:{name}")
    return name_of(y, columns[column]) if column in columns else ""
