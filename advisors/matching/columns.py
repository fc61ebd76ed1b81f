"""A round as columns of numbers: towns by rank, and the people of one seat by id.

The order of the columns is fixed by the round itself, so that a result never depends on the order of a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from advisors.matching.problem import WANTS_MAX, Advisor, Pair, Problem, Town

Ints = npt.NDArray[np.signedinteger[Any]]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

FARTHEST_KM = 30_000  # more than half way round the earth: who goes this far goes everywhere
NOT_ASKED = -1
_BITS = np.array([mask.bit_count() for mask in range(1 << 12)], dtype=np.int64)


def _column(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _mask(months: frozenset[int]) -> int:
    return sum(1 << (month - 1) for month in months)


@dataclass(frozen=True)
class Towns:
    """The towns in the order of their rank, 0 first."""

    rows: Sequence[Town]
    round_months: frozenset[int]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def place(self) -> dict[str, int]:
        return {town.id: at for at, town in enumerate(self.rows)}

    @cached_property
    def lat_e4(self) -> Ints:
        return _column(town.lat_e4 for town in self.rows)

    @cached_property
    def lon_e4(self) -> Ints:
        return _column(town.lon_e4 for town in self.rows)

    @cached_property
    def band(self) -> Ints:
        return _column(town.band for town in self.rows)

    @cached_property
    def months(self) -> Ints:
        """Bits of the calendar months that the town and the round have in common."""
        known: dict[frozenset[int], int] = {}
        for town in self.rows:
            if town.months not in known:
                known[town.months] = _mask(town.months & self.round_months)
        return _column(known[town.months] for town in self.rows)

    @cached_property
    def onsite(self) -> Flags:
        """Somebody may come."""
        return np.fromiter((town.mode != "online" for town in self.rows), dtype=np.bool_)

    @cached_property
    def online(self) -> Flags:
        return np.fromiter((town.mode != "onsite" for town in self.rows), dtype=np.bool_)


@dataclass(frozen=True)
class People:
    """The advisors of one seat who pass the first two filters, by id."""

    rows: Sequence[Advisor]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def place(self) -> dict[str, int]:
        return {advisor.id: at for at, advisor in enumerate(self.rows)}

    @cached_property
    def lat_e4(self) -> Ints:
        return _column(advisor.lat_e4 for advisor in self.rows)

    @cached_property
    def lon_e4(self) -> Ints:
        return _column(advisor.lon_e4 for advisor in self.rows)

    @cached_property
    def band(self) -> Ints:
        return _column(advisor.band for advisor in self.rows)

    @cached_property
    def months(self) -> Ints:
        return _column(_mask(advisor.months) for advisor in self.rows)

    @cached_property
    def onsite(self) -> Flags:
        return np.fromiter((advisor.mode != "online" for advisor in self.rows), dtype=np.bool_)

    @cached_property
    def online(self) -> Flags:
        return np.fromiter((advisor.mode != "onsite" for advisor in self.rows), dtype=np.bool_)

    @cached_property
    def max_km(self) -> Ints:
        return _column(min(advisor.max_km, FARTHEST_KM) for advisor in self.rows)

    @cached_property
    def left(self) -> Ints:
        return _column(advisor.left for advisor in self.rows)

    @cached_property
    def load(self) -> Ints:
        return _column(advisor.current_load for advisor in self.rows)


def certified(problem: Problem, advisor: Advisor, seat: str) -> bool:
    """The first filter."""
    return advisor.role == seat and advisor.active and advisor.cert_until >= problem.end


def has_place(advisor: Advisor, seat: str, lent_left: dict[str, int]) -> bool:
    """The second filter; an employer lends leads only."""
    return advisor.left > 0 and (seat != "lead" or lent_left.get(advisor.employer, 1) > 0)


def lending(problem: Problem) -> dict[str, int]:
    """What each listed employer still lends."""
    return {employer.code: employer.left for employer in problem.employers}


def enough_months(common: Ints, problem: Problem) -> Flags:
    """Whether so many common months (as bits) suffice for the sessions of the round."""
    enough: Flags = _BITS[common] >= min(problem.params.sessions, len(_BITS))
    return enough


def people_for(problem: Problem, seat: str) -> People:
    left = lending(problem)
    able = (a for a in problem.advisors if certified(problem, a, seat) and has_place(a, seat, left))
    return People(sorted(able, key=lambda advisor: advisor.id))


def pair_keys(pairs: Iterable[Pair], towns: Towns, people: People) -> Ints:
    """The pairs as ``town · people + advisor``, sorted; pairs of others are left out."""
    found = (
        towns.place[town] * len(people) + people.place[advisor]
        for town, advisor in pairs
        if town in towns.place and advisor in people.place
    )
    return np.sort(_column(found))


def holds(keys: Ints, sorted_keys: Ints) -> Flags:
    """Which of ``keys`` are among ``sorted_keys``."""
    if not len(sorted_keys):
        return np.zeros(len(keys), dtype=np.bool_)
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    found: Flags = sorted_keys[at] == keys
    return found


def preferences(towns: Towns, people: People, places: int) -> Ints:
    """For each town the advisors that it prefers, best first; ``NOT_ASKED`` where there is none."""
    table = np.full((len(towns), places), NOT_ASKED, dtype=np.int64)
    for at, town in enumerate(towns.rows):
        for place, advisor in enumerate(town.preferred):
            table[at, place] = people.place.get(advisor, NOT_ASKED)
    return table


@dataclass(frozen=True)
class Wishes:
    """Wanted tags by number, and one bit for each tag that an advisor has. The last number is nobody's tag."""

    wanted: Ints
    total: Ints
    bits: npt.NDArray[np.uint8]

    def worth(self, town: Ints, advisor: Ints) -> Ints:
        """What the advisor has of what the town wants, in the worths of the format."""
        found = np.zeros(len(town), dtype=np.int64)
        for place in range(WANTS_MAX):
            tag = self.wanted[town, place]
            has = (self.bits[advisor, tag >> 3] >> (7 - (tag & 7)).astype(np.uint8)) & 1
            found += (WANTS_MAX - place) * has
        return found


def wishes(towns: Towns, people: People) -> Wishes:
    offered = sorted({tag for advisor in people.rows for tag in advisor.tags})
    number = {tag: at for at, tag in enumerate(offered)}
    nobodys = len(number)
    wanted = np.full((len(towns), WANTS_MAX), nobodys, dtype=np.int64)
    for at, town in enumerate(towns.rows):
        for place, tag in enumerate(town.wants):
            wanted[at, place] = number.get(tag, nobodys)
    total = _column(sum(range(WANTS_MAX, WANTS_MAX - len(town.wants), -1)) for town in towns.rows)
    has = np.zeros((len(people), nobodys + 1), dtype=np.bool_)
    for at, advisor in enumerate(people.rows):
        has[at, [number[tag] for tag in advisor.tags]] = True
    return Wishes(wanted, total, np.packbits(has, axis=1))
