"""One pass over the XML of a sheet, at flat memory: how far it reaches, and what its reader would not say.

The reader of values lays a sheet out from A1 to its last value, so one cell at XFD1048576 would ask for 512 GiB: nothing
is given to it before this pass has seen every reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries

from municipalities.workbooks.refusals import Unreadable, broken, far, too_large

#: The edges of a sheet (ECMA-376), and how many places from A1 to the last value are laid out.
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
MOST_PLACES, FARTHEST_ROW = 2_000_000, 100_000
MOST_MERGED = 5_000
#: A piece of text this long that closes no tag is passed on as it is.
LONGEST = 4 << 20
#: Excel keeps no more characters in a cell (32,767); some programs count otherwise.
LONGEST_CELL = 40_000
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
#: Cells and rows that are only ruled: half a gigabyte of them says nothing.
_RULED_CELL = re.compile(rb'<c(?= r="| [^<>]* r=")[^<>]*(?:/>|></c>)')
_RULED_ROW = re.compile(rb'<row(?= r="| [^<>]* r=")[^<>]*(?:/>|></row>)')
#: What a sheet says of its own size is believed by nobody.
_DECLARED = re.compile(rb"<(?:[a-z]+:)?dimension [^<>]*/>")
Corners = tuple[int, int, int, int]


@dataclass(slots=True)
class Found:
    """What a sheet holds: ``rows`` and ``cells`` with a value, its last row and column (from 1), cells by their name.

    ``errors`` are #N/A and the like; ``merged`` are first column, first row, last column, last row.
    """

    rows: int = 0
    cells: int = 0
    last_row: int = 0
    last_column: int = 0
    unvalued: list[str] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Corners] = field(default_factory=list)


def unruled(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same XML without cells and rows that hold nothing but their format."""
    held = b""
    for chunk in chunks:
        held += chunk
        at = held.rfind(b">") + 1
        if not at and len(held) < LONGEST:
            continue
        at = at or len(held)
        yield _RULED_ROW.sub(b"", _RULED_CELL.sub(b"", _DECLARED.sub(b"", held[:at])))
        held = held[at:]
    yield held


class Check:
    """Reads pieces of any part: well formed, and without declarations of its own. Raises ``Unreadable``."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._declared

    def feed(self, data: bytes, *, last: bool = False) -> None:
        try:
            self.parser.Parse(data, last)
        except Unreadable:
            raise
        except (expat.ExpatError, LookupError, ValueError) as error:
            # LookupError and ValueError are what a coding that nobody knows gives.
            raise self.refusal() from error

    def refusal(self) -> Unreadable:
        return broken("", "")

    def _declared(self, *_args: object) -> None:
        raise self.refusal()


class Attributes(Check):
    """The attributes of every element with this name."""

    def __init__(self, tag: str) -> None:
        super().__init__()
        self.tag, self.met = tag, list[dict[str, str]]()
        self.parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == self.tag:
            self.met.append(attributes)


class Scan(Check):
    """Reads pieces of one sheet; ``found`` says what was met."""

    def __init__(self, sheet: str) -> None:
        super().__init__()
        self.sheet, self.found = sheet, Found()
        self.row = self.column = self.counted = self.length = 0
        self.kind, self.text = "", ""
        self.formula = self.inside = False
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._said

    def refusal(self) -> Unreadable:
        return broken(self.sheet, self.cell)

    @property
    def cell(self) -> str:
        return f"{get_column_letter(self.column)}{self.row}" if self.row and self.column else ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row":
            self._begin_row(attributes.get("r", ""))
        elif tag == "c":
            self._begin_cell(attributes)
        elif tag == "f":
            self.formula = True
        elif tag in ("v", "t"):
            self.inside = True
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _begin_row(self, said: str) -> None:
        if said and not said.isdecimal():
            raise self.refusal()
        self.row, self.column = int(said or self.row + 1), 0
        if self.row > LAST_ROW:
            raise self.refusal()

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        said = attributes.get("r")
        self.kind, self.text, self.formula = attributes.get("t", ""), "", False
        self.length = 0
        if said is None:
            self.column += 1
        elif place := _REFERENCE.fullmatch(said):
            self.column, self.row = column_index_from_string(place[1]), int(place[2])
        else:
            raise self.refusal()
        if not (0 < self.row <= LAST_ROW and self.column <= LAST_COLUMN):
            raise broken(self.sheet, said or "")

    def _said(self, text: str) -> None:
        if self.inside:
            self.text = self.text or text
            self.length += len(text)
            if self.length > LONGEST_CELL:
                raise too_large()

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag in ("v", "t"):
            self.inside = False
        elif tag == "c":
            self._end_cell()

    def _end_cell(self) -> None:
        found = self.found
        found.cells += bool(self.text) or self.formula
        if not self.text:
            # A formula whose result is no text at all says so by its type.
            if self.formula and self.kind != "str":
                found.unvalued.append(self.cell)
            return
        if self.kind == "e":
            found.errors[self.row, self.column] = self.text
        found.rows += self.row != self.counted
        self.counted = self.row
        found.last_row = max(found.last_row, self.row)
        found.last_column = max(found.last_column, self.column)
        if found.last_row * found.last_column > MOST_PLACES or found.last_row > FARTHEST_ROW:
            raise far(self.sheet, self.cell)

    def _merge(self, said: str) -> None:
        if len(self.found.merged) < MOST_MERGED and re.fullmatch(
            r"[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7}", said
        ):
            self.found.merged.append(range_boundaries(said))  # type: ignore[arg-type]  # both corners are there
