"""One seat of all towns, tier by tier: who is served, what is kept, the fairness, the score, the load.

The sets of towns that can be served form a matroid, so the served towns are one set whatever the later tiers choose;
they are found first, and every later question is asked with exactly these towns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from advisors.matching.budget import Budget, OutOfTime
from advisors.matching.columns import Flags, Ints
from advisors.matching.flows import COST_BITS, Graph, cheapest, most_served


@dataclass(frozen=True)
class Aims:
    """What is sought: the edges to keep, whether the least score counts first, whether loads are evened out.

    ``cap``: at most so many towns; None is no cap. ``only_coverage`` ends with the first tier.
    """

    kept: Flags
    maxmin: bool = False
    even: bool = False
    cap: int | None = None
    only_coverage: bool = False


@dataclass(frozen=True)
class Choice:
    """The chosen edges, and whether every tier is proven."""

    edges: Ints
    proven: bool


def choose(graph: Graph, score: Ints, aims: Aims, budget: Budget, label: str) -> Choice:
    """The best assignment; not ``proven`` where the time ended first or the scores had to be rounded."""
    everything = np.arange(len(graph.town))
    if not len(everything) or aims.cap == 0:
        return Choice(everything[:0], proven=True)
    best: Ints | None = None
    try:
        towns, best = _served(graph, everything, aims, budget, label)
        if not len(towns) or aims.only_coverage:
            return Choice(best, proven=True)
        edges = everything[np.isin(graph.town, towns)]
        edges = _keeping(graph, edges, aims, towns, budget, label)
        if aims.maxmin:
            edges = _above_threshold(graph, edges, score, aims, towns, budget, label)
        cost, exact = _cost(graph, edges, score, aims, len(towns))
        best = budget.run(f"{label}:score", lambda: cheapest(graph, edges, cost, towns, by_load=aims.even))
    except OutOfTime:
        return Choice(_greedy(graph, score, aims) if best is None else best, proven=False)
    return Choice(best, exact)


def _served(graph: Graph, edges: Ints, aims: Aims, budget: Budget, label: str) -> tuple[Ints, Ints]:
    """The towns of the best coverage (by rank), and an assignment that serves them.

    Taking towns by rank while they can be served is best, so the first towns that already need every seat which can
    be used decide alone: the rest is not looked at.
    """
    wanting = np.unique(graph.town)
    found = budget.run(f"{label}:reach", lambda: most_served(graph, edges, wanting))
    goal = len(found) if aims.cap is None else min(len(found), aims.cap)
    if not goal:
        return wanting[:0], edges[:0]
    first, theirs = wanting, edges
    for size in _sizes(goal, len(wanting)):
        first = wanting[:size]
        theirs = edges[: np.searchsorted(graph.town, first[-1], side="right")]
        found = budget.run(f"{label}:reach", partial(most_served, graph, theirs, first))
        if len(found) >= goal:
            break
    if len(first) > goal:
        found = budget.run(f"{label}:coverage", partial(_by_rank, graph, theirs, first))
    found = found[np.argsort(graph.town[found], kind="stable")][:goal]
    return graph.town[found], found


def _sizes(goal: int, towns: int) -> Iterator[int]:
    """How many of the first towns are looked at: as many as seats can be used, then a quarter more each time."""
    size = goal
    while size < towns:
        yield size
        size += max(1, size // 4)
    if goal < towns:
        yield towns


def _by_rank(graph: Graph, edges: Ints, towns: Ints) -> Ints:
    return cheapest(graph, edges, np.zeros(len(edges), dtype=np.int64), towns, unserved=graph.towns - towns)


def _keeping(graph: Graph, edges: Ints, aims: Aims, towns: Ints, budget: Budget, label: str) -> Ints:
    """Where all pairs in force can stay, the other edges of their towns fall away.

    Where they cannot, the edges remain and the price of a pair in force decides (``_cost``).
    """
    in_force = edges[aims.kept[edges]]
    if not len(in_force):
        return edges
    holders = np.unique(graph.town[in_force])
    if len(budget.run(f"{label}:kept", lambda: most_served(graph, in_force, holders))) < len(holders):
        return edges
    rest = edges[aims.kept[edges] | ~np.isin(graph.town[edges], holders)]
    served = budget.run(f"{label}:kept", lambda: most_served(graph, rest, towns))
    return rest if len(served) == len(towns) else edges


def _above_threshold(
    graph: Graph, edges: Ints, score: Ints, aims: Aims, towns: Ints, budget: Budget, label: str
) -> Ints:
    """The edges that reach the greatest least score with which all is still served and kept."""
    forced = _forced(graph, edges, aims)
    most_kept = 0 if forced else _kept_of(graph, edges, aims, towns, budget, label)

    def possible(least: int) -> bool:
        enough = edges[score[edges] >= least]
        if forced:
            return len(budget.run(f"{label}:fairness", lambda: most_served(graph, enough, towns))) == len(
                towns
            )
        try:
            return _kept_of(graph, enough, aims, towns, budget, label) == most_kept
        except ArithmeticError:
            return False

    values = np.unique(score[edges])
    best_of_town = np.full(graph.towns, values[0])
    np.maximum.at(best_of_town, graph.town[edges], score[edges])
    values = values[values <= best_of_town[towns].min()]
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if possible(int(values[middle])) else (low, middle - 1)
    enough: Ints = edges[score[edges] >= values[low]]
    return enough


def _forced(graph: Graph, edges: Ints, aims: Aims) -> bool:
    """Each town either has only edges in force, or none."""
    kept = aims.kept[edges]
    holders = np.unique(graph.town[edges[kept]])
    return not np.isin(graph.town[edges[~kept]], holders).any()


def _kept_of(graph: Graph, edges: Ints, aims: Aims, towns: Ints, budget: Budget, label: str) -> int:
    """How many pairs in force can stay while all ``towns`` are served, with ``edges`` alone."""
    price = -aims.kept[edges].astype(np.int64)

    def step() -> Ints | None:
        try:
            return cheapest(graph, edges, price, towns)
        except ArithmeticError:
            return None

    found = budget.run(f"{label}:kept", step)
    if found is None:
        raise ArithmeticError("not all towns can be served")
    return int(aims.kept[found].sum())


def _cost(graph: Graph, edges: Ints, score: Ints, aims: Aims, towns: int) -> tuple[Ints, bool]:
    """Kept, score and load in one number each, so that no sum of a later one outweighs a unit of an earlier.

    Where the numbers would pass the solver's, the scores are rounded and the result is not exact.
    """
    even_unit = towns * graph.seats.most + 1 if aims.even else 1
    values = score[edges].astype(np.int64)
    any_kept = bool(aims.kept[edges].any())
    room = (1 << COST_BITS) // (graph.nodes * even_unit * (2 * towns + 2 if any_kept else 1))
    shift = max(0, int(values.max(initial=0)).bit_length() - room.bit_length() + 1)
    values = values >> shift
    kept_unit = towns * int(values.max(initial=0)) + 1 if any_kept else 0
    cost: Ints = -(values + kept_unit * aims.kept[edges]) * even_unit
    return cost, shift == 0


def _greedy(graph: Graph, score: Ints, aims: Aims) -> Ints:
    """Towns by rank, each the best seat that is left: an answer for a run without time."""
    seats = graph.seats
    left, lent = seats.left.copy(), np.append(seats.lent_left, np.iinfo(np.int64).max)
    first = np.flatnonzero(np.diff(graph.town, prepend=-1))
    chosen: list[int] = []
    for start, end in zip(first, [*first[1:], len(graph.town)], strict=True):
        if aims.cap is not None and len(chosen) == aims.cap:
            break
        advisors = graph.advisor[start:end]
        free = (left[advisors] > 0) & (lent[seats.employer[advisors]] > 0)
        if free.any():
            best = int(np.argmax(np.where(free, score[start:end], -1)))
            left[advisors[best]] -= 1
            lent[seats.employer[advisors[best]]] -= 1
            chosen.append(int(start) + best)
    return np.array(chosen, dtype=np.int64)
