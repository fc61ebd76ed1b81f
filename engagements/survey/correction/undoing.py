"""Which fields of the page hold a change, so that it can be taken back by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engagements.survey.correction.changes import Change
from engagements.survey.correction.typed import Corrected
from engagements.survey.correction.visits import EDGES, NEW_FORM, cells, entries
from engagements.survey.plain import same

Raw = Mapping[str, Any]


def fields_of(change: Change, visits: Sequence[Raw], typed: Mapping[str, str], made: Corrected) -> list[str]:
    """The names of what was typed for this change at ``visits`` (as recorded); none where other fields made it."""
    v = next((v for v, visit in enumerate(visits) if visit is change.visit), None)
    if v is None:
        return []
    stood = cells(change.visit, v)
    names = (f"v{v}-{key}" for key in _keys(change, v, typed, made))
    return [name for name in names if name in typed and not same(typed[name], stood.get(name, ""))]


def _keys(change: Change, v: int, typed: Mapping[str, str], made: Corrected) -> Iterator[str]:
    what, nth = change.what, change.number - 1
    if what in (*EDGES, "place"):
        yield what
    elif what == "visit":
        yield "gone"
    elif what == "form":
        yield f"f{nth}-gone" if change.after is None else f"f{NEW_FORM}-name"
    elif what == "form_name":
        yield f"f{nth}-name"
    elif what.startswith("observation_"):
        yield f"o{nth}-{what.removeprefix('observation_')}"
    elif what == "write" and change.before is None:
        yield from _new_row(change, v, typed, made)
    elif what.startswith("write"):
        index = next(entry.index for entry in entries(change.visit) if entry.number == change.number)
        yield f"w{index}-gone" if what == "write" else f"w{index}-{what.removeprefix('write_')}"


def _new_row(change: Change, v: int, typed: Mapping[str, str], made: Corrected) -> Iterator[str]:
    """All fields of the empty row into which a new entry was typed."""
    place = next(path for path, name in made.names.items() if name == f"v{v}-{EDGES[0]}").partition(".")[0]
    visit = made.route["visits"][int(place.removeprefix("visits[").removesuffix("]"))]
    entry = next(entry for entry in entries(visit) if entry.number == change.number)
    writes = visit["forms"][entry.form]["writes"]
    w = next(w for w, write in enumerate(writes) if write is entry.write)
    row = made.names[f"{place}.forms[{entry.form}].writes[{w}].field"].rpartition("-")[0]
    yield from (name.partition("-")[2] for name in typed if name.startswith(f"{row}-"))
