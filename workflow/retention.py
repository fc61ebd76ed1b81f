"""Nothing grows for ever: one table of what goes, after how long and why; the sweep carries it out in small steps.

The table itself stands where every room can be seen (``oversight.retention``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from workflow.actors import SYSTEM
from workflow.log import record
from workflow.models import Lease
from workflow.sweep import holder, task

#: Rows that one transaction takes, and the transactions of one pass of the sweep: writers never wait long for it.
STEP, MOST_STEPS = 500, 20
EVERY = timedelta(days=1)
LEASE = "retention"

Due = Callable[[datetime], QuerySet[Any]]
Act = Callable[[QuerySet[Any]], int]


def _delete(rows: QuerySet[Any]) -> int:
    return rows.delete()[0]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. ``due`` finds the rows whose time is over, ``act`` is what happens to them.

    What ``act`` has done to a row takes it out of ``due``. ``kept`` and ``why`` are words for people.
    """

    name: str
    what: str
    kept: str
    why: str
    due: Due
    act: Act = _delete
    done: str = "deleted"


_table: dict[str, Rule] = {}


def lay_down(rules: Iterable[Rule]) -> None:
    """The whole table, once at start-up."""
    _table.update({rule.name: rule for rule in rules})


def table() -> list[Rule]:
    return list(_table.values())


def due(now: datetime) -> dict[str, int]:
    """How many rows of each line would go; what ``retention --dry-run`` shows. A query a line."""
    return {rule.name: rule.due(now).count() for rule in table()}


def carry_out(now: datetime, *, most_steps: int | None = None) -> tuple[dict[str, int], bool]:
    """Everything whose time is over goes, a transaction a step; one event says how many rows of what.

    Returns the rows of each line that had any, and whether nothing is left: ``most_steps`` may end it earlier.
    """
    steps = list(islice(_steps(now), most_steps))
    gone: dict[str, int] = {}
    for name, count in steps:
        gone[name] = gone.get(name, 0) + count
    if gone:
        record("retention.carried_out", SYSTEM, stream="retention", data=gone, now=now)
    return gone, most_steps is None or len(steps) < most_steps


def _steps(now: datetime) -> Iterator[tuple[str, int]]:
    for rule in table():
        while count := _step(rule, now):
            yield rule.name, count


def _step(rule: Rule, now: datetime) -> int:
    with transaction.atomic():
        rows = rule.due(now)
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:STEP])
        return rule.act(rows.model._base_manager.filter(pk__in=keys)) if keys else 0


@task("retention")
def daily(now: datetime) -> int:
    """Once a day, and again at the next pass while something is left."""
    if Lease.objects.filter(name=LEASE, expires_at__gt=now).exists():
        return 0
    gone, is_over = carry_out(now, most_steps=MOST_STEPS)
    if is_over:
        Lease.objects.update_or_create(name=LEASE, defaults={"holder": holder(), "expires_at": now + EVERY})
    return sum(gone.values())
