"""How far a draft is: the meter and the state of each part of the form."""

from __future__ import annotations

from dataclasses import dataclass

from engagements.applications.completeness import Missing, missing, needed
from engagements.applications.models import Application
from engagements.applications.selectors import part_titles


@dataclass(frozen=True, slots=True)
class PartProgress:
    """One part of the form: how many things it lacks; a part that asks for nothing is optional."""

    number: int
    title: str
    lacking: int
    optional: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """The whole form: how many things it asks for, which of them are missing."""

    total: int
    missing: list[Missing]
    parts: list[PartProgress]

    @property
    def done(self) -> int:
        return max(0, self.total - len(self.missing))

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.total) if self.total else 100

    @property
    def sentences(self) -> dict[str, str]:
        return {row.field: row.sentence for row in self.missing}


def of(application: Application) -> Progress:
    """One query, for the questions of the programme, unless they are loaded."""
    rows = missing(application)
    parts = [
        PartProgress(number, title, sum(row.part == number for row in rows), number == 5)
        for number, title in part_titles().items()
    ]
    return Progress(needed(application), rows, parts)
