"""What the pages of a matching round read. The board is drawn from the run alone: a constant number of queries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.dateparse import parse_datetime

from accounts import permissions
from advisors.fit import PARTS
from advisors.matching import explain
from advisors.matching.engine import ranked_towns
from advisors.matching.problem import Assignment, Problem, Result, Unmatched
from advisors.matching.reading import read_problem
from advisors.matching.whatif import Change, Comparison, compare, narrow, try_change
from advisors.reasons import MODE_LABELS, PART_LABELS
from engagements.rounds.matching.models import Adjustment, Round, Run, RunMode
from engagements.rounds.matching.words import FIGURES, REASONS, advisor_name, town_name
from engagements.rounds.models import Offer
from engagements.rounds.selectors import Bar, bars_path
from workflow.actors import Actor


def rounds() -> QuerySet[Round]:
    return Round.objects.select_related("call__programme", "proposal", "in_force")


def listing(actor: Actor) -> QuerySet[Round]:
    found = permissions.visible(actor, "round.view", rounds())
    return found.annotate(offers=Count("published", distinct=True), solved=Count("runs", distinct=True))


def problem_of(run: Run) -> Problem:
    """The run's input as the engine reads it."""
    return read_problem(json.dumps(run.input).encode())


def result_of(run: Run) -> Result:
    """The run's result as the engine gave it; the part of size is 0 where size counted for nobody."""
    found = run.result or {}
    flat = {"size": 0} if run.names.get("unsized") else {}
    return Result(
        status=found["status"],
        objective=found["objective"],
        assignments=tuple(Assignment(**row | {"parts": row["parts"] | flat}) for row in found["assignments"]),
        unmatched=tuple(Unmatched(**row) for row in found["unmatched"]),
        solve_ms=found["solve_ms"],
    )


def ranked_places(run: Run) -> dict[str, int]:
    """Each town's place by the rule, 1 first."""
    return {row.id: place for place, row in enumerate(ranked_towns(problem_of(run)).rows, start=1)}


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair of the proposal, with what is known of its offer."""

    town: str
    name: str
    advisor: str
    advisor_name: str
    employer: str
    score: int
    bars: list[Bar]
    mode: str
    km: int
    rank: int
    lock: Adjustment | None
    trainee: str
    offer: Offer | None

    @property
    def bars_path(self) -> str:
        return bars_path(self.bars)

    @property
    def bars_text(self) -> str:
        return " ".join(f"{bar.label}{bar.part}" for bar in self.bars)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A town without a lead: its place by the rule, and why."""

    town: str
    name: str
    rank: int
    priority: int
    received: Any
    reason: str


@dataclass(frozen=True, slots=True)
class LoadRow:
    """An advisor with what they hold and what the proposal adds."""

    advisor: str
    name: str
    employer: str
    held: int
    given: int
    capacity: int
    role: str
    change: Adjustment | None

    @property
    def total(self) -> int:
        return self.held + self.given


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that the board shows of one run."""

    run: Run
    figures: list[tuple[str, int]]
    pairs: list[PairRow]
    left_out: list[LeftOut]
    loads: list[LoadRow]
    adjustments: list[Adjustment] = field(default_factory=list)

    @property
    def proven(self) -> bool:
        return (self.run.result or {}).get("status") == "OPTIMAL"


def board(obj: Round, run: Run) -> Board:
    """The board of a run with a result. Queries: what was changed by hand 1, offers 1."""
    changes = list(
        obj.adjustments.select_related("application__municipality", "advisor__user", "made_by", "lifted_by")
    )
    standing = [row for row in changes if row.lifted_at is None]
    offers = {
        str(row.application_id): row
        for row in Offer.objects.filter(published_in__round=obj.pk)
        .select_related("advisor__user")
        .order_by("pk")
    }
    found = result_of(run)
    ranks = ranked_places(run)
    return Board(
        run=run,
        figures=figures(run),
        pairs=_pairs(run, found, ranks, standing, offers),
        left_out=_left_out(run, found, ranks),
        loads=_loads(run, found, standing),
        adjustments=changes,
    )


def figures(run: Run) -> list[tuple[str, int]]:
    """The figures that people compare, with their words; what was kept only where something stood before."""
    shown = {name: label for name, label in FIGURES.items() if name != "kept" or run.mode == RunMode.REMATCH}
    return [(str(label), run.objective[name]) for name, label in shown.items()]


def _bars(parts: Any) -> list[Bar]:
    return [Bar(name, str(PART_LABELS[name]), parts[name], "") for name in PARTS]


def _pairs(
    run: Run,
    found: Result,
    ranks: dict[str, int],
    standing: Iterable[Adjustment],
    offers: dict[str, Offer],
) -> list[PairRow]:
    locks = {str(row.application_id): row for row in standing if row.kind == "lock"}
    trainees = {
        row.town: advisor_name(run, row.advisor) for row in found.assignments if row.seat == "trainee"
    }
    rows = [
        PairRow(
            town=row.town,
            name=town_name(run, row.town),
            advisor=row.advisor,
            advisor_name=advisor_name(run, row.advisor),
            employer=run.names["advisors"][row.advisor][1],
            score=row.score,
            bars=_bars(row.parts),
            mode=str(MODE_LABELS[row.mode]),
            km=row.km,
            rank=ranks[row.town],
            lock=locks.get(row.town),
            trainee=trainees.get(row.town, ""),
            offer=offers.get(row.town),
        )
        for row in found.assignments
        if row.seat == "lead"
    ]
    return sorted(rows, key=lambda row: row.rank)


def _left_out(run: Run, found: Result, ranks: dict[str, int]) -> list[LeftOut]:
    towns = {row["id"]: row for row in run.input["towns"]}
    rows = [
        LeftOut(
            town=seat.town,
            name=town_name(run, seat.town),
            rank=ranks[seat.town],
            priority=towns[seat.town]["priority"],
            received=parse_datetime(towns[seat.town]["applied_at"]),
            reason=str(REASONS[seat.reason]),
        )
        for seat in found.unmatched
        if seat.seat == "lead"
    ]
    return sorted(rows, key=lambda row: row.rank)


def _loads(run: Run, found: Result, standing: Iterable[Adjustment]) -> list[LoadRow]:
    given: dict[str, int] = {}
    for row in found.assignments:
        given[row.advisor] = given.get(row.advisor, 0) + 1
    changes = {str(row.advisor_id): row for row in standing if row.kind == "capacity"}
    rows = [
        LoadRow(
            advisor=row["id"],
            name=advisor_name(run, row["id"]),
            employer=run.names["advisors"][row["id"]][1],
            held=row["current_load"],
            given=given.get(row["id"], 0),
            capacity=row["capacity"],
            role=row["role"],
            change=changes.get(row["id"]),
        )
        for row in run.input["advisors"]
    ]
    return sorted(rows, key=lambda row: (row.role, -row.total, row.advisor))


def pairs_of(run: Run) -> list[PairRow]:
    """The pairs of a run, without offers and what was decided by hand."""
    return _pairs(run, result_of(run), ranked_places(run), (), {})


def left_out_of(run: Run) -> list[LeftOut]:
    """The towns of a run without a lead, by rank."""
    return _left_out(run, result_of(run), ranked_places(run))


def load_of(run: Run, advisor: str) -> explain.Load:
    """Why an advisor of the run has the load they have."""
    return explain.load_of(problem_of(run), result_of(run), advisor)


def reason_of(run: Run, town: str) -> str:
    """Why the town is left out; empty where it has a lead."""
    seats = (row for row in result_of(run).unmatched if row.town == town and row.seat == "lead")
    return next((str(REASONS[row.reason]) for row in seats), "")


@dataclass(frozen=True, slots=True)
class Why:
    """The answer to "why", for a pair or for a town: what else could be, and what it would cost."""

    town: str
    name: str
    alternates: list[tuple[str, str, int, Comparison]]
    changes: list[Change]
    asked: str
    not_this: explain.WhyNot | None


def why(run: Run, town: str, advisor: str = "") -> Why:
    """Solves the run again for each answer; seconds for a round of hundreds. Raises ``KeyError`` for a stranger."""
    problem, result = problem_of(run), result_of(run)
    name = run.names["towns"][town]
    served = any(row.town == town and row.seat == "lead" for row in result.assignments)
    others = explain.alternates(problem, result, town) if served else []
    return Why(
        town=town,
        name=name,
        alternates=[(row.advisor, advisor_name(run, row.advisor), row.score, row.cost) for row in others],
        changes=[] if served else explain.smallest_changes(problem, town),
        asked=run.names["advisors"][advisor][0] if advisor else "",
        not_this=explain.why_not(problem, result, town, advisor) if advisor else None,
    )


def what_if(run: Run, change: Change) -> Comparison | None:
    """What one change would do to the run; nothing is kept. None where the change cannot be."""
    return try_change(problem_of(run), result_of(run), change)


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two runs over the towns that both hold; ``only_before`` and ``only_after`` are the rest.

    ``names`` are those of both, as a run has them.
    """

    compared: Comparison
    only_before: list[str]
    only_after: list[str]
    names: dict[str, dict[str, Any]]


def difference(run: Run, other: Run) -> Difference:
    """From the other run to this one, both measured by the rules of this one."""
    here, there = run.names["towns"], other.names["towns"]
    problem = narrow(problem_of(run), frozenset(here) & frozenset(there))
    return Difference(
        compared=compare(problem, result_of(other), result_of(run)),
        only_before=sorted(name for town, name in there.items() if town not in here),
        only_after=sorted(name for town, name in here.items() if town not in there),
        names={kind: other.names[kind] | run.names[kind] for kind in ("towns", "advisors")},
    )
