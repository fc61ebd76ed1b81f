"""The questions that a flow answers: who can be served at all, and by whom at the least cost.

Towns send one unit each through an advisor (as many as there are seats left) and, where the employer's lending is
limited, through the employer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.graph.python import max_flow, min_cost_flow

from advisors.matching.columns import Flags, Ints

Nodes = npt.NDArray[np.int32]
COST_BITS = 60  # costs times nodes stay below: the solver multiplies them


@dataclass(frozen=True)
class Seats:
    """What is left to give: seats of each advisor, and of each limited employer. ``employer`` is −1: no limit.

    ``load`` is what an advisor already holds; it prices the next seat (``load_sq`` of the format).
    """

    left: Ints
    load: Ints
    employer: Ints
    lent_left: Ints

    @property
    def most(self) -> int:
        return int(self.left.max(initial=0))


@dataclass(frozen=True)
class Graph:
    """Edges between ``towns`` towns and the advisors of ``seats``."""

    towns: int
    town: Ints
    advisor: Ints
    seats: Seats

    @property
    def sink(self) -> int:
        return self.towns + len(self.seats.left) + len(self.seats.lent_left)

    @property
    def nodes(self) -> int:
        return self.sink + 2

    def exits(self) -> tuple[Nodes, Nodes]:
        """For each advisor the way on: to the employer with a limit, or out."""
        advisors = len(self.seats.left)
        tails = self.towns + np.arange(advisors)
        limited = self.seats.employer >= 0
        heads = np.where(limited, self.towns + advisors + self.seats.employer, self.sink)
        return tails.astype(np.int32), heads.astype(np.int32)

    def employers(self) -> Nodes:
        first = self.towns + len(self.seats.left)
        return np.arange(first, self.sink, dtype=np.int32)


def _full(value: int, count: int) -> Nodes:
    return np.full(count, value, dtype=np.int32)


def most_served(graph: Graph, edges: Ints, towns: Ints) -> Ints:
    """The edges of an assignment that serves as many of ``towns`` as possible, of ``edges`` alone."""
    solver = max_flow.SimpleMaxFlow()
    source = graph.sink + 1
    heads = (graph.towns + graph.advisor[edges]).astype(np.int32)
    arcs = solver.add_arcs_with_capacity(
        graph.town[edges].astype(np.int32), heads, np.ones(len(edges), dtype=np.int64)
    )
    ones = np.ones(len(towns), dtype=np.int64)
    solver.add_arcs_with_capacity(_full(source, len(towns)), towns.astype(np.int32), ones)
    solver.add_arcs_with_capacity(*graph.exits(), graph.seats.left)
    staff = graph.employers()
    solver.add_arcs_with_capacity(staff, _full(graph.sink, len(staff)), graph.seats.lent_left)
    if solver.solve(source, graph.sink) != solver.OPTIMAL:
        raise ArithmeticError("the maximum flow has no solution")
    return edges[_used(solver, arcs)] if len(arcs) else edges[:0]


def _used(solver: max_flow.SimpleMaxFlow | min_cost_flow.SimpleMinCostFlow, arcs: Ints) -> Flags:
    used: Flags = np.asarray(solver.flows(arcs)) > 0
    return used


def cheapest(
    graph: Graph,
    edges: Ints,
    cost: Ints,
    towns: Ints,
    *,
    unserved: Ints | None = None,
    by_load: bool = False,
) -> Ints:
    """The edges (of ``edges``, with a ``cost`` each) of a cheapest assignment of ``towns``.

    Every town is served, or costs its ``unserved`` where that is given. With ``by_load`` the k-th seat of an advisor
    costs load + k − 1 more. Raises ``ArithmeticError`` where not all can be served.
    """
    solver = min_cost_flow.SimpleMinCostFlow()
    heads = (graph.towns + graph.advisor[edges]).astype(np.int32)
    one_each = np.ones(len(edges), dtype=np.int64)
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        graph.town[edges].astype(np.int32), heads, one_each, cost
    )
    if unserved is not None:
        ones = np.ones(len(towns), dtype=np.int64)
        solver.add_arcs_with_capacity_and_unit_cost(
            towns.astype(np.int32), _full(graph.sink, len(towns)), ones, unserved.astype(np.int64)
        )
    _add_exits(solver, graph, by_load=by_load)
    supplies = np.zeros(graph.sink + 1, dtype=np.int64)
    supplies[towns], supplies[graph.sink] = 1, -len(towns)
    solver.set_nodes_supplies(np.arange(graph.sink + 1, dtype=np.int32), supplies)
    if solver.solve() != solver.OPTIMAL:
        raise ArithmeticError("the flow has no solution")
    return edges[_used(solver, arcs)] if len(arcs) else edges[:0]


def _add_exits(solver: min_cost_flow.SimpleMinCostFlow, graph: Graph, *, by_load: bool) -> None:
    tails, heads = graph.exits()
    seats = graph.seats
    if by_load:
        for number in range(seats.most):
            has = np.flatnonzero(seats.left > number)
            price = (seats.load[has] + number).astype(np.int64)
            ones = np.ones(len(has), dtype=np.int64)
            solver.add_arcs_with_capacity_and_unit_cost(tails[has], heads[has], ones, price)
    else:
        free = np.zeros(len(tails), dtype=np.int64)
        solver.add_arcs_with_capacity_and_unit_cost(tails, heads, seats.left, free)
    staff = graph.employers()
    nothing = np.zeros(len(staff), dtype=np.int64)
    solver.add_arcs_with_capacity_and_unit_cost(
        staff, _full(graph.sink, len(staff)), seats.lent_left, nothing
    )
