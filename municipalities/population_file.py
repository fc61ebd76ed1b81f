"""The ministry's table of residents (住民基本台帳に基づく人口), or any table with codes and one column of population."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from .cells import BadCell, as_typed, narrow, plain, read_count, read_day
from .codes import full_code, is_valid_code
from .registry_cells import MAX_POPULATION, UnfitCellError, shown
from .registry_rules import Fault
from .text import fold
from .workbooks import Book, Table, Unreadable, name_of, read_book

MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 200
#: So far down a heading may begin, and so many rows it may have.
HEADING_FROM, HEADING_ROWS = 15, 6
_CODE = re.compile("団体コード|市区町村コード|市町村コード|自治体コード|地域コード|^コード$")
_NAME = re.compile("市区町村名|市町村名|団体名|自治体名|都道府県名|^名称$|^市区町村$|^都道府県$")
_WHOLE = re.compile(r"(?:計|総数|合計|総計)(?:\(.*\))?|.*人口.*")
#: What stands in headings of other figures beside the population.
_OTHER = re.compile("男|女|世帯|増減|日本人|外国人|率|密度|転入|転出|出生|死亡|前年|年少|老年|年齢|歳|昼|夜")
_MOVEMENT = re.compile("動態|増減")
_DAY = re.compile(
    r"(?:(?:明治|大正|昭和|平成|令和|[MTSHR])\.?(?:元|\d{1,2})|\d{4})[年./-]\d{1,2}[月./-]\d{1,2}日?"
)
#: Where a row has one, the heading is over.
_NUMBER = re.compile("[0-9][0-9,]*")
#: Rows that bear no code: sums of the country.
_SUM = re.compile("合計|総計|全国|総数")
#: Numbers of the wards of designated cities, which are no local governments: 札幌市中央区 is 01101.
_WARD = re.compile("(?!13)[0-9]{2}1[0-9]{2}[0-9]")


@dataclass(frozen=True)
class Place:
    """A local government as the registry has it: the names under which a table may call it."""

    code: str
    full_name: str
    names: Sequence[str]


@dataclass(frozen=True)
class Parsed:
    """Population and its day by code, how many wards were left out, and the faults in the order of lines."""

    rows: dict[str, int] = field(default_factory=dict)
    day: date | None = None
    wards: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class _Columns:
    """Where the table has what, where its rows begin, and the whole heading of the figures."""

    first: int
    code: int
    population: int
    names: Sequence[int]
    heading: str


class _UnreadableError(Exception):
    """The file can't be read as such a table at all."""


def read(data: bytes, known: Mapping[str, Place], *, day: date | None = None) -> Parsed:
    """Reads a workbook or a CSV file (UTF-8 or CP932); ``day`` where the table does not say it. Raises nothing."""
    try:
        book = read_book(data)
        table, columns = _found(book)
        day = day or _day(table, columns)
    except (_UnreadableError, Unreadable) as refused:
        return Parsed(faults=[Fault(0, str(refused))])
    rows, wards, faults = _Reading(table, columns, known).done()
    if not rows and not faults:
        faults = [Fault(0, _("団体コードのある行がありません。"))]
    return Parsed(rows, day, wards, sorted(faults))


def _found(book: Book) -> tuple[Table, _Columns]:
    """The first sheet that has the columns; what the first one lacks where none has."""
    refused: _UnreadableError | None = None
    for place in sorted(range(len(book.sheets)), key=lambda at: (at != book.first, at)):
        table = book.table(place, most_rows=MOST_ROWS, most_columns=MOST_COLUMNS)
        try:
            return table, _columns(table)
        except _UnreadableError as error:
            refused = refused or error
    raise refused or _UnreadableError()


def _columns(table: Table) -> _Columns:
    texts = [[_heading(value) for value in row] for row in table.rows]
    places = (
        (y, x)
        for y, row in enumerate(texts[:HEADING_FROM])
        for x, text in enumerate(row)
        if _CODE.search(text)
    )
    top, code = next(places, (-1, -1))
    if top < 0:
        raise _UnreadableError(_("見出しに「団体コード」がありません。見出しのある表を選んでください。"))
    first = next((y for y, row in enumerate(texts) if y > top and any(map(_NUMBER.fullmatch, row))), 0)
    if not 0 < first - top <= HEADING_ROWS:
        raise _UnreadableError(_("見出しの下に、数のある行がありません。"))
    headings = _headings([row for y, row in enumerate(texts[:first]) if y >= top or _is_group(row, top - y)])
    found = [x for x, parts in enumerate(headings) if x != code and _is_population(parts)]
    if not found:
        raise _UnreadableError(
            _("見出しに人口の列がありません。「人口」か、その下に「計」のある列が要ります。")
        )
    if len(found) > 1:
        text = _("人口の列がいくつもあります(%(cells)s)。使う列だけを残してください。")
        raise _UnreadableError(text % {"cells": "、".join(name_of(top, x) for x in found)})
    heading = "".join(headings[found[0]])
    if "千人" in heading:
        raise _UnreadableError(_("千人単位の表です。1人単位の表を選んでください。"))
    names = [x for x, parts in enumerate(headings) if x != code and _NAME.search("".join(parts))]
    return _Columns(first, code, found[0], names, heading)


def _is_group(row: Sequence[str], above: int) -> bool:
    """Whether a row just above the code's heading holds groups of columns, and is no title."""
    return above <= 2 and sum(map(bool, row)) > 1


def _headings(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The parts of each column's heading, from the top; a part above several columns belongs to all of them."""
    parts: list[list[str]] = [[] for _column in rows[0]]
    for y, row in enumerate(rows):
        said = ""
        for x, own in enumerate(row):
            below = any(under[x] for under in rows[y + 1 :])
            said = own or (said if below else "")
            if said:
                parts[x].append(said)
    return parts


def _is_population(parts: Sequence[str]) -> bool:
    whole = "".join(parts)
    if "人口" not in whole or _MOVEMENT.search(whole):
        return False
    return bool(_WHOLE.fullmatch(parts[-1])) and not _OTHER.search(parts[-1])


def _day(table: Table, columns: _Columns) -> date:
    """The day in the heading of the figures, else the only one above the rows. Raises _UnreadableError."""
    days = set(_days(columns.heading))
    if len(days) != 1:
        days = {day for row in table.rows[: columns.first] for value in row for day in _days(_heading(value))}
    if len(days) != 1:
        raise _UnreadableError(
            _("いつの人口か分かりません。--on 2026-01-01 のように、基準日を付けてください。")
        )
    return days.pop()


def _days(text: str) -> Iterator[date]:
    for found in _DAY.findall(text):
        try:
            day = read_day(found)
        except BadCell:
            continue
        if day is not None:
            yield day


def _heading(value: Any) -> str:
    return narrow(as_typed(value))


def _figure(value: Any) -> str:
    return plain(as_typed(value))


class _Reading:
    """One pass over the rows below the heading."""

    def __init__(self, table: Table, columns: _Columns, known: Mapping[str, Place]) -> None:
        self.columns, self.known = columns, known
        self.lines = [
            (number, row) for number, row in enumerate(table.rows, start=1) if number > columns.first
        ]
        #: Where some codes have all six digits, those of five lost a zero; else the check digit may be left out.
        self.whole = any(re.fullmatch("[0-9]{6}", self._code(row)) for _number, row in self.lines)
        self.found: dict[str, int] = {}
        self.wards = 0

    def done(self) -> tuple[dict[str, int], int, list[Fault]]:
        faults = []
        for number, row in self.lines:
            try:
                self._take(row)
            except UnfitCellError as unfit:
                faults.append(Fault(number, str(unfit)))
        return self.found, self.wards, faults

    def _code(self, row: Sequence[Any]) -> str:
        return _figure(row[self.columns.code])

    def _take(self, row: Sequence[Any]) -> None:
        cell, figure = self._code(row), row[self.columns.population]
        if not _figure(figure):
            return
        if not re.fullmatch("[0-9]{4,6}", cell):
            if any(_SUM.search(_figure(value)) for value in row if isinstance(value, str)):
                return
            raise UnfitCellError(_("団体コード「%(cell)s」を読めません。") % {"cell": shown(cell)})
        codes = self._readings(cell)
        if not codes:
            text = _("団体コード「%(cell)s」は検査数字が合いません。番号を確かめてください。")
            raise UnfitCellError(text % {"cell": shown(cell)})
        place = self._place(codes, self._names(row))
        if place is None:
            self.wards += 1
            return
        if place.code in self.found:
            raise UnfitCellError(
                _("%(town)sの行が2つあります。1つにしてください。") % {"town": place.full_name}
            )
        try:
            self.found[place.code] = read_count(figure, most=MAX_POPULATION) or 0
        except BadCell as unclear:
            raise UnfitCellError(_("人口%(said)s") % {"said": unclear}) from unclear

    def _readings(self, cell: str) -> list[str]:
        if len(cell) == 6:
            return [cell] if is_valid_code(cell) else []
        codes = [cell.zfill(6)] if self.whole else [cell.zfill(6), full_code(cell.zfill(5))]
        return [code for code in codes if is_valid_code(code)]

    def _names(self, row: Sequence[Any]) -> list[str]:
        return [name for x in self.columns.names if (name := fold(_figure(row[x])))]

    def _place(self, codes: Sequence[str], names: Sequence[str]) -> Place | None:
        """What the code means, the name deciding between two readings; None for a ward. Raises UnfitCellError."""
        places = [self.known[code] for code in codes if code in self.known]
        if not places and any(_WARD.fullmatch(code) for code in codes):
            return None
        if not places:
            text = _("団体コード「%(cell)s」は登録にありません。import_registry で登録を新しくしてください。")
            raise UnfitCellError(text % {"cell": codes[0]})
        named = [place for place in places if _is_called(place, names)] if names else places
        shown_places = "、".join(f"{place.full_name}({place.code})" for place in places)
        if not named:
            text = _("団体コードは%(towns)sのものですが、表では「%(name)s」です。どちらかを直してください。")
            raise UnfitCellError(text % {"towns": shown_places, "name": shown(names[0])})
        if len(named) > 1:
            text = _("団体コードは%(towns)sのどちらとも読めます。6けたで書いてください。")
            raise UnfitCellError(text % {"towns": shown_places})
        return named[0]


def _is_called(place: Place, names: Sequence[str]) -> bool:
    """A table may put the county or the prefecture before the name."""
    return any(name.endswith(fold(own)) for name in names for own in place.names)
