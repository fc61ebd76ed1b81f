"""Files that are taken in row by row: what becomes of each, and all of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from workflow.errors import DoorError, GuardsUnmet
from workflow.transactions import in_transaction


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became, or would become, of one row: ``new``, ``changed``, ``same`` or ``fault``."""

    number: int
    label: str
    kind: str
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class Report:
    """Every row in its order. ``kept`` is False for a preview, and wherever a row has a fault."""

    rows: list[Outcome]
    kept: bool = False

    @property
    def faults(self) -> list[Outcome]:
        return [row for row in self.rows if row.kind == "fault"]

    @property
    def counts(self) -> Counter[str]:
        return Counter(row.kind for row in self.rows)


class _Undone(Exception):
    """Rolls the transaction back; what was found out leaves with it."""

    def __init__(self, rows: list[Outcome]) -> None:
        self.rows = rows


def all_or_nothing(work: Callable[[], list[Outcome]], *, keep: bool) -> Report:
    """Try every row in one transaction; kept where ``keep`` is asked for and no row has a fault."""

    def tried() -> Report:
        report = Report(work(), kept=keep)
        if report.faults or not keep:
            raise _Undone(report.rows)
        return report

    try:
        return in_transaction(tried)
    except _Undone as undone:
        return Report(undone.rows)


def sentences(error: DoorError) -> list[str]:
    """What a refusal says to people."""
    if isinstance(error, GuardsUnmet):
        return [str(item.sentence) for item in error.unmet]
    return [str(error)]
