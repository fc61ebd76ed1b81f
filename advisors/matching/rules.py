"""The rules of one pair, read one by one: slow and plain. They judge locks and finished results, and give reasons."""

from __future__ import annotations

from collections.abc import Iterator

from advisors.matching.columns import certified, has_place, lending
from advisors.matching.problem import Advisor, Problem, Town
from municipalities.geo import distance_km

FILTERS = (
    "NO_CERTIFIED",
    "NO_CAPACITY",
    "CONFLICT",
    "DECLINED",
    "FORBIDDEN",
    "NO_COMMON_MONTHS",
    "TOO_FAR",
)


class Rules:
    """The seven filters over the pairs of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.lent_left = lending(problem)

    def broken(self, town: Town, advisor: Advisor, seat: str) -> str | None:
        """The first filter that the pair does not pass; None when the advisor may hold the seat."""
        return next(self._broken(town, advisor, seat), None)

    def all_broken(self, town: Town, advisor: Advisor, seat: str) -> tuple[str, ...]:
        """Every filter that the pair does not pass."""
        return tuple(self._broken(town, advisor, seat))

    def _broken(self, town: Town, advisor: Advisor, seat: str) -> Iterator[str]:
        problem, pair = self.problem, (town.id, advisor.id)
        if not certified(problem, advisor, seat):
            yield "NO_CERTIFIED"
        if not has_place(advisor, seat, self.lent_left):
            yield "NO_CAPACITY"
        if advisor.employer == town.municipality or pair in problem.conflicts:
            yield "CONFLICT"
        if pair in problem.declined:
            yield "DECLINED"
        if pair in problem.forbidden:
            yield "FORBIDDEN"
        if len(town.months & advisor.months & problem.months) < problem.params.sessions:
            yield "NO_COMMON_MONTHS"
        if not (onsite_possible(town, advisor) or online_possible(town, advisor)):
            yield "TOO_FAR"


def kilometres(town: Town, advisor: Advisor) -> int:
    return distance_km(town.lat_e4, town.lon_e4, advisor.lat_e4, advisor.lon_e4)


def onsite_possible(town: Town, advisor: Advisor) -> bool:
    goes = town.mode != "online" and advisor.mode != "online"
    return goes and kilometres(town, advisor) <= advisor.max_km


def online_possible(town: Town, advisor: Advisor) -> bool:
    return town.mode != "onsite" and advisor.mode != "onsite"
