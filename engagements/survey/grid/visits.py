"""One row: a visit as cells, and cells as a visit."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from django.utils.translation import gettext as _

from engagements.survey.grid import papers
from engagements.survey.grid.cells import BadCell, Shown, parse_count, parse_text, parse_time
from engagements.survey.grid.columns import BY_KEY, COLUMNS, DEFAULT_OUTCOME, VISIT_FIELDS, WRITES, Column
from engagements.survey.measures import OUTCOMES
from engagements.survey.plain import instant, one_line, same, show_time

Raw = MutableMapping[str, Any]
Faults = dict[str, str]
Typed = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a row does not say itself: the day and offset of the route, the scenario's procedures in order."""

    day: date
    zone: tzinfo
    procedures: Sequence[str]


def moment(typed: str, old: str | None, day: date, zone: tzinfo) -> str | None:
    """A time of day as an instant: on the day and in the offset of what stood there, else of the route."""
    at = parse_time(typed)
    return None if at is None else instant(at, old, day, zone)


def show_visit(visit: Mapping[str, Any], setting: Setting) -> dict[str, Shown]:
    """What each cell of the row shows."""
    shown = {column.key: _plain(visit, column) for column in COLUMNS if column.field}
    shown["forms"], shown["names"] = papers.show_forms(visit)
    shown |= {key: papers.show_written(visit, field) for key, field in WRITES.items()}
    shown["avoided"] = papers.show_avoided(visit)
    shown["procedures"] = Shown(_codes(visit, setting.procedures))
    outcome = visit.get("outcome") or ""
    shown["outcome"] = Shown("" if outcome == DEFAULT_OUTCOME else outcome)
    for kind in ("problem", "good"):
        shown[kind], shown[f"{kind}_category"] = papers.show_observations(visit, kind)
    return shown


def _plain(visit: Mapping[str, Any], column: Column) -> Shown:
    value = visit.get(column.field)
    if column.kind == "time":
        return Shown(show_time(value))
    return Shown("" if value is None else one_line(str(value)))


def _codes(visit: Mapping[str, Any], procedures: Sequence[str]) -> str:
    """The numbers of the procedures that were finished here, in the scenario's order."""
    done = set(visit.get("procedures") or ())
    return " ".join(str(number) for number, id in enumerate(procedures, start=1) if id in done)


def edit_visit(visit: Raw, typed: Typed, setting: Setting) -> Faults:
    """Carry what was typed into the visit; cells that say what they said before touch nothing.

    Returns a sentence for each cell that can't be read; the visit must then not be used.
    """
    shown = show_visit(visit, setting)
    changed = {key for key, cell in shown.items() if key in typed and not same(typed[key], cell.value)}
    faults = {key: shown[key].locked for key in changed if shown[key].locked}
    for keys, act in _acts(visit, _filled(shown, typed), setting):
        if changed.isdisjoint(keys) or not faults.keys().isdisjoint(keys):
            continue
        try:
            act()
        except BadCell as refusal:
            faults[next(key for key in keys if key in changed)] = str(refusal)
    return faults


def _filled(shown: Mapping[str, Shown], typed: Typed) -> dict[str, str]:
    return {key: typed.get(key, cell.value) for key, cell in shown.items()}


def _acts(
    visit: Raw, cells: Mapping[str, str], setting: Setting
) -> list[tuple[tuple[str, ...], Callable[[], None]]]:
    """What each change does, forms before what is written on them. A lambda a column: they share the row."""
    acts: list[tuple[tuple[str, ...], Callable[[], None]]] = [
        ((column.key,), lambda column=column: _set_plain(visit, column, cells[column.key], setting))  # type: ignore[misc]
        for column in COLUMNS
        if column.field
    ]
    acts.append(
        (("forms", "names"), lambda: papers.set_forms(visit, parse_count(cells["forms"]), cells["names"]))
    )
    acts += [
        ((key,), lambda key=key, field=field: _set_written(visit, field, cells[key]))  # type: ignore[misc]
        for key, field in WRITES.items()
    ]
    acts.append((("avoided",), lambda: _set_avoided(visit, cells["avoided"])))
    acts.append((("procedures",), lambda: _set_procedures(visit, cells["procedures"], setting.procedures)))
    acts.append((("outcome",), lambda: _set_outcome(visit, cells["outcome"])))
    acts += [
        (
            (kind, f"{kind}_category"),
            lambda kind=kind: papers.set_observations(visit, kind, cells[kind], cells[f"{kind}_category"]),  # type: ignore[misc]
        )
        for kind in ("problem", "good")
    ]
    return acts


def put(holder: Raw, name: str, value: Any) -> None:
    """Set a value, or take the field away for nothing."""
    if value is None:
        holder.pop(name, None)
    else:
        holder[name] = value


def _set_plain(visit: Raw, column: Column, typed: str, setting: Setting) -> None:
    if column.kind == "time":
        value: Any = moment(typed, visit.get(column.field), setting.day, setting.zone)
    else:
        value = parse_count(typed) if column.kind == "count" else parse_text(typed)
    put(visit, column.field, value)


def _set_written(visit: Raw, field: str, typed: str) -> None:
    papers.set_writes(visit, papers.written(visit, field), {"field": field}, parse_count(typed))


def _set_avoided(visit: Raw, typed: str) -> None:
    new = {"field": "other", "how": "prefilled"}
    papers.set_writes(visit, papers.avoided(visit), new, parse_count(typed))


def _set_procedures(visit: Raw, typed: str, procedures: Sequence[str]) -> None:
    text = unicodedata.normalize("NFKC", typed).replace("、", " ").replace(",", " ").replace("・", " ")
    numbers = {
        int(part) if part.isascii() and part.isdigit() and len(part) < 5 else 0 for part in text.split()
    }
    if not numbers <= set(range(1, len(procedures) + 1)):
        raise BadCell(
            _("上の一覧の番号(1から%(most)s)を、空白で区切って入れてください。") % {"most": len(procedures)}
        )
    put(visit, "procedures", [procedures[number - 1] for number in sorted(numbers)] or None)


def _set_outcome(visit: Raw, typed: str) -> None:
    if typed and typed not in OUTCOMES:
        raise BadCell(_("一覧から選んでください。"))
    # An outcome that is not there means the same; one that was there is overwritten, not lost.
    put(visit, "outcome", typed or (DEFAULT_OUTCOME if visit.get("outcome") else None))


def new_visit(typed: Typed, setting: Setting) -> tuple[Raw, Faults]:
    """A visit that was typed into an empty row, its fields in the format's order."""
    visit: Raw = {}
    faults = edit_visit(visit, typed, setting)
    return {name: visit[name] for name in VISIT_FIELDS if name in visit}, faults


def is_empty(typed: Typed) -> bool:
    """Whether nothing was typed into a row."""
    return not any(typed.get(key, "").strip() for key in BY_KEY)
