"""What a round is made of: plain records, as they are read from a file or taken from the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Pair = tuple[str, str]

FORMAT = "madoguchi-matching/1"
PARTS = ("expertise", "preference", "size", "distance", "continuity")
WANTS_MAX = 5
PREFERRED_MAX = 3


@dataclass(frozen=True, slots=True)
class Params:
    """How the round is solved. ``sessions``: common months that a pair needs; ``max_leads``: None is no cap."""

    mode: str
    fairness: str
    sessions: int
    weights: Mapping[str, int]
    max_leads: int | None = None


@dataclass(frozen=True, slots=True)
class Town:
    """A town of the round. Coordinates in degrees times 10,000; ``priority`` 3 is most urgent."""

    id: str
    municipality: str
    lat_e4: int
    lon_e4: int
    band: int
    wants: tuple[str, ...]
    preferred: tuple[str, ...]
    months: frozenset[int]
    mode: str
    priority: int
    applied_at: str
    wants_trainee: bool


@dataclass(frozen=True, slots=True)
class Advisor:
    """A lead or a trainee; ``current_load`` counts engagements held outside this round."""

    id: str
    role: str
    active: bool
    employer: str
    lat_e4: int
    lon_e4: int
    band: int
    tags: frozenset[str]
    months: frozenset[int]
    mode: str
    max_km: int
    capacity: int
    current_load: int
    cert_until: str

    @property
    def left(self) -> int:
        """Seats that may still be given; never below 0."""
        return max(0, self.capacity - self.current_load)


@dataclass(frozen=True, slots=True)
class Employer:
    """How many engagements an employer lends its people for; ``lent`` are held outside this round."""

    code: str
    max_lent: int
    lent: int

    @property
    def left(self) -> int:
        return max(0, self.max_lent - self.lent)


@dataclass(frozen=True, slots=True)
class Problem:
    """A whole round. Pairs are (town id, advisor id); a pair with an unknown id counts only in ``locked``."""

    id: str
    end: str
    months: frozenset[int]
    params: Params
    towns: tuple[Town, ...]
    advisors: tuple[Advisor, ...]
    employers: tuple[Employer, ...] = ()
    conflicts: frozenset[Pair] = frozenset()
    declined: frozenset[Pair] = frozenset()
    forbidden: frozenset[Pair] = frozenset()
    history: frozenset[Pair] = frozenset()
    locked: frozenset[Pair] = frozenset()
    existing: frozenset[Pair] = frozenset()

    @property
    def rematch(self) -> bool:
        return self.params.mode == "rematch"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is nothing to solve: a code of the format and the ids that it is about."""

    code: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A seat given. ``km`` in whole kilometres; ``parts`` 0 to 100 each; ``score`` their weighted sum."""

    town: str
    advisor: str
    seat: str
    mode: str
    km: int
    score: int
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A seat that stays empty, with the reason code of the format."""

    town: str
    seat: str
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found. ``objective`` has the ten keys of the format, or is None where nothing was solved."""

    status: str
    objective: Mapping[str, int] | None = None
    assignments: tuple[Assignment, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    errors: tuple[Fault, ...] = ()
    solve_ms: int = 0


@dataclass(slots=True)
class Faults:
    """Faults in the order in which they were found, each once."""

    found: dict[Fault, None] = field(default_factory=dict)

    def add(self, code: str, ids: Iterable[str] = ()) -> None:
        self.found.setdefault(Fault(code, tuple(ids)))

    def __bool__(self) -> bool:
        return bool(self.found)

    def all(self) -> tuple[Fault, ...]:
        return tuple(self.found)
