"""A town's own Excel sheet as routes: which column is what is chosen, shown, and only then applied.

Two layouts: a row a visit, with the columns of the keyboard grid; or a row a team, with the totals that were counted on
paper. Cells are read by the grid's own rules, so that a sheet says no more and no less than somebody who types it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.utils import get_column_letter

from engagements.survey import words
from engagements.survey.grid import sheet as grid
from engagements.survey.grid.cells import BadCell, parse_text
from engagements.survey.grid.columns import COLUMNS
from engagements.survey.grid.heads import HEAD
from engagements.survey.measures import MEASURES, OUTCOMES
from engagements.survey.scenarios import free_id
from municipalities.cells import as_typed, read_count, read_seconds
from municipalities.text import fold
from municipalities.workbooks import Unreadable, read_book
from workflow.errors import BadInput

MOST_ROWS, MOST_COLUMNS = 400, 200
VISITS, TOTALS = "visits", "totals"
LAYOUTS = {
    VISITS: gettext_lazy("1行が1つの窓口(時刻や書いた回数)"),
    TOTALS: gettext_lazy("1行が1つの班(紙で数えた合計だけ)"),
}
HEAD_KEYS = ("team", "day", "started", "ended_at", "ended", "actor", "blind")
#: Other words for columns, as towns' sheets have them.
ALSO = {
    "h:team": ("班名", "チーム", "グループ", "組"),
    "v:queued": ("到着", "到着時刻", "受付", "番号札を取った時刻"),
    "v:called": ("呼出", "呼び出し", "対応開始"),
    "v:finished": ("終了", "対応終了", "完了"),
    "v:counter": ("窓口名", "窓口番号", "部署"),
    "v:section": ("課名", "担当課"),
    "v:forms": ("申請書", "枚数", "書類の数"),
    "v:problem": ("気づき", "困りごと", "課題", "問題点"),
    "v:good": ("よかったこと", "良かった点"),
    "t:total_s": ("所要時間", "全体時間"),
    "t:waiting_s": ("待ち時間",),
    "t:writes": ("記入回数", "氏名を書いた回数"),
    "t:forms": ("申請書の枚数", "枚数"),
    "t:counters": ("窓口数",),
}
Table = list[list[str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence for a cell of the sheet: ``C4``; empty where it is about a row or the whole."""

    cell: str
    sentence: str


@dataclass(slots=True)
class Looked:
    """What a mapping makes of a sheet, before anything is kept."""

    routes: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def targets(layout: str) -> list[tuple[str, str]]:
    """What a column may be, with its word; the empty one leaves it out."""
    found = [("", _("使わない"))]
    found += [(f"h:{item.key}", str(item.label)) for item in HEAD if item.key in HEAD_KEYS]
    if layout == TOTALS:
        return found + [(f"t:{name}", f"{words.MEASURES[name].label}({_unit(name)})") for name in MEASURES]
    return found + [(f"v:{column.key}", _label(column)) for column in COLUMNS]


def _unit(name: str) -> str:
    """Times are read in minutes or as 2:30."""
    return _("分か 2:30") if name.endswith("_s") else str(words.MEASURES[name].unit)


def _label(column: Any) -> str:
    return f"{column.group} {column.label}" if column.group else str(column.label)


def read(data: bytes) -> Table:
    """The sheet as text, cell by cell. Raises BadInput."""
    try:
        book = read_book(data)
        found = book.table(book.first, most_rows=MOST_ROWS + 1, most_columns=MOST_COLUMNS).rows
    except Unreadable as refusal:
        raise BadInput({"file": [str(refusal)]}) from refusal
    if len(found) < 2:
        raise BadInput({"file": [_("最初のシートに、見出しと行が見つかりません。")]})
    return [[as_typed(value) for value in row] for row in found]


def guess(table: Table, layout: str) -> list[str]:
    """For each column of the first row what it most likely is; each target once."""
    known = {fold(word): name for name, word in targets(layout) if name}
    for name, others in ALSO.items():
        if name in dict(targets(layout)):
            known |= {fold(other): name for other in others if fold(other) not in known}
    found: list[str] = []
    for heading in table[0]:
        name = known.get(fold(re.sub(r"[((].*?[))]", "", heading)), "") or known.get(fold(heading), "")
        found.append(name if name not in found else "")
    return found


def look(
    table: Table,
    mapping: Sequence[str],
    *,
    layout: str,
    scenario: Mapping[str, Any],
    held_on: date,
    taken: Sequence[str],
) -> Looked:
    """The routes that a sheet gives under this mapping, with every fault and its cell. Keeps nothing."""
    looked = Looked()
    columns = {name: place for place, name in enumerate(mapping) if name}
    ids = list(taken)
    if "h:team" not in columns:
        looked.faults.append(Fault("", _("「班」の列を選んでください。")))
        return looked
    for rows in _teams(table, columns["h:team"]):
        id = free_id("r", ids)
        ids.append(id)
        made = _totals if layout == TOTALS else _visits
        made(looked, table, rows, columns, grid.blank_route(id, scenario["id"]), scenario, held_on)
    if not looked.routes and not looked.faults:
        looked.faults.append(Fault("", _("見出しの下に行がありません。")))
    return looked


def _teams(table: Table, place: int) -> Iterator[list[int]]:
    """Rows of the same team; a row without a team belongs to the one above, as merged cells are read."""
    groups: dict[str, list[int]] = {}
    team = ""
    for number, row in enumerate(table[1:], start=1):
        if any(row):
            team = _cell(row, place) or team
            groups.setdefault(team, []).append(number)
    yield from groups.values()


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _head(table: Table, rows: Sequence[int], columns: Mapping[str, int]) -> dict[str, str]:
    """What the team's rows say of the whole route: the first value of each column."""
    said = {}
    for item in HEAD:
        place = columns.get(f"h:{item.key}")
        if place is None:
            continue
        value = next((text for text in (_cell(table[n], place) for n in rows) if text), "")
        said[item.key] = (
            _code(value, item.words, item.codes) if item.codes else _without_day(item.kind, value)
        )
    return said


def _without_day(kind: str, text: str) -> str:
    """Excel gives a date with a time of day: the grid has them apart."""
    if kind == "time":
        return text.rpartition(" ")[2]
    return text.partition(" ")[0] if kind == "date" else text


def _code(text: str, labels: Mapping[str, Any] | None, codes: Sequence[str]) -> str:
    """The code of a word; a word that no list has stays, and is refused where it is read."""
    by_word = {fold(str((labels or {})[code])): code for code in codes}
    return by_word.get(fold(text), text)


def _visits(
    looked: Looked,
    table: Table,
    rows: Sequence[int],
    columns: Mapping[str, int],
    route: dict[str, Any],
    scenario: Mapping[str, Any],
    held_on: date,
) -> None:
    posted = _head(table, rows, columns) | {f"{grid.PREFIX}-TOTAL_FORMS": str(len(rows))}
    for n, number in enumerate(rows):
        for column in COLUMNS:
            place = columns.get(f"v:{column.key}")
            text = _cell(table[number], place) if place is not None else ""
            if column.key == "outcome":
                text = _code(text, words.OUTCOMES, OUTCOMES)
            posted[f"{grid.PREFIX}-{n}-{column.key}"] = _without_day(column.kind, text)
    edited = grid.edit(route, scenario, held_on, posted)
    for name, sentence in edited.faults.items():
        looked.faults.append(Fault(_place_of(name, rows, columns), sentence))
    looked.routes.append(_with_start(edited.route))


def _with_start(route: dict[str, Any]) -> dict[str, Any]:
    """A sheet without the start of the route begins with the first arrival; the page says so."""
    arrivals = [visit["queued_at"] for visit in route.get("visits") or () if visit.get("queued_at")]
    if route.get("started_at") or not arrivals:
        return route
    return route | {"started_at": min(arrivals, key=datetime.fromisoformat)}


def _place_of(name: str, rows: Sequence[int], columns: Mapping[str, int]) -> str:
    """The cell of the sheet that a cell of the grid came from."""
    found = re.fullmatch(rf"{grid.PREFIX}-([0-9]+)-(.+)", name)
    row, column = (rows[int(found[1])], f"v:{found[2]}") if found else (rows[0], f"h:{name}")
    return f"{get_column_letter(columns[column] + 1)}{row + 1}" if column in columns else ""


def _totals(
    looked: Looked,
    table: Table,
    rows: Sequence[int],
    columns: Mapping[str, int],
    route: dict[str, Any],
    scenario: Mapping[str, Any],
    held_on: date,
) -> None:
    """A team's own row of totals; times are minutes or h:mm, the format keeps seconds."""
    number, said = rows[0], _head(table, rows, columns)
    totals: dict[str, int] = {}
    for name in MEASURES:
        place = columns.get(f"t:{name}")
        if place is None:
            continue
        try:
            value = _amount(name, _cell(table[number], place))
        except BadCell as refusal:
            looked.faults.append(Fault(f"{get_column_letter(place + 1)}{number + 1}", str(refusal)))
            continue
        if value is not None:
            totals[name] = value
    if len(rows) > 1:
        looked.faults.append(
            Fault(f"A{rows[1] + 1}", _("同じ班の行が2つあります。班の名前を分けてください。"))
        )
    if (team := parse_text(said.get("team", ""))) is not None:
        route["team"] = team
    for name in ("ended", "actor", "blind"):
        if said.get(name):
            route[name] = said[name]
    looked.routes.append(route | {"totals": totals})


def _amount(name: str, text: str) -> int | None:
    return read_seconds(text) if name.endswith("_s") else read_count(text)
