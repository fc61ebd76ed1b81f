"""CSV files as Excel and other programs save them: UTF-8 or CP932, commas or tabs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO

from municipalities.workbooks.refusals import refuse_cells, too_large
from municipalities.workbooks.scan import FARTHEST_ROW

#: What no table holds: a file with these is no text.
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
#: Texts that are no tables, though commas stand in them.
_OTHER = ("%PDF", "<", "{", "[")
_CODINGS = ("utf-8-sig", "cp932")


def read_csv(data: bytes) -> list[list[str]] | None:
    """The rows of a table of at least two rows and columns; None where the bytes are no such table.

    Raises ``Unreadable`` where too many cells hold something, or rows follow without end.
    """
    text = _text(data)
    if text is None or _BINARY.search(text) or text.lstrip().startswith(_OTHER):
        return None
    try:
        rows = list(_few(csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)))
    except csv.Error:
        return None
    return rows if sum(len(row) > 1 for row in rows) > 1 else None


def _few(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Row by row, without what is empty at its end: what says nothing takes no room."""
    cells = 0
    for number, row in enumerate(rows, start=1):
        while len(row) > 2 and not row[-1]:
            row.pop()
        cells += sum(map(bool, row))
        refuse_cells(cells)
        if number > FARTHEST_ROW:
            raise too_large()
        yield row


def _text(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(data, "utf-16")
    found = (_decoded(data, coding) for coding in _CODINGS)
    return next((text for text in found if text is not None), None)


def _decoded(data: bytes, coding: str) -> str | None:
    try:
        return data.decode(coding)
    except UnicodeDecodeError:
        return None


def _delimiter(text: str) -> str:
    return "\t" if text.count("\t") > text.count(",") else ","
