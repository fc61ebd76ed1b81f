"""Lists as Excel files: codes and names as text, dates as dates, nothing that Excel would take for a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from accounts.exports import note_export
from municipalities.text import printable

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A cell holds no more characters than this (Excel's own limit).
LONGEST = 32_767
TEXT, DAY, MOMENT = "@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column: its heading, what it reads from a row, and its width in characters.

    A value is text, a number, a date, a time (shown in Japan's), a yes or no, or None for an empty cell.
    """

    label: Any
    read: Callable[[R], Any]
    width: int = 14


def wants_sheet(request: HttpRequest) -> bool:
    """Whether the list is asked for as a file: ``?format=xlsx`` behind the list's own address and filters."""
    return request.GET.get("format") == "xlsx"


def answer(request: HttpRequest, name: str, columns: Sequence[Column[R]], rows: Iterable[R]) -> HttpResponse:
    """The list as a file for download, logged with how many rows it holds; ``name`` without date and ending."""
    found = list(rows)
    file = download(name, columns, found)
    note_export(request, len(found))
    return file


def download(name: str, columns: Sequence[Column[R]], rows: Iterable[R]) -> HttpResponse:
    """A workbook as a file. Alone it is for blank ones: what holds anybody's data goes out by ``answer``."""
    file_name = f"{name}_{timezone.localdate():%Y%m%d}.xlsx"
    response = HttpResponse(workbook(name, columns, rows), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file_name)}"
    return response


def workbook(title: str, columns: Sequence[Column[R]], rows: Iterable[R]) -> bytes:
    """One sheet with a heading row that stays in sight and can be filtered."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.freeze_panes = "A2"
    heading = [_cell(sheet, str(column.label)) for column in columns]
    for cell in heading:
        cell.font = Font(bold=True)
    sheet.append(heading)
    count = 1
    for row in rows:
        sheet.append([_cell(sheet, column.read(row)) for column in columns])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count}"
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: WriteOnlyWorksheet, value: Any) -> Cell:
    if isinstance(value, datetime):
        return _formatted(sheet, timezone.localtime(value).replace(tzinfo=None), MOMENT)
    if isinstance(value, date):
        return _formatted(sheet, value, DAY)
    if isinstance(value, bool):
        return _text(sheet, "○" if value else "")
    if value is None or isinstance(value, (int, float)):
        return WriteOnlyCell(sheet, value=value)
    if isinstance(value, Decimal):
        return WriteOnlyCell(sheet, value=float(value))
    return _text(sheet, str(value))


def _formatted(sheet: WriteOnlyWorksheet, value: Any, form: str) -> Cell:
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = form
    return cell


def _text(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    """Text stays text: ``033022`` keeps its zero, and a name that begins with ``=`` is no formula."""
    cell = _formatted(sheet, printable(text)[:LONGEST], TEXT)
    cell.data_type = "s"
    return cell
