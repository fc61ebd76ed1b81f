"""How many places of an advisor are taken. The rooms above know; they register what they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date

#: Given a day and the ids asked for (None: everybody), the places taken by advisor id.
Counted = Callable[[date, "list[int] | None"], Mapping[int, int]]
_counted: list[Counted] = []


def counts_load(function: Counted) -> Counted:
    """Register something that takes an advisor's places; a constant number of queries, no place counted twice."""
    if function not in _counted:
        _counted.append(function)
    return function


def loads(on: date, advisors: Iterable[int] | None = None) -> Counter[int]:
    """The places taken on that day by advisor id; 0 for whoever is not in it."""
    ids = None if advisors is None else list(advisors)
    total: Counter[int] = Counter()
    for function in _counted:
        total.update(function(on, ids))
    return total
