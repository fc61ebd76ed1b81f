"""Answers for people: what else could be, what it would cost, and why not.

Every answer is found by solving again, so that it says what would really happen and not what a figure suggests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from advisors.matching.columns import People, Towns, lending
from advisors.matching.edges import Scorer
from advisors.matching.engine import served_towns
from advisors.matching.problem import Advisor, Problem, Result, Town
from advisors.matching.rules import Rules
from advisors.matching.whatif import Change, Comparison, Kind, apply_change, leads_of, try_change

CAPACITY_MOST = 4
ALTERNATES = 3
CHANGES = 5
TRIED = 40  # candidate changes that are solved for one town


@dataclass(frozen=True, slots=True)
class Alternate:
    """Another lead for a town, with the pair's score and what choosing them would do to the whole."""

    advisor: str
    score: int
    cost: Comparison


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why an advisor does not serve a town: the filters that the pair breaks, or what it would cost to insist."""

    broken: tuple[str, ...]
    score: int | None
    cost: Comparison | None
    together: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """Why somebody's load is what it is. ``barred``: towns by the first filter that the pair does not pass."""

    held: int
    given: int
    left: int
    eligible: int
    barred: dict[str, int]
    lent_left: int | None


def _town(problem: Problem, name: str) -> Town:
    return next(row for row in problem.towns if row.id == name)


def score_table(
    problem: Problem, town: Town, advisors: Sequence[Advisor]
) -> list[tuple[dict[str, int], int]]:
    """For each advisor the five parts with this town and their weighted sum, whoever is matched or may be."""
    scorer = Scorer(problem, Towns([town], problem.months), People(advisors))
    everybody = np.arange(len(advisors))
    parts = scorer.parts(np.zeros_like(everybody), everybody).parts
    rows = [{name: int(values[at]) for name, values in parts.items()} for at in everybody]
    return [(row, sum(problem.params.weights[name] * part for name, part in row.items())) for row in rows]


def _by_score(problem: Problem, town: Town, advisors: Sequence[Advisor]) -> list[tuple[int, Advisor]]:
    scored = zip((total for _parts, total in score_table(problem, town, advisors)), advisors, strict=True)
    return sorted(scored, key=lambda item: (-item[0], item[1].id))


def alternates(problem: Problem, result: Result, town: str, most: int = ALTERNATES) -> list[Alternate]:
    """The best other leads for a town by the pair's score, each with what it would cost the whole."""
    row = _town(problem, town)
    rules, now = Rules(problem), leads_of(result).get(town)
    able = [a for a in problem.advisors if a.id != now and rules.broken(row, a, "lead") is None]
    found: list[Alternate] = []
    for score, advisor in _by_score(problem, row, able):
        cost = try_change(problem, result, Change(Kind.LOCK, town=town, advisor=advisor.id))
        if cost is not None:
            found.append(Alternate(advisor.id, score, cost))
        if len(found) == most:
            break
    return found


def why_not(problem: Problem, result: Result, town: str, advisor: str) -> WhyNot:
    """Why not this advisor for this town. Raises ``StopIteration`` where either is not in the round."""
    row = _town(problem, town)
    person = next(row for row in problem.advisors if row.id == advisor)
    if broken := Rules(problem).all_broken(row, person, "lead"):
        return WhyNot(broken, None, None)
    [(_parts, score)] = score_table(problem, row, [person])
    if leads_of(result).get(town) == advisor:
        return WhyNot((), score, None, together=True)
    return WhyNot((), score, try_change(problem, result, Change(Kind.LOCK, town=town, advisor=advisor)))


def load_of(problem: Problem, result: Result, advisor: str) -> Load:
    """Why an advisor has as many towns as they have."""
    person = next(row for row in problem.advisors if row.id == advisor)
    rules = Rules(problem)
    first = Counter(rules.broken(town, person, "lead") for town in problem.towns)
    eligible = first.pop(None, 0)
    given = sum(given.advisor == advisor and given.seat == "lead" for given in result.assignments)
    barred = {str(code): count for code, count in sorted(first.items(), key=lambda item: str(item[0]))}
    left = person.left - given
    return Load(person.current_load, given, left, eligible, barred, lending(problem).get(person.employer))


def smallest_changes(problem: Problem, town: str, most: int = CHANGES) -> list[Change]:
    """Single changes after which the town is served, the most promising first; each was solved again.

    One more place of an advisor, one more lent by an employer, one more month, on-line beside on-site, a lock lifted,
    one more place in the year.
    """
    row = _town(problem, town)
    found: list[Change] = []
    for tried, change in enumerate(_candidates(problem, row)):
        if tried == TRIED or len(found) == most:
            break
        if town in served_towns(apply_change(problem, change)):
            found.append(change)
    return found


def _candidates(problem: Problem, town: Town) -> Iterator[Change]:
    """Changes that could serve the town, by kind and by the score of the pair that they would allow."""
    rules = Rules(problem)
    if problem.params.max_leads is not None:
        yield Change(Kind.CAP, value=problem.params.max_leads + 1)
    for lock in sorted(problem.locked):
        yield Change(Kind.UNLOCK, town=lock[0], advisor=lock[1])
    leads = [advisor for advisor in problem.advisors if advisor.role == "lead" and advisor.active]
    if town.mode != "either":
        yield Change(Kind.EITHER_MODE, town=town.id)
    months: set[int] = set()
    for _score, advisor in _by_score(problem, town, leads):
        broken = rules.all_broken(town, advisor, "lead")
        yield from _for_advisor(problem, town, advisor, broken, months)


def _for_advisor(
    problem: Problem, town: Town, advisor: Advisor, broken: tuple[str, ...], months: set[int]
) -> Iterator[Change]:
    if broken in ((), ("NO_CAPACITY",)):
        if advisor.capacity < CAPACITY_MOST:
            value = max(advisor.capacity, advisor.current_load) + 1
            if value <= CAPACITY_MOST:
                yield Change(Kind.CAPACITY, advisor=advisor.id, value=value)
        for row in problem.employers:
            if row.code == advisor.employer:
                yield Change(Kind.LENDING, employer=row.code, value=max(row.max_lent, row.lent) + 1)
    elif broken == ("NO_COMMON_MONTHS",):
        for month in sorted((advisor.months & problem.months) - town.months - months):
            months.add(month)
            yield Change(Kind.TOWN_MONTH, town=town.id, value=month)
        for month in sorted((town.months & problem.months) - advisor.months):
            yield Change(Kind.ADVISOR_MONTH, advisor=advisor.id, value=month)
