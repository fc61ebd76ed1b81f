"""Text with tables in it that were pasted from a spreadsheet: cells apart by tabs, quoted where a line breaks inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

#: A cell in quotes, as Excel copies one with a line break: quotes inside are doubled.
_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?=\t|\n|\Z)')
Row = list[str]


def parts_of(text: str) -> Iterator[str | list[Row]]:
    """Paragraphs as they stand and tables as rows, in their order; empty ones are left out."""
    rows = list(_rows("\n".join(text.splitlines())))
    for is_table, found in groupby(rows, key=lambda row: len(row) > 1):
        if is_table:
            yield [_filled(row) for row in found]
        elif words := "\n".join(row[0] for row in found).strip():
            yield words


def laid_out(text: str) -> tuple[int, int]:
    """The columns of the widest table in a text, and the cells of all of them as they are laid out."""
    tables = [part for part in parts_of(text) if not isinstance(part, str)]
    widths = [max(map(len, table)) for table in tables]
    return max(widths, default=0), sum(
        width * len(table) for width, table in zip(widths, tables, strict=True)
    )


def _filled(row: Row) -> Row:
    """Without what is empty at the end: a copied sheet brings it along."""
    while len(row) > 2 and not row[-1].strip():
        row.pop()
    return row


def _rows(text: str) -> Iterator[Row]:
    """Each line, or each row of a table with the lines that its quoted cells take."""
    at = 0
    while at < len(text):
        row, end = _row(text, at)
        if len(row) == 1:
            # A quotation that fills its line is no cell: it stays as it was written.
            end = _next(text, at, "\n")
            row = [text[at:end]]
        yield row
        at = end + 1


def _row(text: str, at: int) -> tuple[Row, int]:
    row: Row = []
    while True:
        quoted = _QUOTED.match(text, at)
        end = quoted.end() if quoted else _next(text, at, "\t\n")
        row.append(quoted[1].replace('""', '"') if quoted else text[at:end])
        if text[end : end + 1] != "\t":
            return row, end
        at = end + 1


def _next(text: str, at: int, signs: str) -> int:
    """The place of the next of these signs, or the end."""
    return next((place for place in range(at, len(text)) if text[place] in signs), len(text))
