"""What if: a round with one thing changed, solved again, and what that does to the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from advisors.matching.budget import Budget
from advisors.matching.engine import ranked_towns, scores_of, solve
from advisors.matching.problem import Employer, Problem, Result


class Kind(StrEnum):
    """What can be changed about a round."""

    LOCK = "lock"
    UNLOCK = "unlock"
    VETO = "veto"
    CAPACITY = "capacity"
    LENDING = "lending"
    TOWN_MONTH = "town_month"
    ADVISOR_MONTH = "advisor_month"
    EITHER_MODE = "either_mode"
    CAP = "cap"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``town``, ``advisor``, ``employer`` name whom; ``value`` is the new figure, or the month."""

    kind: Kind
    town: str = ""
    advisor: str = ""
    employer: str = ""
    value: int = 0


def apply_change(problem: Problem, change: Change) -> Problem:
    """The round as it would be. Raises ``KeyError`` where the change names somebody who is not in it."""
    pair = (change.town, change.advisor)
    match change.kind:
        case Kind.LOCK:
            others = frozenset(lock for lock in problem.locked if lock[0] != change.town)
            return replace(problem, locked=others | {pair})
        case Kind.UNLOCK:
            return replace(problem, locked=problem.locked - {pair})
        case Kind.VETO:
            return replace(problem, forbidden=problem.forbidden | {pair}, locked=problem.locked - {pair})
        case Kind.CAP:
            return replace(problem, params=replace(problem.params, max_leads=change.value))
        case Kind.LENDING:
            return _lending(problem, change)
        case Kind.CAPACITY | Kind.ADVISOR_MONTH:
            return _advisor(problem, change)
        case Kind.TOWN_MONTH | Kind.EITHER_MODE:
            return _town(problem, change)


def _lending(problem: Problem, change: Change) -> Problem:
    others = tuple(row for row in problem.employers if row.code != change.employer)
    lent = next((row.lent for row in problem.employers if row.code == change.employer), 0)
    return replace(problem, employers=(*others, Employer(change.employer, change.value, lent)))


def _advisor(problem: Problem, change: Change) -> Problem:
    rows = {advisor.id: advisor for advisor in problem.advisors}
    row = rows[change.advisor]
    if change.kind == Kind.CAPACITY:
        rows[row.id] = replace(row, capacity=change.value)
    else:
        rows[row.id] = replace(row, months=row.months | {change.value})
    return replace(problem, advisors=tuple(rows.values()))


def _town(problem: Problem, change: Change) -> Problem:
    rows = {town.id: town for town in problem.towns}
    row = rows[change.town]
    if change.kind == Kind.EITHER_MODE:
        rows[row.id] = replace(row, mode="either")
    else:
        rows[row.id] = replace(row, months=row.months | {change.value})
    return replace(problem, towns=tuple(rows.values()))


@dataclass(frozen=True, slots=True)
class Move:
    """A town whose lead is another one now; "" stands for nobody."""

    town: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results of one round, both measured by the rules of ``problem``: figures, and the towns that differ."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    moves: tuple[Move, ...]

    @property
    def gained(self) -> tuple[str, ...]:
        return tuple(move.town for move in self.moves if not move.before)

    @property
    def lost(self) -> tuple[str, ...]:
        return tuple(move.town for move in self.moves if not move.after)

    @property
    def changes(self) -> dict[str, int]:
        """The difference of each figure."""
        return {name: self.after[name] - self.before[name] for name in self.before}


def leads_of(result: Result) -> dict[str, str]:
    """Town → lead."""
    return {given.town: given.advisor for given in result.assignments if given.seat == "lead"}


def narrow(problem: Problem, towns: frozenset[str]) -> Problem:
    """The round with these of its towns alone."""
    return replace(problem, towns=tuple(town for town in problem.towns if town.id in towns))


def _within(result: Result, towns: frozenset[str]) -> Result:
    return replace(result, assignments=tuple(given for given in result.assignments if given.town in towns))


def compare(problem: Problem, before: Result, after: Result) -> Comparison:
    """What differs between two solved results over the towns of ``problem``; seats of other towns count in neither.

    Both are measured anew, so that a lock tried out counts as none.
    """
    known = frozenset(town.id for town in problem.towns)
    before, after = _within(before, known), _within(after, known)
    old, new = leads_of(before), leads_of(after)
    towns = [town.id for town in ranked_towns(problem).rows]
    moves = tuple(
        Move(town, old.get(town, ""), new.get(town, ""))
        for town in towns
        if old.get(town, "") != new.get(town, "")
    )
    return Comparison(scores_of(problem, before), scores_of(problem, after), moves)


def try_change(
    problem: Problem, result: Result, change: Change, budget: Budget | None = None
) -> Comparison | None:
    """What a change would do to a result; None where it cannot be (a lock that breaks a rule)."""
    found = solve(apply_change(problem, change), budget)
    return compare(problem, result, found) if found.objective is not None else None
