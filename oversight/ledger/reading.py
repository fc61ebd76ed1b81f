"""From the bytes of an Excel file to the ledger's rows, or sentences that name the cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, Final
from unicodedata import normalize

from django.utils.translation import gettext as _

from municipalities.cells import BadCell, as_typed, is_ditto, read_day, read_number
from municipalities.workbooks import Book, Unreadable, name_of, read_book
from oversight.ledger.columns import ENGAGEMENT, Field, Kind, Row, fields
from workflow.errors import BadInput

MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 200
#: So far down the headings may stand.
HEADING_FROM: Final = 10
Rows = list[list[Any]]


class Faulty(BadInput):
    """The file can't be read as a ledger. 422."""

    def __init__(self, *sentences: str) -> None:
        super().__init__({"": list(sentences)})


def read(data: bytes) -> list[tuple[int, Row]]:
    """The filled rows with their number in the sheet; columns in any order, found by their heading.

    Raises ``Faulty`` with every fault: no workbook, a heading that is missing or unknown, a cell of another kind.
    """
    cells = _cells(data)
    if not cells:
        raise Faulty(_("シートが空です。1行目に見出しを入れてください。"))
    start = _start(cells)
    known = _headings(cells[start], start)
    faults: list[str] = []
    rows: list[tuple[int, Row]] = []
    for number, values in enumerate(_as_above(cells[start + 1 :]), start=start + 2):
        row = _row(number, values, known, faults)
        if any(value is not None for value in row.values()):
            rows.append((number, row))
    if not rows and not faults:
        faults = [_("見出しの下に行がありません。")]
    if faults:
        raise Faulty(*faults)
    return rows


def _cells(data: bytes) -> Rows:
    """The sheet with the ledger's headings; the first that is seen where none has them."""
    try:
        book = read_book(data)
        others = (place for place in range(len(book.sheets)) if place != book.first)
        found = (_table(book, place) for place in (book.first, *others))
        first = next(found)
        return next((rows for rows in chain([first], found) if _is_ledger(rows)), first)
    except Unreadable as refusal:
        raise Faulty(str(refusal)) from refusal


def _table(book: Book, place: int) -> Rows:
    return book.table(place, most_rows=MOST_ROWS + 1, most_columns=MOST_COLUMNS).rows


def _start(rows: Rows) -> int:
    """The row of the headings, which may have a title above it; the first where none has several of them."""
    return next((y for y, row in enumerate(rows[:HEADING_FROM]) if _known(row) > 1), 0)


def _is_ledger(rows: Rows) -> bool:
    return bool(rows) and _known(rows[_start(rows)]) > 1


def _known(row: Sequence[Any]) -> int:
    headings = {_folded(field.heading) for field in ENGAGEMENT}
    return sum(_folded(str(value)) in headings for value in row if value is not None)


def _as_above(rows: Rows) -> Rows:
    """〃 and 同上 as what stands above them."""
    above: list[Any] = []
    for row in rows:
        for place, value in enumerate(row):
            if isinstance(value, str) and is_ditto(value) and place < len(above):
                row[place] = above[place]
        above = row
    return rows


def _headings(first: Sequence[Any], start: int) -> dict[int, Field]:
    """Which column is which. Every heading of the ledger has to be there once."""
    by_heading = {_folded(field.heading): field for field in fields()}
    found: dict[int, Field] = {}
    faults: list[str] = []
    for place, value in enumerate(first):
        text = _folded(str(value)) if value is not None else ""
        if not text:
            continue
        if text not in by_heading:
            faults.append(
                _("%(cell)s「%(text)s」は台帳の見出しではありません。")
                % {"cell": name_of(start, place), "text": " ".join(str(value).split())}
            )
        elif by_heading[text] in found.values():
            faults.append(_("見出し「%(text)s」が2つあります。") % {"text": value})
        else:
            found[place] = by_heading[text]
    missing = [field.heading for field in by_heading.values() if field not in found.values()]
    if missing:
        faults.append(_("見出しが足りません: %(names)s") % {"names": "、".join(missing)})
    if faults:
        raise Faulty(*faults)
    return found


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", normalize("NFKC", text))


def _row(number: int, values: Sequence[Any], known: dict[int, Field], faults: list[str]) -> Row:
    row: Row = {}
    for place, field in known.items():
        value = values[place] if place < len(values) else None
        try:
            row[field.name] = _READERS[field.kind](value)
        except BadCell as error:
            faults.append(f"{name_of(number - 1, place)}({field.heading}): {error}")
    return row


def _text(value: Any) -> str | None:
    return as_typed(value) or None


def _code(value: Any) -> str | None:
    """The digits as they stand; which town a number of five digits means is not for a cell to say."""
    return normalize("NFKC", as_typed(value)) or None


_READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.DAY: read_day,
    Kind.HOURS: read_number,
}
