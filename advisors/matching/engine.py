"""A whole run: rank the towns, find the eligible pairs, choose leads, then trainees, and say what came of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from advisors.matching.budget import Budget
from advisors.matching.checking import check_result
from advisors.matching.columns import Ints, People, Towns, holds, lending, pair_keys, people_for
from advisors.matching.edges import Edges, Scorer, find_edges
from advisors.matching.flows import Graph, Seats
from advisors.matching.locks import lock_faults
from advisors.matching.problem import Assignment, Problem, Result, Town, Unmatched
from advisors.matching.reading import InvalidInput, read_problem
from advisors.matching.reasons import NO_LEAD, OUTRANKED, empty_reasons
from advisors.matching.rules import Rules
from advisors.matching.tiers import Aims, choose

EMPTY = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def run_file(content: bytes, budget: Budget | None = None) -> Result:
    """What comes of a round's file; ``solve_ms`` is the wall time of reading and solving."""
    started = time.perf_counter()
    try:
        result = solve(read_problem(content), budget)
    except InvalidInput as refused:
        result = Result("INVALID_INPUT", errors=refused.faults)
    return replace(result, solve_ms=round(1000 * (time.perf_counter() - started)))


def solve(problem: Problem, budget: Budget | None = None) -> Result:
    """The best assignment of the round, proven tier by tier (``OPTIMAL``), or the best found in time (``FEASIBLE``).

    ``INFEASIBLE`` with its faults where the locked pairs cannot all stand. The same round gives the same result,
    whatever the order of its lists. Raises ``RuleBroken`` should the result not stand up to the second reading.
    """
    if faults := lock_faults(problem):
        return Result("INFEASIBLE", errors=faults)
    budget = budget or Budget()
    ranked = ranked_towns(problem)
    leads = _fill_leads(problem, ranked, budget)
    trainees = _fill_trainees(problem, ranked, leads.towns, budget)
    result = Result(
        status="OPTIMAL" if leads.proven and trainees.proven else "FEASIBLE",
        objective=objective_of(problem, ranked, leads.assignments, trainees.assignments),
        assignments=(*leads.assignments, *trainees.assignments),
        unmatched=_unmatched(problem, ranked, leads, trainees),
    )
    check_result(problem, result)
    return result


def served_towns(problem: Problem) -> frozenset[str]:
    """The towns that the best coverage serves; nothing else is solved. Empty where the locks cannot stand."""
    if lock_faults(problem):
        return frozenset()
    return _fill_leads(problem, ranked_towns(problem), Budget(), only_coverage=True).towns


def scores_of(problem: Problem, result: Result) -> dict[str, int]:
    """The figures of any result under the rules of ``problem``."""
    leads, trainees = (
        [given for given in result.assignments if given.seat == seat] for seat in ("lead", "trainee")
    )
    return objective_of(problem, ranked_towns(problem), leads, trainees)


def ranked_towns(problem: Problem) -> Towns:
    """The towns as columns, in the order of their rank."""
    return Towns(rank_towns(problem), problem.months)


def rank_towns(problem: Problem) -> list[Town]:
    """Most urgent first, then by receipt, then by id; in a re-match, towns whose pair in force may stay come before."""
    standing = _standing(problem) if problem.rematch else frozenset()
    ordered = sorted(problem.towns, key=lambda town: (-town.priority, town.applied_at, town.id))
    return sorted(ordered, key=lambda town: town.id not in standing)


def _standing(problem: Problem) -> frozenset[str]:
    rules = Rules(problem)
    towns = {town.id: town for town in problem.towns}
    advisors = {advisor.id: advisor for advisor in problem.advisors}
    return frozenset(
        town
        for town, advisor in problem.existing
        if town in towns
        and advisor in advisors
        and rules.broken(towns[town], advisors[advisor], "lead") is None
    )


def _seats(problem: Problem, people: People, fixed: list[int], *, lent: bool) -> Seats:
    """What is left beside the ``fixed`` advisors (places in the columns)."""
    left = people.left - np.bincount(np.array(fixed, dtype=np.int64), minlength=len(people))
    lent_left = lending(problem) if lent else {}
    codes = sorted({advisor.employer for advisor in people.rows} & lent_left.keys())
    number = {code: at for at, code in enumerate(codes)}
    taken = Counter(people.rows[at].employer for at in fixed)
    employer = np.fromiter((number.get(advisor.employer, -1) for advisor in people.rows), dtype=np.int64)
    # No employer lends more people at once than all their seats: the figure stays small whatever the file says.
    most = int(left.sum())
    remaining = np.array([min(lent_left[code] - taken[code], most) for code in codes], dtype=np.int64)
    return Seats(left, people.load, employer, remaining)


@dataclass(frozen=True)
class Filled:
    """The seats of one kind: given, whether proven best, and the towns for whom somebody is eligible at all."""

    assignments: list[Assignment]
    proven: bool
    eligible: frozenset[str]
    people: People

    @property
    def towns(self) -> frozenset[str]:
        return frozenset(assignment.town for assignment in self.assignments)


def _fill_leads(problem: Problem, ranked: Towns, budget: Budget, *, only_coverage: bool = False) -> Filled:
    scorer = Scorer(problem, ranked, people_for(problem, "lead"))
    edges = find_edges(problem, scorer)
    locked = [(ranked.place[town], scorer.people.place[advisor]) for town, advisor in problem.locked]
    free = ~np.isin(edges.town, np.array([town for town, _advisor in locked], dtype=np.int64))
    kept = pair_keys(problem.existing if problem.rematch else (), ranked, scorer.people)
    seats = _seats(problem, edges.people, [advisor for _town, advisor in locked], lent=True)
    graph = Graph(len(ranked), edges.town[free], edges.advisor[free], seats)
    cap = problem.params.max_leads
    aims = Aims(
        kept=holds(edges.keys[free], kept),
        maxmin=problem.params.fairness == "maxmin",
        even=True,
        cap=None if cap is None else cap - len(locked),
        only_coverage=only_coverage,
    )
    choice = choose(graph, edges.score[free], aims, budget, "lead")
    pairs = [*locked, *_pairs(graph.town[choice.edges], graph.advisor[choice.edges])]
    return _filled(scorer, edges, pairs, "lead", proven=choice.proven)


def _fill_trainees(problem: Problem, ranked: Towns, led: frozenset[str], budget: Budget) -> Filled:
    """Trainees beside leads. Who has a lead does not depend on how the leads were chosen, nor do these seats."""
    towns = Towns([town for town in ranked.rows if town.wants_trainee and town.id in led], problem.months)
    scorer = Scorer(problem, towns, people_for(problem, "trainee"))
    edges = find_edges(problem, scorer)
    # Ranks are those of all towns: the gaps between them are what coverage counts.
    rank = np.array([ranked.place[town.id] for town in towns.rows], dtype=np.int64)
    seats = _seats(problem, edges.people, [], lent=False)
    graph = Graph(len(ranked), rank[edges.town], edges.advisor, seats)
    choice = choose(graph, edges.score, Aims(kept=np.zeros(len(edges), dtype=np.bool_)), budget, "trainee")
    pairs = _pairs(edges.town[choice.edges], edges.advisor[choice.edges])
    return _filled(scorer, edges, pairs, "trainee", proven=choice.proven)


def _pairs(town: Ints, advisor: Ints) -> list[tuple[int, int]]:
    return list(zip(town.tolist(), advisor.tolist(), strict=True))


def _filled(scorer: Scorer, edges: Edges, pairs: list[tuple[int, int]], seat: str, *, proven: bool) -> Filled:
    eligible = frozenset(edges.towns.rows[at].id for at in np.unique(edges.town))
    assignments = _assignments(scorer, pairs, seat)
    return Filled(assignments, proven and not scorer.shift, eligible, edges.people)


def _assignments(scorer: Scorer, pairs: list[tuple[int, int]], seat: str) -> list[Assignment]:
    pairs = sorted(pairs)
    town, advisor = (
        (np.array(places, dtype=np.int64) for places in zip(*pairs, strict=True)) if pairs else EMPTY
    )
    scored = scorer.parts(town, advisor)
    columns = {part: values.tolist() for part, values in scored.parts.items()}
    km = scorer.kilometres(town, advisor).tolist()
    found = []
    for at, (town_at, advisor_at) in enumerate(pairs):
        parts = {part: values[at] for part, values in columns.items()}
        found.append(
            Assignment(
                town=scorer.towns.rows[town_at].id,
                advisor=scorer.people.rows[advisor_at].id,
                seat=seat,
                mode="onsite" if scored.onsite[at] else "online",
                km=km[at],
                score=sum(scorer.weights[part] * value for part, value in parts.items()),
                parts=parts,
            )
        )
    return found


def objective_of(
    problem: Problem, ranked: Towns, leads: list[Assignment], trainees: list[Assignment]
) -> dict[str, int]:
    """The ten figures of the format for an assignment."""
    towns = len(ranked)
    given = Counter(assignment.advisor for assignment in leads)
    loads = [a.current_load + given[a.id] for a in problem.advisors if a.role == "lead"]
    existing = problem.existing if problem.rematch else frozenset()
    open_scores = [a.score for a in leads if (a.town, a.advisor) not in problem.locked]
    return {
        "coverage": sum(towns - ranked.place[assignment.town] for assignment in leads),
        "matched": len(leads),
        "kept": sum((assignment.town, assignment.advisor) in existing for assignment in leads),
        "min_score": min(open_scores, default=-1),
        "score": sum(assignment.score for assignment in leads),
        "load_sq": sum(load * load for load in loads),
        "max_load": max(loads, default=0),
        "trainee_coverage": sum(towns - ranked.place[assignment.town] for assignment in trainees),
        "trainee_matched": len(trainees),
        "trainee_score": sum(assignment.score for assignment in trainees),
    }


def _unmatched(problem: Problem, ranked: Towns, leads: Filled, trainees: Filled) -> tuple[Unmatched, ...]:
    led = leads.towns
    lacking = led - trainees.towns
    alone = [town for town in ranked.rows if town.id not in led]
    beside = [town for town in ranked.rows if town.wants_trainee and town.id in lacking]
    found = [*_reasons(problem, ranked, alone, "lead", leads)]
    found += _reasons(problem, ranked, beside, "trainee", trainees)
    found += [Unmatched(town.id, "trainee", NO_LEAD) for town in alone if town.wants_trainee]
    return tuple(found)


def _reasons(
    problem: Problem, ranked: Towns, towns: list[Town], seat: str, filled: Filled
) -> Iterator[Unmatched]:
    nobody = [town for town in towns if town.id not in filled.eligible]
    places = np.array([ranked.place[town.id] for town in nobody], dtype=np.int64)
    codes = empty_reasons(problem, ranked, filled.people, seat, places)
    reason = dict(zip((town.id for town in nobody), codes, strict=True))
    for town in towns:
        yield Unmatched(town.id, seat, reason.get(town.id, OUTRANKED))
