"""How a visit stands on the page: its fields by the names of the form, its entries in the order of time. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engagements.survey.measures import HOW
from engagements.survey.plain import one_line, show_time

Raw = Mapping[str, Any]
EDGES: Final = ("queued_at", "called_at", "finished_at")
PLACE: Final = ("counter", "section", "building", "floor")
WRITE: Final = ("at", "form", "person", "field", "how", "times")
#: What the select of forms says for the form whose name is typed below it.
NEW_FORM: Final = "new"
MOST_NEW: Final = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """Something written: ``number`` as people count it, ``index`` in the order of the records, ``form`` its form's."""

    number: int
    index: int
    form: int
    write: Raw


def place_words(place: Raw) -> str:
    """The counter as a choice names it: 3番 国保(健康福祉課 本庁舎 1階)."""
    counter, *where = (one_line(str(place.get(name) or "")) for name in PLACE)
    said = " ".join(part for part in where if part)
    return f"{counter}({said})" if said else counter


def entries(visit: Raw) -> list[Entry]:
    """What was written at a visit by its time; what has none comes last."""
    flat = [
        (f, write) for f, form in enumerate(visit.get("forms") or ()) for write in form.get("writes") or ()
    ]
    order = sorted(range(len(flat)), key=lambda k: (*_when(flat[k][1]), k))
    return [Entry(number, k, *flat[k]) for number, k in enumerate(order, start=1)]


def _when(write: Raw) -> tuple[bool, float]:
    at = write.get("at")
    return (not at, datetime.fromisoformat(at).timestamp() if at else 0.0)


def write_cells(form: int, write: Raw) -> dict[str, str]:
    """An entry as the fields of a row show it."""
    return {
        "at": show_time(write.get("at")),
        "form": str(form),
        "person": one_line(write.get("person") or ""),
        "field": write["field"],
        "how": write.get("how") or HOW[0],
        "times": str(write["times"]),
    }


def cells(visit: Raw, v: int) -> dict[str, str]:
    """Every field of the visit at place ``v`` of its route, by name."""
    shown = {f"v{v}-{name}": show_time(visit.get(name)) for name in EDGES}
    shown[f"v{v}-place"] = place_words(visit)
    for f, form in enumerate(visit.get("forms") or ()):
        shown[f"v{v}-f{f}-name"] = one_line(form.get("name") or "")
    for entry in entries(visit):
        for name, value in write_cells(entry.form, entry.write).items():
            shown[f"v{v}-w{entry.index}-{name}"] = value
    for o, noticed in enumerate(visit.get("observations") or ()):
        shown[f"v{v}-o{o}-at"] = show_time(noticed.get("at"))
        shown[f"v{v}-o{o}-visit"] = str(v + 1)
    return shown
