"""What the plots are drawn from: plain values, seconds and counts as integers, words as they were typed."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

SegmentKind = Literal["waiting", "served", "other"]
FlagKind = Literal["problem", "good", "idea"]


@dataclass(frozen=True)
class Segment:
    """A stretch of a route, in seconds since its start. `counter` is empty between counters."""

    kind: SegmentKind
    start_s: int
    end_s: int
    counter: str = ""


@dataclass(frozen=True)
class Flag:
    """An observation on the time axis; `number` is the one that the list of observations gives it."""

    second: int
    kind: FlagKind
    number: int


@dataclass(frozen=True)
class RouteBand:
    """One route as a band. `lower_bound`: it was not finished, so `total_s` reads "at least"."""

    label: str
    sub: str
    total_s: int | None
    lower_bound: bool
    segments: tuple[Segment, ...] = ()
    writes: tuple[int, ...] = ()
    flags: tuple[Flag, ...] = ()
    untimed: tuple[str, ...] = ()
    untimed_writes: int = 0

    def seconds(self, kind: SegmentKind) -> int:
        """Sum of the segments of one kind."""
        return sum(part.end_s - part.start_s for part in self.segments if part.kind == kind)


@dataclass(frozen=True)
class BeforeAfter:
    """One measure in two surveys; None where it is not known. `promised` is what a decision claimed.

    `change_share` is the measured share of the change (0.25 is 25 %), where `before` and `after` were rounded to
    minutes: without it, the share of the two rounded values is printed.
    """

    label: str
    unit: str
    before: int | None
    after: int | None
    promised: int | None = None
    change_share: float | None = None


@dataclass(frozen=True)
class FieldWrites:
    """How often one thing was written by hand, and how often that was avoided."""

    label: str
    written: int
    avoided: int = 0


@dataclass(frozen=True)
class RoadmapRow:
    """A step of the plan. Both days are included; no `end` makes it a point in time, no `start` undated."""

    label: str
    owner: str
    start: date | None = None
    end: date | None = None
