"""Whether the pairs that the secretariat has fixed can stand at all."""

from __future__ import annotations

from collections import Counter

from advisors.matching.problem import Advisor, Fault, Faults, Problem
from advisors.matching.rules import Rules


def lock_faults(problem: Problem) -> tuple[Fault, ...]:
    """Everything that is wrong with the locked pairs. Those with an unknown id count for nothing else."""
    towns = {town.id: town for town in problem.towns}
    advisors = {advisor.id: advisor for advisor in problem.advisors}
    rules, faults = Rules(problem), Faults()
    known = []
    for town, advisor in sorted(problem.locked):
        if town not in towns or advisor not in advisors:
            faults.add("LOCK_UNKNOWN", (town, advisor))
            continue
        known.append((town, advisors[advisor]))
        if rules.broken(towns[town], advisors[advisor], "lead"):
            faults.add("LOCK_RULE", (town, advisor))
    _count(problem, known, rules.lent_left, faults)
    return faults.all()


def _count(
    problem: Problem, locked: list[tuple[str, Advisor]], lent_left: dict[str, int], faults: Faults
) -> None:
    for town, held in Counter(town for town, _advisor in locked).items():
        if held > 1:
            faults.add("LOCK_TOWN", (town,))
    for advisor, held in Counter(advisor for _town, advisor in locked).items():
        if held > advisor.left:
            faults.add("LOCK_CAPACITY", (advisor.id,))
    for code, held in Counter(advisor.employer for _town, advisor in locked).items():
        if held > lent_left.get(code, held):
            faults.add("LOCK_EMPLOYER", (code,))
    if problem.params.max_leads is not None and len(locked) > problem.params.max_leads:
        faults.add("LOCK_CAP")
