"""The pairs that may be matched, with their scores: found without comparing every town with every advisor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from advisors.matching.columns import (
    NOT_ASKED,
    Flags,
    Ints,
    People,
    Towns,
    Wishes,
    enough_months,
    holds,
    pair_keys,
    preferences,
    wishes,
)
from advisors.matching.nearby import distances_km, within_reach
from advisors.matching.problem import PARTS, PREFERRED_MAX, Problem

PREFERENCE = np.array((100, 70, 40), dtype=np.int64)
ONLINE_PART = 50
CHUNK = 200_000
SCORE_BITS = 31  # a score fits 32 bits with its sign
EMPTY = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class Edges:
    """All pairs of one seat that pass the seven filters, sorted by town and advisor (places in the columns).

    32 bits each: there are millions.
    """

    towns: Towns
    people: People
    town: Ints
    advisor: Ints
    score: Ints

    def __len__(self) -> int:
        return len(self.town)

    @property
    def keys(self) -> Ints:
        return self.town.astype(np.int64) * len(self.people) + self.advisor


@dataclass(frozen=True)
class Scored:
    """The five parts of some pairs, the way of working and the way there in whole kilometres."""

    parts: dict[str, Ints]
    onsite: Flags
    km: Ints


class Scorer:
    """The arithmetic of a pair, for many pairs at once."""

    def __init__(self, problem: Problem, towns: Towns, people: People) -> None:
        self.towns, self.people = towns, people
        self.weights = problem.params.weights
        self.preferred = preferences(towns, people, PREFERRED_MAX)
        self.wishes: Wishes = wishes(towns, people)
        self.worked = pair_keys(problem.history, towns, people)

    def way(self, town: Ints, advisor: Ints) -> tuple[Flags, Flags, Ints]:
        """On-site possible, on-line possible, kilometres (0 where nobody may go)."""
        goes = self.towns.onsite[town] & self.people.onsite[advisor]
        km = np.zeros(len(town), dtype=np.int64)
        km[goes] = self.kilometres(town[goes], advisor[goes])
        onsite = goes & (km <= self.people.max_km[advisor])
        return onsite, self.towns.online[town] & self.people.online[advisor], km

    def kilometres(self, town: Ints, advisor: Ints) -> Ints:
        """The way there of any pair, also where nobody would go."""
        towns, people = self.towns, self.people
        there = (people.lat_e4[advisor], people.lon_e4[advisor])
        return distances_km(towns.lat_e4[town], towns.lon_e4[town], *there)

    def parts(self, town: Ints, advisor: Ints) -> Scored:
        onsite, online, km = self.way(town, advisor)
        return self.parts_of(town, advisor, onsite, online, km)

    def parts_of(self, town: Ints, advisor: Ints, onsite: Flags, online: Flags, km: Ints) -> Scored:
        total = self.wishes.total[town]
        expertise = 100 * self.wishes.worth(town, advisor) // np.maximum(total, 1)
        expertise[total == 0] = 100
        preference = np.zeros(len(town), dtype=np.int64)
        for place, worth in enumerate(PREFERENCE):
            asked = self.preferred[town, place]
            preference[(asked == advisor) & (asked != NOT_ASKED)] = worth
        size = np.maximum(0, 100 - 25 * np.abs(self.towns.band[town] - self.people.band[advisor]))
        there = np.where(onsite, np.maximum(0, 100 - km // 10), -1)
        apart = np.where(online, np.where(self.towns.onsite[town], ONLINE_PART, 100), -1)
        worked = holds(town * len(self.people) + advisor, self.worked)
        values = (
            expertise,
            preference,
            size,
            np.maximum(np.maximum(there, apart), 0),
            np.where(worked, 100, 0),
        )
        return Scored(dict(zip(PARTS, values, strict=True)), there >= apart, km)

    def score(self, scored: Scored) -> Ints:
        """The weighted sum; weights must fit 64 bits (``scaled`` sees to that)."""
        found = np.zeros(len(scored.km), dtype=np.int64)
        for part, values in scored.parts.items():
            found += self.scaled[part] * values
        return found

    @property
    def scaled(self) -> dict[str, int]:
        """The weights as the solver takes them: the low bits of giants are dropped."""
        return {part: weight >> self.shift for part, weight in self.weights.items()}

    @property
    def shift(self) -> int:
        """How many bits are dropped; 0 unless a score could pass ``SCORE_BITS`` bits."""
        return max(0, (100 * sum(self.weights.values())).bit_length() - SCORE_BITS)


def find_edges(problem: Problem, scorer: Scorer) -> Edges:
    """Every pair that passes all filters."""
    towns, people = scorer.towns, scorer.people
    barred = barred_keys(problem, towns, people)
    width = max(1, len(people))
    columns: list[tuple[Ints, Ints, Ints]] = [(EMPTY, EMPTY, EMPTY)]
    for keys in _candidates(problem, towns, people):
        town, advisor = keys // width, keys % width
        onsite, online, km = scorer.way(town, advisor)
        stays = (onsite | online) & ~holds(keys, barred)
        town, advisor = town[stays], advisor[stays]
        scored = scorer.parts_of(town, advisor, onsite[stays], online[stays], km[stays])
        columns.append(
            (town.astype(np.int32), advisor.astype(np.int32), scorer.score(scored).astype(np.int32))
        )
    return Edges(towns, people, *(np.concatenate(column) for column in zip(*columns, strict=True)))


def barred_keys(problem: Problem, towns: Towns, people: People) -> Ints:
    """Pairs that filters 3 to 5 keep apart: own employer, conflict, refusal, veto."""
    at_home: dict[str, list[str]] = {}
    for advisor in people.rows:
        at_home.setdefault(advisor.employer, []).append(advisor.id)
    own = {(town.id, name) for town in towns.rows for name in at_home.get(town.municipality, ())}
    return pair_keys(own | problem.conflicts | problem.declined | problem.forbidden, towns, people)


def _candidates(problem: Problem, towns: Towns, people: People) -> Iterator[Ints]:
    """Sorted keys of pairs with enough months in common who may be near enough or may meet on-line, in chunks."""
    found = [np.zeros(0, dtype=np.int64)]
    for town, advisor in within_reach(towns, people):
        enough = enough_months(towns.months[town] & people.months[advisor], problem)
        found.append(town[enough] * len(people) + advisor[enough])
    found += _online(towns, people, problem)
    keys = np.concatenate(found)
    found.clear()
    keys.sort()
    if len(keys):
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def _online(towns: Towns, people: People, problem: Problem) -> Iterator[Ints]:
    """All pairs that may meet on-line, one set of a town's months at a time: each of them is a candidate."""
    at_desk, asking = np.flatnonzero(people.online), np.flatnonzero(towns.online)
    for months in np.unique(towns.months[asking]):
        free = at_desk[enough_months(people.months[at_desk] & months, problem)]
        those = asking[towns.months[asking] == months]
        yield (those[:, None] * len(people) + free[None, :]).ravel()
