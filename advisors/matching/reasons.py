"""Why a seat stays empty: the first filter that leaves nobody, or that others were served before."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from advisors.matching.columns import Ints, People, Towns, certified, enough_months
from advisors.matching.problem import Pair, Problem

OUTRANKED = "OUTRANKED"
NO_LEAD = "NO_LEAD"


def empty_reasons(problem: Problem, towns: Towns, people: People, seat: str, places: Ints) -> list[str]:
    """The code for each of ``places`` (in ``towns``), all of them towns without any eligible pair.

    ``people`` are those who pass the first two filters.
    """
    if not any(certified(problem, advisor, seat) for advisor in problem.advisors):
        return ["NO_CERTIFIED"] * len(places)
    if not len(people):
        return ["NO_CAPACITY"] * len(places)
    at_home: dict[str, list[int]] = {}
    for at, advisor in enumerate(people.rows):
        at_home.setdefault(advisor.employer, []).append(at)
    conflicts, declined, forbidden = (
        _by_town(pairs, people) for pairs in (problem.conflicts, problem.declined, problem.forbidden)
    )
    found = []
    for place in places:
        town = towns.rows[place]
        own = [*at_home.get(town.municipality, ()), *conflicts.get(town.id, ())]
        steps = (
            ("CONFLICT", own),
            ("DECLINED", declined.get(town.id, [])),
            ("FORBIDDEN", forbidden.get(town.id, [])),
        )
        apart = ~enough_months(towns.months[place] & people.months, problem)
        found.append(_first(len(people), (*steps, ("NO_COMMON_MONTHS", np.flatnonzero(apart)))))
    return found


def _by_town(pairs: Iterable[Pair], people: People) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for town, advisor in pairs:
        if advisor in people.place:
            found.setdefault(town, []).append(people.place[advisor])
    return found


def _first(count: int, steps: Iterable[tuple[str, list[int] | Ints]]) -> str:
    """The first step after which nobody of ``count`` is left; the last filter where somebody always is."""
    left = np.ones(count, dtype=np.bool_)
    for code, leaving in steps:
        left[leaving] = False
        if not left.any():
            return code
    return "TOO_FAR"
