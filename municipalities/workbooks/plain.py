"""CSV files as Excel and other programs save them: UTF-8 or CP932, commas or tabs."""

from __future__ import annotations

import csv
import re
from io import StringIO

#: What no table holds: a file with these is no text.
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
#: Texts that are no tables, though commas stand in them.
_OTHER = ("%PDF", "<", "{", "[")
_CODINGS = ("utf-8-sig", "cp932")


def read_csv(data: bytes) -> list[list[str]] | None:
    """The rows of a table of at least two rows and columns; None where the bytes are no such table."""
    text = _text(data)
    if text is None or _BINARY.search(text) or text.lstrip().startswith(_OTHER):
        return None
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error:
        return None
    return rows if sum(len(row) > 1 for row in rows) > 1 else None


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
