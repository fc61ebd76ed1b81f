"""The form of proposed dates as rows, and the answers to them, between the page and the door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from engagements.sessions.date_checks import MOST_OPTIONS

STARTS, ENDS = "10:00", "12:00"
FIELDS = ("day", "start", "end", "mode", "place")


@dataclass(slots=True)
class Row:
    """One line of the form as typed. A line without a day and a place is no date."""

    number: int
    day: str = ""
    start: str = STARTS
    end: str = ENDS
    mode: str = "onsite"
    place: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        return not self.day.strip() and not self.place.strip()

    def option(self) -> dict[str, str]:
        return {
            "starts_at": f"{self.day.strip()}T{self.start.strip()}",
            "ends_at": f"{self.day.strip()}T{self.end.strip()}",
            "mode": self.mode,
            "place": self.place,
        }


def blank_rows() -> list[Row]:
    return [Row(number) for number in range(1, MOST_OPTIONS + 1)]


def typed_rows(posted: QueryDict) -> list[Row]:
    columns = {name: posted.getlist(name) for name in FIELDS}
    rows = blank_rows()
    for row in rows:
        for name, values in columns.items():
            if row.number <= len(values):
                setattr(row, name, values[row.number - 1])
    return rows


def options_of(rows: list[Row]) -> list[dict[str, str]]:
    """What ``propose`` takes."""
    return [row.option() for row in rows if not row.is_blank]


def put_faults(rows: list[Row], faults: Mapping[str, list[str]]) -> list[str]:
    """Give each line its sentences; returns those that belong to no line."""
    typed = [row for row in rows if not row.is_blank]
    for place, row in enumerate(typed, start=1):
        row.faults = list(faults.get(f"options.{place}", []))
    return [said for name, found in faults.items() if not name.startswith("options.") for said in found]


def answers_of(posted: QueryDict, options: list[Any]) -> list[dict[str, Any]]:
    """What ``answer_dates`` takes: the dates of which something was chosen."""
    return [
        {"option": option.pk, "answer": answer, "note": posted.get(f"note-{option.pk}", "")}
        for option in options
        if (answer := posted.get(f"answer-{option.pk}", ""))
    ]
