"""The registry as a CSV file: how it is read, with all its faults at once, and how it is written."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from .registry_cells import CONVERTERS, UnfitCellError, shown
from .registry_rules import Fault, Known, Record, RegistryRow, faults_across, faults_within

COLUMNS = ("code", "prefecture", "name", "kana", "kind", "lat", "lon", "population", "valid_from", "valid_to")
SUCCESSOR = "merged_into"
Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Parsed:
    """The rows of a file and its faults in the order of lines. Loadable only without a fault."""

    rows: list[RegistryRow]
    faults: list[Fault]


class _UnreadableError(Exception):
    """The file can't be read as a table at all."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = list(faults)


def read(data: bytes, known: Known | None = None) -> Parsed:
    """Reads a registry file (UTF-8, with or without BOM), beside what is already loaded. Raises nothing."""
    try:
        header, lines = _table(data)
    except _UnreadableError as refused:
        return Parsed([], refused.faults)
    faults: list[Fault] = []
    records: list[Record] = []
    for line, cells in lines:
        if len(cells) != len(header):
            counts = {"found": len(cells), "expected": len(header)}
            message = _("列が%(found)dあります。見出しと同じ%(expected)d列にしてください。") % counts
            faults.append(Fault(line, message))
            continue
        record, sentences = _record(line, dict(zip(header, cells, strict=True)))
        records.append(record)
        faults += [Fault(line, sentence) for sentence in sentences]
    faults += faults_across(records, known or Known())
    return Parsed([record.row for record in records if record.row], sorted(faults))


def write(rows: Iterable[RegistryRow]) -> bytes:
    """The rows as a registry file: UTF-8 without BOM, sorted by code, the columns of COLUMNS."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(rows, key=lambda row: row.code):
        writer.writerow([_cell(getattr(row, column)) for column in COLUMNS])
    return target.getvalue().encode("utf-8")


def _cell(value: str | int | Decimal | date | None) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.4f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _table(data: bytes) -> tuple[list[str], list[Line]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _UnreadableError(
            Fault(0, _("UTF-8 で読めません。「CSV UTF-8」の形で保存し直してください。"))
        ) from None
    lines = list(_lines(text))
    if not lines:
        raise _UnreadableError(Fault(0, _("中身がありません。見出しの行から書いてください。")))
    number, header = lines[0]
    faults = [Fault(number, sentence) for sentence in _header_faults(header)]
    if not faults and len(lines) == 1:
        faults = [Fault(0, _("見出しの下に行がありません。少なくとも1行書いてください。"))]
    if faults:
        raise _UnreadableError(*faults)
    return header, lines[1:]


def _lines(text: str) -> Iterator[Line]:
    """Lines that hold something, each with the number of the line where it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error:
        raise _UnreadableError(
            Fault(start, _("CSVとして読めません。引用符の閉じ忘れなどを確かめてください。"))
        ) from None


def _header_faults(header: list[str]) -> Iterator[str]:
    for column in COLUMNS:
        if column not in header:
            yield _("見出しに %(column)s がありません。加えてください。") % {"column": column}
    for column in dict.fromkeys(header):
        if column not in (*COLUMNS, SUCCESSOR):
            yield _("見出し「%(column)s」の列は取り込めません。消してください。") % {"column": shown(column)}
        elif header.count(column) > 1:
            yield _("見出し %(column)s が重なっています。1つにしてください。") % {"column": column}


def _record(line: int, cells: dict[str, str]) -> tuple[Record, list[str]]:
    values: dict[str, Any] = {}
    sentences: list[str] = []
    for column, cell in cells.items():
        try:
            values[column] = CONVERTERS[column](cell)
        except UnfitCellError as unfit:
            sentences.append(str(unfit))
    row = None if sentences else RegistryRow(**values)
    if row:
        sentences += faults_within(row)
    return Record(line, cells, row), list(dict.fromkeys(sentences))
