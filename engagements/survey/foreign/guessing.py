"""What each column most likely is: by its heading, and by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engagements.survey.foreign.cells import kind_of, understand
from engagements.survey.foreign.tables import Table, headings_of
from engagements.survey.foreign.words import VISITS, is_numbering, own_headings, possible
from municipalities.cells import BadCell, narrow

#: How a column was decided.
OWN, HEADING, JOINED, VALUES, NUMBERING, UNKNOWN = (
    "own",
    "heading",
    "joined",
    "values",
    "numbering",
    "unknown",
)
#: Cells that are looked at, and the share of them that has to fit.
LOOKED_AT, FITS = 40, 0.6
_ANY_DAY = date(2026, 1, 1)
#: What a cell looks like that says by itself what it is.
_LOOKS = {
    "h:team": re.compile("[A-Za-z0-9一二三四五六七八九十]{1,2}(?:班|組|チーム)"),
    "v:floor": re.compile("(?:地下|B)?[0-9]{1,2}(?:階|F)"),
    "v:building": re.compile(".*(?:庁舎|別館|本館|分館|支所|センター)"),
    "v:counter": re.compile("[0-9]{1,3}番.*|.*窓口"),
    "v:section": re.compile(".*(?:課|係|室|局|部)"),
}
_TIMES = ("v:queued", "v:called", "v:finished")


@dataclass(frozen=True, slots=True)
class Guess:
    """``name`` is empty for a column that is left out, ``how`` says why it was decided so."""

    name: str
    how: str


def guess(table: Table, layout: str, heading: int = 0, depth: int = 1) -> list[Guess]:
    """For each column what it most likely is; each thing once."""
    headings = headings_of(table, heading, depth)
    own = {word: name for name, word in own_headings(layout)}
    if all("".join(parts) in own for parts in headings if parts) and any(headings):
        return [Guess(own.get("".join(parts), ""), OWN) for parts in headings]
    cells = [_cells(table, x, heading + depth) for x in range(len(headings))]
    found = [_by_heading(parts, cells[x], layout) for x, parts in enumerate(headings)]
    made: list[Guess] = []
    for x, names in enumerate(found):
        taken = {one.name for one in made}
        name = next((name for name in names if name not in taken), "")
        made.append(_decided(name, headings[x]))
    return _by_values(made, cells, {name for names in found for name in names}) if layout == VISITS else made


def is_own(guesses: Sequence[Guess]) -> bool:
    """Whether the sheet has the headings of our own template."""
    return all(one.how == OWN for one in guesses)


def _decided(name: str, parts: Sequence[str]) -> Guess:
    if not name:
        return Guess("", NUMBERING if is_numbering(parts) or not parts else UNKNOWN)
    return Guess(name, JOINED if len(parts) > 1 else HEADING)


def _cells(table: Table, x: int, first: int) -> list[str]:
    return [row[x] for row in table[first:] if row[x]][:LOOKED_AT]


def _by_heading(parts: Sequence[str], cells: Sequence[str], layout: str) -> list[str]:
    """What the words allow and the cells do not forbid.

    Where only one thing is possible, its faults are shown; but 氏名 over names of people is no count of writings.
    """
    names = possible(parts, layout)
    fitting = [name for name in names if _fits(name, cells)]
    return fitting or [name for name in names if not name.startswith("v:w_")]


def _fits(name: str, cells: Sequence[str]) -> bool:
    if kind_of(name) in ("text", "lines"):
        return True
    read = 0
    for text in cells:
        try:
            understand(name, text, _ANY_DAY)
        except BadCell:
            continue
        read += 1
    return read >= FITS * len(cells)


def _by_values(made: list[Guess], cells: Sequence[Sequence[str]], spoken_for: set[str]) -> list[Guess]:
    """Columns whose heading says nothing, by what stands in them."""
    for x, one in enumerate(made):
        if one.how == UNKNOWN and cells[x]:
            taken = {other.name for other in made} | spoken_for
            name = next((name for name in _look_alikes(cells[x]) if name not in taken), "")
            made[x] = Guess(name, VALUES) if name else one
    return made


def _look_alikes(cells: Sequence[str]) -> list[str]:
    if _fits("v:outcome", cells):
        return ["v:outcome"]
    for name, pattern in _LOOKS.items():
        if sum(bool(pattern.fullmatch(narrow(text))) for text in cells) >= FITS * len(cells):
            return [name]
    if all(":" in narrow(text) or "時" in text for text in cells) and _fits("v:queued", cells):
        return list(_TIMES)
    return ["h:day"] if _fits("h:day", cells) and not _fits("v:forms", cells) else []
