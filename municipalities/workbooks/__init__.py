"""Workbooks that people send, as Excel and other programs write them: their sheets, and the values of one.

The only reader: every import uses it, and so it stands in the lowest room that has imports. What can't be taken is
refused with a sentence that says what to do, before anything is laid out in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl.utils import column_index_from_string, get_column_letter
from python_calamine import CalamineError, CalamineWorkbook, SheetMetadata, SheetTypeEnum, SheetVisibleEnum

from municipalities.workbooks.package import SIGNS, opened
from municipalities.workbooks.plain import read_csv
from municipalities.workbooks.refusals import (
    Unreadable,
    no_workbook,
    unfit_characters,
    without_values,
)
from municipalities.workbooks.scan import Corners, Found
from municipalities.workbooks.values import is_unfit, value_of

__all__ = ["Book", "SheetInfo", "Table", "Unreadable", "name_of", "place_of", "read_book"]


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A sheet as its tab says it; ``rows`` counts those with a value."""

    name: str
    hidden: bool
    rows: int


@dataclass(frozen=True, slots=True)
class Table:
    """The values of a sheet from A1, every row as long as the widest; ``merged`` as in ``Found``."""

    rows: list[list[Any]]
    merged: list[Corners]


def name_of(row: int, column: int) -> str:
    """B4 for row 3 and column 1, counted from 0."""
    return f"{get_column_letter(column + 1)}{row + 1}"


def place_of(name: str) -> tuple[int, int] | None:
    """The row and column, counted from 0, of a cell such as B4; None where the text names none."""
    found = re.fullmatch("([A-Z]{1,3})([1-9][0-9]{0,6})", name)
    return (int(found[2]) - 1, column_index_from_string(found[1]) - 1) if found else None


def read_book(data: bytes) -> Book:
    """The sheets of a workbook or of a CSV file, judged by content: a name says nothing. Raises ``Unreadable``."""
    if len(data) > settings.UPLOAD_MAX_BYTES:
        raise Unreadable(_("ファイルが大きすぎます。行を分けてください。"))
    if not data.startswith(SIGNS) and (rows := read_csv(data)) is not None:
        filled = sum(any(row) for row in rows)
        return Book([Sheet(SheetInfo("CSV", False, filled), Found(), lambda: rows)])
    package = opened(data)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(package.data))
    except (CalamineError, ValueError) as error:
        raise no_workbook() from error
    sheets = [
        _sheet(book, sheet, package.found[sheet.name])
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.name in package.found
    ]
    if not sheets:
        raise no_workbook()
    return Book(sheets)


def _sheet(book: CalamineWorkbook, sheet: SheetMetadata, found: Found) -> Sheet:
    info = SheetInfo(sheet.name, sheet.visible != SheetVisibleEnum.Visible, found.rows)
    return Sheet(info, found, lambda: book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that was looked through; ``read`` gives its raw values."""

    info: SheetInfo
    found: Found
    read: Callable[[], list[list[Any]]]

    def rows(self) -> list[list[Any]]:
        """The values without what is empty at the end of rows and of the sheet."""
        try:
            raw = self.read()
        except (CalamineError, OverflowError, ValueError) as error:
            raise no_workbook() from error
        rows = [[value_of(value) for value in row] for row in raw]
        for (row, column), said in self.found.errors.items():
            # The reader of values leaves #N/A out; a cell that says it must not pass for an empty one.
            rows += [[] for _more in range(row - len(rows))]
            rows[row - 1] += [None] * (column - len(rows[row - 1]))
            rows[row - 1][column - 1] = said
        for filled in rows:
            while filled and filled[-1] is None:
                filled.pop()
        while rows and not rows[-1]:
            rows.pop()
        return rows


class Book:
    """An opened workbook."""

    def __init__(self, sheets: list[Sheet]) -> None:
        self._sheets = sheets

    @property
    def sheets(self) -> list[SheetInfo]:
        """In the order of the tabs."""
        return [sheet.info for sheet in self._sheets]

    @property
    def first(self) -> int:
        """The place of the sheet that is meant when nobody chose: the first that is seen and holds something."""
        sheets = self.sheets
        return min(range(len(sheets)), key=lambda at: (not sheets[at].rows, sheets[at].hidden, at))

    def table(self, place: int, *, most_rows: int, most_columns: int) -> Table:
        """The values of one sheet. Raises ``Unreadable``: too many rows or columns, formulas without their result,
        characters that nobody can see, each with its cells.
        """
        sheet = self._sheets[place]
        if sheet.found.unvalued:
            raise without_values(sheet.found.unvalued)
        rows = sheet.rows()
        if len(rows) > most_rows:
            raise Unreadable(_("%(most)d行までです。ファイルを分けてください。") % {"most": most_rows})
        width = max((len(row) for row in rows), default=0)
        if width > most_columns:
            text = _("%(column)s列までです。それより右の列を消すか、ファイルを分けてください。")
            raise Unreadable(text % {"column": get_column_letter(most_columns)})
        unfit = [
            name_of(y, x) for y, row in enumerate(rows) for x, value in enumerate(row) if is_unfit(value)
        ]
        if unfit:
            raise unfit_characters(unfit)
        return Table([row + [None] * (width - len(row)) for row in rows], sheet.found.merged)
