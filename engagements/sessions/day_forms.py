"""Teams, guests and costs between the page's columns of fields and the rows that the door takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from accounts.fields import as_read, read_any_count
from municipalities.selectors import find
from workflow.errors import BadInput

COLUMNS = {
    "set_teams": ("teams", ("team", "place", "people")),
    "set_guests": ("guests", ("municipality", "section", "name")),
    "set_costs": ("costs", ("kind", "amount", "payer", "note")),
}
NUMBERS = ("people", "amount")
#: What a line has chosen before anything was typed: it makes no row by itself.
CHOSEN = ("kind", "payer")
EMPTY_LINES = 3

Line = dict[str, Any]


def typed(posted: QueryDict, deed: str) -> list[Line]:
    """The lines in which something was typed, as typed."""
    _field, names = COLUMNS[deed]
    columns = [posted.getlist(name) for name in names]
    lines = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=False)]
    return [line for line in lines if any(line[name].strip() for name in names if name not in CHOSEN)]


def rows_of(lines: list[Line]) -> list[Line]:
    """What the door takes: numbers as numbers, a town by its code. What can't be read stays as typed."""
    return [{name: _value(name, text) for name, text in line.items()} for line in lines]


def _value(name: str, text: str) -> Any:
    said = text.strip()
    if name in NUMBERS:
        return as_read(read_any_count, said) or 0
    return town_code(said) if name == "municipality" else said


def town_code(said: str) -> str:
    """The code of the town that is named so, or begins so; the text itself where none or several fit."""
    named = find(said, 5, on=timezone.localdate())
    exact = [town for town in named if said in (town.code, town.full_name, town.name)]
    fitting = exact or named
    return str(fitting[0].code) if len(fitting) == 1 else said


def with_faults(lines: list[Line], error: Exception | None, field: str) -> tuple[list[Line], list[str]]:
    """The lines with their sentences beside them, and the sentences that belong to no line."""
    faults: Mapping[str, list[str]] = error.fields if isinstance(error, BadInput) else {}
    shown = [
        line | {"faults": faults.get(f"{field}.{place}", [])} for place, line in enumerate(lines, start=1)
    ]
    stray = [said for name, found in faults.items() if not name.startswith(f"{field}.") for said in found]
    return shown, stray


def padded(lines: list[Line], names: tuple[str, ...]) -> list[Line]:
    return [*lines, *(dict.fromkeys(names, "") for _line in range(EMPTY_LINES))]
