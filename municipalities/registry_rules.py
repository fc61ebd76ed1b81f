"""What must hold inside one row of a registry file, and between its rows and what is loaded already."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from .codes import is_valid_code, prefecture_code
from .registry_cells import PREFECTURE, shown

PREFECTURE_NUMBERS = tuple(f"{number:02}" for number in range(1, 48))


@dataclass(frozen=True)
class RegistryRow:
    """One local government as a file states it. None is unknown, but for `valid_to`, where it is: in force.

    `valid_to` is the first day on which it no longer exists: the day its merger takes effect.
    """

    code: str
    prefecture: str
    name: str
    kana: str
    kind: str
    lat: Decimal | None = None
    lon: Decimal | None = None
    population: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    merged_into: str | None = None


@dataclass(frozen=True, order=True)
class Fault:
    """Something in a file that has to be mended: its line (0: the file as a whole), and what to do."""

    line: int
    message: str

    def __str__(self) -> str:
        if not self.line:
            return self.message
        return _("%(line)d行目: %(message)s") % {"line": self.line, "message": self.message}


@dataclass(frozen=True)
class Known:
    """What is loaded already: names of prefectures and first days of municipalities, by code."""

    prefectures: Mapping[str, str] = field(default_factory=dict)
    municipalities: Mapping[str, date | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """A line of the file: its cells by column, and its row, None when a cell can't be read."""

    line: int
    cells: Mapping[str, str]
    row: RegistryRow | None


def faults_within(row: RegistryRow) -> Iterator[str]:
    """Sentences for what does not fit together inside one row."""
    if (row.lat is None) != (row.lon is None):
        yield _("lat と lon は両方書くか、両方空けてください。")
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        yield _("valid_to が valid_from より前です。日付を確かめてください。")
    if row.merged_into == row.code:
        yield _("merged_into が自分の番号です。編入先の番号にしてください。")
    if (row.kind == PREFECTURE) != (row.code[2:5] == "000"):
        yield _("code と kind が合いません。都道府県の番号は3桁目からが000です。どちらかを直してください。")
    elif row.kind == PREFECTURE:
        yield from _faults_of_prefecture(row)


def _faults_of_prefecture(row: RegistryRow) -> Iterator[str]:
    if row.code[:2] not in PREFECTURE_NUMBERS:
        yield _("都道府県の code の先頭2桁は01から47です。番号を確かめてください。")
    if row.prefecture != row.name:
        yield _("都道府県の行では prefecture と name を同じ名前にしてください。")
    if row.merged_into:
        yield _("都道府県の行では merged_into を空けてください。")


def faults_across(records: Iterable[Record], known: Known) -> Iterator[Fault]:
    """Faults that show only when the file is seen as a whole, beside what is loaded."""
    records = list(records)
    yield from _repeated(records)
    yield from _prefecture_names(records, known)
    yield from _prefectures(records, known)
    yield from _successors(records, known)
    yield from _known_days(records, known)


def _repeated(records: list[Record]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for record in records:
        code = record.cells["code"]
        if code and code in first:
            template = _("code「%(code)s」は%(first)d行目にもあります。どちらかの行を消してください。")
            yield Fault(record.line, template % {"code": shown(code), "first": first[code]})
        first.setdefault(code, record.line)


def _prefecture_names(records: list[Record], known: Known) -> Iterator[Fault]:
    stated = {record.cells["code"] for record in records}
    owner = {name: code for code, name in known.prefectures.items() if code not in stated}
    for record in records:
        code, name = record.cells["code"], record.cells["name"]
        if record.cells["kind"] == PREFECTURE and owner.setdefault(name, code) != code:
            template = _("都道府県「%(name)s」は code「%(code)s」にもあります。名前か番号を直してください。")
            yield Fault(record.line, template % {"name": shown(name), "code": shown(owner[name])})


def _prefectures(records: list[Record], known: Known) -> Iterator[Fault]:
    """Unknown prefectures, and codes that belong to another prefecture than the one named."""
    by_code = dict(known.prefectures)
    by_code.update((r.cells["code"], r.cells["name"]) for r in records if r.cells["kind"] == PREFECTURE)
    codes = {name: code for code, name in by_code.items()}
    for record in records:
        code, name = record.cells["code"], record.cells["prefecture"]
        if not name or record.cells["kind"] == PREFECTURE:
            continue
        values = {"name": shown(name), "code": shown(code)}
        if name not in codes:
            template = _(
                "prefecture「%(name)s」はありません。都道府県の名前を直すか、その都道府県の行を加えてください。"
            )
            yield Fault(record.line, template % values)
        elif is_valid_code(code) and is_valid_code(codes[name]) and prefecture_code(code) != codes[name]:
            template = _("code「%(code)s」は「%(name)s」の番号ではありません。どちらかを直してください。")
            yield Fault(record.line, template % values)


def _successors(records: list[Record], known: Known) -> Iterator[Fault]:
    """Successors that nobody knows, and mergers that lead back to where they began."""
    listed = {record.cells["code"] for record in records if record.cells["kind"] != PREFECTURE}
    into = {
        record.row.code: record.row.merged_into for record in records if record.row and record.row.merged_into
    }
    for record in records:
        if not record.row or record.row.code not in into or into[record.row.code] == record.row.code:
            continue
        target = into[record.row.code]
        if target not in listed and target not in known.municipalities:
            template = _(
                "merged_into「%(code)s」の市区町村がありません。番号を直すか、その行を加えてください。"
            )
            yield Fault(record.line, template % {"code": target})
        elif _leads_back(record.row.code, into):
            yield Fault(record.line, _("merged_into をたどると元に戻ります。編入先を確かめてください。"))


def _leads_back(start: str, into: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    code = start
    while code in into and code not in seen:
        seen.add(code)
        code = into[code]
    return code == start


def _known_days(records: list[Record], known: Known) -> Iterator[Fault]:
    for record in records:
        row = record.row
        since = known.municipalities.get(row.code) if row and not row.valid_from else None
        if row and since and row.valid_to and row.valid_to < since:
            template = _(
                "valid_to が登録済みの valid_from(%(since)s)より前です。valid_from も書いてください。"
            )
            yield Fault(record.line, template % {"since": since.isoformat()})
