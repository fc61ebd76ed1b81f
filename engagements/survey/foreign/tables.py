"""The sheet as the page carries it along: cells as text, which rows are its heading, which are sums."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from typing import Final

from django.utils.translation import gettext as _

from engagements.survey.foreign.words import is_known
from municipalities.cells import as_typed, is_ditto, narrow
from municipalities.workbooks import Book, SheetInfo, Unreadable, read_book
from municipalities.workbooks import Table as Values
from workflow.errors import BadInput
from workflow.incoming import Limits

MOST_ROWS: Final = 400
MOST_COLUMNS: Final = 200
#: What a page can send back: characters of all cells together.
MOST_CHARACTERS: Final = 1_000_000
#: Cells with something in them: what a page can look through, show and send back. No sheet of a survey has a tenth.
MOST_FILLED: Final = 10_000
LIMITS: Final = Limits(
    size=4 * MOST_CHARACTERS, values=(MOST_ROWS + 1) * (MOST_COLUMNS + 1) + 1, depth=2, text=MOST_CHARACTERS
)
#: So far down a heading may begin, and so many rows it may have.
HEADING_FROM, HEADING_ROWS = 20, 2
_SUM = re.compile(r"(?:総?合計|小計|総計|計|平均(?:値)?|最大(?:値)?|最小(?:値)?|中央値|合算)(?:\(.*\))?")
MOST_SPANS: Final = 500
Table = list[list[str]]
#: A column, the first and the last row of a merged cell, counted from 0.
Span = tuple[int, int, int]


def opened(data: bytes) -> Book:
    """The workbook. Raises BadInput."""
    try:
        return read_book(data)
    except Unreadable as refusal:
        raise BadInput({"file": [str(refusal)]}) from refusal


def read(data: bytes) -> Table:
    """The first sheet that is seen. Raises BadInput."""
    book = opened(data)
    return table_of(book, book.first)


def table_of(book: Book, place: int) -> Table:
    """A sheet as text, cell by cell. Raises BadInput."""
    found = _values(book, place).rows
    if len(found) < 2:
        raise BadInput({"file": [_("このシートに、見出しと行が見つかりません。")]})
    table = [[as_typed(value) for value in row] for row in found]
    refuse_much(table)
    return table


def refuse_much(table: Table) -> None:
    """Raises BadInput for more than a page can look through; empty cells don't count."""
    if sum(len(cell) for row in table for cell in row) > MOST_CHARACTERS:
        raise BadInput({"file": [_("表の文字が多すぎます。ファイルを分けてください。")]})
    if sum(map(bool, (cell for row in table for cell in row))) > MOST_FILLED:
        text = _(
            "値の入ったセルが多すぎます。%(most)d個までです。要らない列を消すか、ファイルを分けてください。"
        )
        raise BadInput({"file": [text % {"most": MOST_FILLED}]})


def spans_of(book: Book, place: int) -> tuple[Span, ...]:
    """Cells that are merged with those below them. Raises BadInput."""
    merged = _values(book, place).merged
    spans = [
        (left - 1, top - 1, bottom - 1)
        for left, top, right, bottom in merged
        if left == right and top < bottom
    ]
    return tuple(span for span in spans if span[2] <= MOST_ROWS)[:MOST_SPANS]


def _values(book: Book, place: int) -> Values:
    try:
        return book.table(place, most_rows=MOST_ROWS + 1, most_columns=MOST_COLUMNS)
    except Unreadable as refusal:
        raise BadInput({"file": [str(refusal)]}) from refusal


def named(sheet: SheetInfo) -> str:
    """A sheet as it is offered: 転入 23行."""
    shown = {"name": sheet.name, "rows": sheet.rows}
    return _("%(name)s(非表示) %(rows)d行") % shown if sheet.hidden else _("%(name)s %(rows)d行") % shown


# --- heading -------------------------------------------------------------------------------------------------------


def find_heading(table: Table, layout: str) -> tuple[int, int]:
    """The first row of the heading and how many rows it has: where most columns are known by their words.

    Where none is known, the first row with several cells.
    """
    last = min(HEADING_FROM, len(table) - 1)
    places = [
        (y, depth) for depth in range(1, HEADING_ROWS + 1) for y in range(last) if y + depth < len(table)
    ]
    counted = {
        place: len({found for heading in headings_of(table, *place) if (found := is_known(heading, layout))})
        for place in places
    }
    best = max(counted.values(), default=0)
    if best:
        return next(place for place in places if counted[place] == best)
    return next((y for y in range(last) if sum(map(bool, table[y])) > 1), 0), 1


def headings_of(table: Table, heading: int, depth: int) -> list[tuple[str, ...]]:
    """The parts of each column's heading from the top: one that stands above several columns belongs to all of them."""
    parts: list[tuple[str, ...]] = [() for _column in table[0]]
    rows = table[heading : heading + depth]
    for y, row in enumerate(rows):
        above = ""
        for x, cell in enumerate(row):
            below = any(under[x] for under in rows[y + 1 :])
            above = cell or (above if below else "")
            if above:
                parts[x] = (*parts[x], " ".join(above.split()))
    return parts


# --- rows ----------------------------------------------------------------------------------------------------------


def sums_of(table: Table, first: int) -> list[int]:
    """Rows from ``first`` that say of themselves that they are sums or means."""
    return [y for y in range(first, len(table)) if _is_sum(table[y])]


def _is_sum(row: Sequence[str]) -> bool:
    said = next((cell for cell in row[:3] if cell), "")
    return bool(_SUM.fullmatch(narrow(said)))


def as_above(table: Table, first: int) -> Table:
    """The table with 〃 and 同上 below the heading as what stands above them."""
    made = [list(row) for row in table]
    for y in range(first + 1, len(made)):
        for x, cell in enumerate(made[y]):
            if is_ditto(cell):
                made[y][x] = made[y - 1][x]
    return made


def filled(table: Table, spans: Iterable[Span], columns: Container[int]) -> Table:
    """The table with merged cells of these columns in all of their rows: a section merged over three visits is theirs."""
    made = [list(row) for row in table]
    for x, first, last in spans:
        if x in columns and first < len(made) and x < len(made[first]):
            for row in made[first + 1 : last + 1]:
                row[x] = row[x] or made[first][x]
    return made
