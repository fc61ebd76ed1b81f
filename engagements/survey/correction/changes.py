"""What differs between two states of a route, so that old and new can both be read. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from engagements.survey.correction.visits import EDGES, PLACE, Entry, entries
from engagements.survey.measures import HOW

T = TypeVar("T")
Raw = Mapping[str, Any]
What = Literal[
    "queued_at",
    "called_at",
    "finished_at",
    "place",
    "visit",
    "form",
    "form_name",
    "write",
    "write_at",
    "write_form",
    "write_person",
    "write_field",
    "write_how",
    "write_times",
    "observation_at",
    "observation_visit",
    "other",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was put right. ``visit`` is the visit as it stood (as it stands, for a new one).

    ``number`` counts entries by time and forms from 1. ``before`` and ``after`` are values of the records; of a whole
    visit, form or entry that came or went, one of them is None.
    """

    what: What
    visit: Raw
    before: Any = None
    after: Any = None
    number: int = 0


def changes(before: Raw, after: Raw) -> list[Change]:
    """Every difference, visit by visit; what the timeline does not show is one ``other``. None: they say the same."""
    found: list[Change] = []
    visits, others = list(enumerate(before.get("visits") or ())), list(enumerate(after.get("visits") or ()))
    pairs = _pairs(visits, others, _visits_alike, lambda item: _text(item[1]))
    both = [(one and one[1], other and other[1]) for one, other in pairs]
    moves = _moves(both)
    for old, new in both:
        found += _of_visit(old, new, moves) if old and new else [Change("visit", old or new or {}, old, new)]
        found += _moved(old, moves) if old else []
    if _rest(before, ("visits",)) != _rest(after, ("visits",)):
        found.append(Change("other", {}))
    return found


def _of_visit(old: Raw, new: Raw, moves: _Moves) -> Iterator[Change]:
    for edge in EDGES:
        if (old.get(edge) or "") != (new.get(edge) or ""):
            yield Change(edge, old, old.get(edge), new.get(edge))
    if any((old.get(name) or "") != (new.get(name) or "") for name in PLACE):
        yield Change("place", old, old, new)
    yield from _of_forms(old, new)
    yield from _of_observations(old, new, moves)
    known = (*EDGES, *PLACE, "forms", "observations")
    if _rest(old, known) != _rest(new, known):
        yield Change("other", old)


def _rest(node: Raw, known: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name not in known and value not in (None, "", [])}


def _of_forms(old: Raw, new: Raw) -> Iterator[Change]:
    forms, others = list(enumerate(old.get("forms") or ())), list(enumerate(new.get("forms") or ()))
    where: dict[int, int] = {}
    for one, other in _pairs(forms, others, _forms_alike, lambda item: _text(item[1])):
        if one and other:
            where[one[0]] = other[0]
            if (one[1].get("name") or "") != (other[1].get("name") or ""):
                yield Change("form_name", old, one[1].get("name"), other[1].get("name"), one[0] + 1)
        else:
            found = one or other
            yield Change("form", old, one and one[1], other and other[1], found[0] + 1 if found else 0)
    yield from _of_writes(old, new, where)


def _of_writes(old: Raw, new: Raw, where: Mapping[int, int]) -> Iterator[Change]:
    forms, others = old.get("forms") or (), new.get("forms") or ()
    for one, other in _paired_entries(old, new, where):
        if one and other:
            yield from _of_write(old, one, other, (forms[one.form], others[other.form]), where)
        elif one:
            yield Change("write", old, {"form": forms[one.form].get("name"), **one.write}, None, one.number)
        elif other:
            yield Change(
                "write", old, None, {"form": others[other.form].get("name"), **other.write}, other.number
            )


def _paired_entries(old: Raw, new: Raw, where: Mapping[int, int]) -> list[tuple[Entry | None, Entry | None]]:
    """``where`` says which form of the new visit each of the old is."""
    ours = [(where.get(entry.form), entry) for entry in entries(old)]
    theirs = [(entry.form, entry) for entry in entries(new)]
    pairs = _pairs(ours, theirs, _entries_alike, lambda item: f"{item[0]} {_text(item[1].write)}")
    return [(one and one[1], other and other[1]) for one, other in pairs]


def _entries_alike(one: tuple[int | None, Entry], other: tuple[int | None, Entry]) -> int:
    """How much two entries share; less than half of it is no likeness."""
    old, new = one[1].write, other[1].write
    same = [old.get(name) == new.get(name) for name in ("at", "person", "field", "times")]
    same += [one[0] == other[0], _how(old) == _how(new)]
    return sum(same) if sum(same) >= 3 else 0


def _how(write: Raw) -> str:
    return write.get("how") or HOW[0]


def _of_write(
    visit: Raw, one: Entry, other: Entry, forms: tuple[Raw, Raw], where: Mapping[int, int]
) -> Iterator[Change]:
    if where.get(one.form) != other.form:
        yield Change("write_form", visit, forms[0].get("name"), forms[1].get("name"), one.number)
    for name in ("at", "person", "field", "times"):
        if (one.write.get(name) or "") != (other.write.get(name) or ""):
            said = one.write.get(name), other.write.get(name)
            yield Change(f"write_{name}", visit, *said, one.number)  # type: ignore[arg-type]
    if _how(one.write) != _how(other.write):
        yield Change("write_how", visit, _how(one.write), _how(other.write), one.number)
    known = ("at", "person", "field", "times", "how")
    if _rest(one.write, known) != _rest(other.write, known):
        yield Change("other", visit)


@dataclass(frozen=True, slots=True)
class _Moves:
    """Remarks that stand at another visit now, by ``id``: where each went, and those that came from elsewhere."""

    gone: Mapping[int, tuple[Raw, Raw]]
    came: frozenset[int]


def _moves(pairs: Sequence[tuple[Raw | None, Raw | None]]) -> _Moves:
    """Which remarks, the same but for their time, are at one visit no more and at another one now."""
    gone: list[Raw] = []
    came: dict[str, list[tuple[Raw, Raw]]] = defaultdict(list)
    for old, new in pairs:
        waiting: dict[str, list[Raw]] = defaultdict(list)
        for item in (new or {}).get("observations") or ():
            waiting[_remark(item)].append(item)
        for item in (old or {}).get("observations") or ():
            if waiting[_remark(item)]:
                waiting[_remark(item)].pop(0)
            else:
                gone.append(item)
        for key, items in waiting.items():
            came[key] += [(new or {}, item) for item in items]
    found = {id(item): came[_remark(item)].pop(0) for item in gone if came[_remark(item)]}
    return _Moves(found, frozenset(id(item) for _visit, item in found.values()))


def _remark(item: Raw) -> str:
    return _text(_rest(item, ("at",)))


def _moved(old: Raw, moves: _Moves) -> Iterator[Change]:
    for number, item in enumerate(old.get("observations") or (), start=1):
        if id(item) in moves.gone:
            visit, now = moves.gone[id(item)]
            yield Change("observation_visit", old, old, visit, number)
            yield from _retimed(old, item, now, number)


def _retimed(visit: Raw, item: Raw, now: Raw, number: int) -> Iterator[Change]:
    if (item.get("at") or "") != (now.get("at") or ""):
        yield Change("observation_at", visit, item.get("at"), now.get("at"), number)


def _of_observations(old: Raw, new: Raw, moves: _Moves) -> Iterator[Change]:
    noticed = [
        one for one in enumerate(old.get("observations") or (), start=1) if id(one[1]) not in moves.gone
    ]
    others = [item for item in new.get("observations") or () if id(item) not in moves.came]
    if [_remark(item) for _number, item in noticed] != [_remark(item) for item in others]:
        yield Change("other", old)
        return
    for (number, one), other in zip(noticed, others, strict=True):
        yield from _retimed(old, one, other, number)


def _visits_alike(one: tuple[int, Raw], other: tuple[int, Raw]) -> int:
    names = ("counter", *EDGES, "forms", "observations", "procedures")
    said = [name for name in names if one[1].get(name) is not None and one[1].get(name) == other[1].get(name)]
    return 2 * len(said) + (one[0] == other[0])


def _forms_alike(one: tuple[int, Raw], other: tuple[int, Raw]) -> int:
    named = bool(one[1].get("name") == other[1].get("name"))
    shared = sum(write in (other[1].get("writes") or ()) for write in one[1].get("writes") or ())
    return 100 * named + 2 * shared + (one[0] == other[0])


def _text(node: Raw) -> str:
    return json.dumps(node, ensure_ascii=False, sort_keys=True)


def _pairs(
    old: Sequence[T], new: Sequence[T], alike: Callable[[T, T], int], text: Callable[[T], str]
) -> list[tuple[T | None, T | None]]:
    """Which of the new is which of the old: first those that say the same, then those most ``alike``.

    What has no fellow stands beside None.
    """
    fellow: dict[int, int] = {}
    waiting: dict[str, list[int]] = defaultdict(list)
    for b, other in enumerate(new):
        waiting[text(other)].append(b)
    for a, one in enumerate(old):
        if found := waiting[text(one)]:
            fellow[a] = found.pop(0)
    left = sorted(b for rest in waiting.values() for b in rest)
    scores = [
        (alike(one, new[b]), -abs(a - b), -a, -b)
        for a, one in enumerate(old)
        if a not in fellow
        for b in left
    ]
    for score, _near, a, b in sorted(scores, reverse=True):
        if score and -a not in fellow and -b in left:
            fellow[-a] = -b
            left.remove(-b)
    return [(one, new[fellow[a]] if a in fellow else None) for a, one in enumerate(old)] + [
        (None, new[b]) for b in left
    ]
