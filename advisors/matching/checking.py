"""The second reading: every hard rule is checked on a finished result by code that had no part in finding it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from advisors.matching.columns import lending
from advisors.matching.problem import Assignment, Problem, Result
from advisors.matching.rules import Rules


class RuleBroken(Exception):
    """A result breaks hard rules; the text names each pair. It must not be used."""


def check_result(problem: Problem, result: Result) -> None:
    """Raises ``RuleBroken`` with everything that the assignments break."""
    if broken := list(broken_rules(problem, result.assignments)):
        raise RuleBroken("; ".join(broken))


def broken_rules(problem: Problem, assignments: tuple[Assignment, ...]) -> Iterator[str]:
    """A line for each hard rule that the assignments break, with the ids that it is about."""
    towns = {town.id: town for town in problem.towns}
    advisors = {advisor.id: advisor for advisor in problem.advisors}
    rules = Rules(problem)
    for given in assignments:
        if code := rules.broken(towns[given.town], advisors[given.advisor], given.seat):
            yield f"{code}: {given.town}, {given.advisor} ({given.seat})"
    yield from _towns_broken(problem, assignments)
    yield from _limits_broken(problem, assignments)


def _towns_broken(problem: Problem, assignments: tuple[Assignment, ...]) -> Iterator[str]:
    asking = {town.id for town in problem.towns if town.wants_trainee}
    seats = Counter((given.town, given.seat) for given in assignments)
    for (town, seat), count in seats.items():
        if count > 1:
            yield f"SEATS: {town} has {count} ({seat})"
        if seat == "trainee" and not (town in asking and seats[town, "lead"]):
            yield f"TRAINEE: {town}"
    for town, advisor in problem.locked - {(g.town, g.advisor) for g in assignments if g.seat == "lead"}:
        yield f"LOCK: {town}, {advisor}"


def _limits_broken(problem: Problem, assignments: tuple[Assignment, ...]) -> Iterator[str]:
    advisors = {advisor.id: advisor for advisor in problem.advisors}
    for advisor, count in Counter(given.advisor for given in assignments).items():
        if count > advisors[advisor].left:
            yield f"CAPACITY: {advisor} has {count}"
    leads = [given.advisor for given in assignments if given.seat == "lead"]
    lent_left = lending(problem)
    for code, count in Counter(advisors[advisor].employer for advisor in leads).items():
        if count > lent_left.get(code, count):
            yield f"EMPLOYER: {code} lends {count}"
    if problem.params.max_leads is not None and len(leads) > problem.params.max_leads:
        yield f"CAP: {len(leads)}"
