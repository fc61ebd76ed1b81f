"""From the bytes of an Excel file to the ledger's rows, or sentences that name the cell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import normalize

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from accounts.workbooks import Unreadable, rows_of
from oversight.ledger.columns import Field, Kind, Row, fields
from workflow.errors import BadInput

MOST_ROWS = 5_000


class Faulty(BadInput):
    """The file can't be read as a ledger. 422."""

    def __init__(self, *sentences: str) -> None:
        super().__init__({"": list(sentences)})


def read(data: bytes) -> list[tuple[int, Row]]:
    """The filled rows with their number in the sheet; columns in any order, found by their heading.

    Raises ``Faulty`` with every fault: no Excel file, a heading that is missing or unknown, a cell of another kind.
    """
    cells = _cells(data)
    if not cells:
        raise Faulty(_("最初のシートが空です。1行目に見出しを入れてください。"))
    known = _headings(cells[0])
    faults: list[str] = []
    rows: list[tuple[int, Row]] = []
    for number, values in enumerate(cells[1:], start=2):
        row = _row(number, values, known, faults)
        if any(value is not None for value in row.values()):
            rows.append((number, row))
    if not rows and not faults:
        faults = [_("見出しの下に行がありません。")]
    if faults:
        raise Faulty(*faults)
    return rows


def _cells(data: bytes) -> list[Sequence[Any]]:
    try:
        return rows_of(data, MOST_ROWS)
    except Unreadable as refusal:
        raise Faulty(str(refusal)) from refusal


def _headings(first: Sequence[Any]) -> dict[int, Field]:
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
                % {"cell": f"{get_column_letter(place + 1)}1", "text": value}
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
    return normalize("NFKC", text).replace(" ", "").strip()


def _row(number: int, values: Sequence[Any], known: dict[int, Field], faults: list[str]) -> Row:
    row: Row = {}
    for place, field in known.items():
        value = values[place] if place < len(values) else None
        try:
            row[field.name] = _READERS[field.kind](value)
        except ValueError as error:
            cell = f"{get_column_letter(place + 1)}{number}"
            faults.append(f"{cell}({field.heading}): {error}")
    return row


def _text(value: Any) -> str | None:
    """Text as written. A number is a code that Excel took for one: its leading zero is given back."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:06d}"
    text = str(value)
    if "\0" in text:
        raise ValueError(_("使えない文字が入っています。"))
    return text.strip() or None


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _text(value)
    if text is None:
        return None
    try:
        return date.fromisoformat(normalize("NFKC", text).replace("/", "-"))
    except ValueError as error:
        raise ValueError(_("日付として読めません。2026-06-01 のように入れてください。")) from error


def _hours(value: Any) -> Decimal | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        found = Decimal(normalize("NFKC", str(value)).strip())
    except InvalidOperation as error:
        raise ValueError(_("時間として読めません。2.5 のように数で入れてください。")) from error
    if not found.is_finite():
        raise ValueError(_("時間として読めません。2.5 のように数で入れてください。"))
    return found


_READERS = {Kind.TEXT: _text, Kind.DAY: _day, Kind.HOURS: _hours}
