"""The rules of an executive's answer, in pure Python: every decision once, a condition where one is set.

A deferred or rejected decision may carry a few words in the place of the condition. Who sees to a condition and by
when may be said with it; a decision that is put off may say until when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

ANSWERS: Final = ("adopted", "adopted_with_condition", "deferred", "rejected")
ADOPTING: Final = frozenset({"adopted", "adopted_with_condition"})
#: The transition of a decision that carries out each answer.
TRANSITION_OF: Final = {
    "adopted": "adopt",
    "adopted_with_condition": "adopt_with_condition",
    "deferred": "defer",
    "rejected": "reject",
}
CONDITION_LENGTH: Final = 500
OWNER_LENGTH: Final = 120
TEXTS: Final = ("answer", "condition", "owner", "by")

Kind = Literal[
    "shape",
    "unknown",
    "twice",
    "missing",
    "answer",
    "condition",
    "unused",
    "condition_length",
    "owner_length",
    "by",
]


@dataclass(frozen=True, slots=True)
class Answer:
    decision: int
    answer: str
    condition: str = ""
    owner: str = ""
    by: str = ""

    @property
    def day(self) -> date | None:
        """``by`` as a day; None while it is empty or no day of this century."""
        try:
            day = date.fromisoformat(self.by)
        except ValueError:
            return None
        return day if 2000 <= day.year <= 2099 else None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and with which decision (None: with the list itself)."""

    kind: Kind
    decision: int | None = None


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, Mapping)
        and set(row) <= {"decision", *TEXTS}
        and isinstance(row.get("decision"), int)
        and not isinstance(row.get("decision"), bool)
        and all(isinstance(row.get(name) or "", str) for name in TEXTS)
        and all(_can_be_stored(row.get(name) or "") for name in TEXTS)
    )


def _can_be_stored(text: str) -> bool:
    """No database keeps NUL or half a character."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _row_faults(row: Answer) -> Iterator[Fault]:
    if row.answer not in ANSWERS:
        yield Fault("answer", row.decision)
    if row.answer == "adopted_with_condition" and not row.condition:
        yield Fault("condition", row.decision)
    if row.answer == "adopted" and (row.condition or row.owner or row.by):
        yield Fault("unused", row.decision)
    if len(row.condition) > CONDITION_LENGTH:
        yield Fault("condition_length", row.decision)
    if len(row.owner) > OWNER_LENGTH:
        yield Fault("owner_length", row.decision)
    if row.by and row.day is None:
        yield Fault("by", row.decision)


def read(rows: Any) -> list[Answer] | None:
    """The rows as answers, conditions without surrounding blanks; None when they have not the form of rows."""
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        return None
    return [
        Answer(row["decision"], **{name: (row.get(name) or "").strip() for name in TEXTS}) for row in rows
    ]


def faults(rows: Any, asked: Collection[int]) -> list[Fault]:
    """Everything wrong with an answer to the decisions ``asked``; empty when it may be recorded."""
    answers = read(rows)
    if answers is None:
        return [Fault("shape")]
    counts = Counter(row.decision for row in answers)
    found = [Fault("unknown", pk) for pk in counts if pk not in asked]
    found += [Fault("twice", pk) for pk, count in counts.items() if count > 1]
    found += [Fault("missing", pk) for pk in asked if pk not in counts]
    found += [fault for row in answers if row.decision in asked for fault in _row_faults(row)]
    return found


def adopts_something(rows: Any) -> bool:
    """Whether at least one decision was adopted, with or without a condition: then the town agreed to a plan."""
    return any(row.answer in ADOPTING for row in read(rows) or [])
