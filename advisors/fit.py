"""Whether an advisor may serve a town, and how well they fit. Pure: no Django, no database, whole numbers only.

The seven filters, their order and the five parts of the score are those of the exchange format ``madoguchi-matching/1``.
Two things that the rules take as given may be missing in a registry, and are settled here:

* a place without coordinates: the distance is unknown. Nobody is kept out for it; the distance part of going
  there is 0, so that a known short way, or working online, always counts more;
* a town without a known population: its band is unknown. Where any band is missing among those who are compared, size
  counts for nobody there (``sized=False``): a pair must not win or lose by a figure that nobody has registered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from municipalities.geo import distance_km

PARTS = ("expertise", "preference", "size", "distance", "continuity")
WEIGHTS: Mapping[str, int] = {"expertise": 4, "preference": 3, "size": 1, "distance": 1, "continuity": 1}
PREFERENCE = (100, 70, 40)
WANTS_MAX = 5


class BarrierCode(StrEnum):
    """The filters, in their order."""

    NO_CERTIFIED = "NO_CERTIFIED"
    NO_CAPACITY = "NO_CAPACITY"
    CONFLICT = "CONFLICT"
    DECLINED = "DECLINED"
    FORBIDDEN = "FORBIDDEN"
    NO_COMMON_MONTHS = "NO_COMMON_MONTHS"
    TOO_FAR = "TOO_FAR"


class Barrier(StrEnum):
    """Why exactly somebody does not pass a filter."""

    NOT_LEAD = "not_lead"
    INACTIVE = "inactive"
    UNCERTIFIED = "uncertified"
    CLOSED = "closed"
    FULL = "full"
    EMPLOYER_FULL = "employer_full"
    OWN_EMPLOYER = "own_employer"
    CONFLICT = "conflict"
    DECLINED = "declined"
    FORBIDDEN = "forbidden"
    MONTHS = "months"
    MODE = "mode"
    DISTANCE = "distance"

    @property
    def code(self) -> BarrierCode:
        return _CODES[self]


_CODES = {
    Barrier.NOT_LEAD: BarrierCode.NO_CERTIFIED,
    Barrier.INACTIVE: BarrierCode.NO_CERTIFIED,
    Barrier.UNCERTIFIED: BarrierCode.NO_CERTIFIED,
    Barrier.CLOSED: BarrierCode.NO_CAPACITY,
    Barrier.FULL: BarrierCode.NO_CAPACITY,
    Barrier.EMPLOYER_FULL: BarrierCode.NO_CAPACITY,
    Barrier.OWN_EMPLOYER: BarrierCode.CONFLICT,
    Barrier.CONFLICT: BarrierCode.CONFLICT,
    Barrier.DECLINED: BarrierCode.DECLINED,
    Barrier.FORBIDDEN: BarrierCode.FORBIDDEN,
    Barrier.MONTHS: BarrierCode.NO_COMMON_MONTHS,
    Barrier.MODE: BarrierCode.TOO_FAR,
    Barrier.DISTANCE: BarrierCode.TOO_FAR,
}


@dataclass(frozen=True, slots=True)
class TownNeed:
    """What a town asks for. ``wants``: tags, most wanted first; ``preferred``: ids of advisors, best first.

    ``months`` are the calendar months that the town can and the round has; ``sessions`` is how many of them are
    needed; ``until`` is the day on which a certification must still be valid.
    """

    municipality: str
    lat_e4: int | None
    lon_e4: int | None
    band: int | None
    wants: tuple[str, ...]
    preferred: tuple[int, ...]
    months: frozenset[int]
    mode: str
    until: date
    sessions: int = 3


@dataclass(frozen=True, slots=True)
class AdvisorOffer:
    """What an advisor can give. ``load`` counts the places taken; ``employer_left`` what the employer still lends."""

    id: int
    employer: str
    lat_e4: int | None
    lon_e4: int | None
    band: int | None
    tags: frozenset[str]
    months: frozenset[int]
    mode: str
    max_km: int
    capacity: int
    load: int
    certified_until: date | None
    lead: bool = True
    active: bool = True
    closed: bool = False
    employer_left: int | None = None


@dataclass(frozen=True, slots=True)
class Ties:
    """What is known about the pair: an interest, an earlier refusal, the office's veto, work done together before."""

    conflict: bool = False
    declined: bool = False
    forbidden: bool = False
    history: bool = False


NO_TIES = Ties()


@dataclass(frozen=True, slots=True)
class Fit:
    """Five parts of 0 to 100, their weighted sum (0 to 1,000), the better way of working and the way there.

    ``sized``: whether size was compared; where it was not, its part is 0 for everybody. ``most``: what the best pair has.
    """

    parts: Mapping[str, int]
    total: int
    mode: str
    km: int | None
    sized: bool = True
    most: int = 1_000


def distance(town: TownNeed, advisor: AdvisorOffer) -> int | None:
    """Whole kilometres, or None when the place of either is unknown."""
    if town.lat_e4 is None or town.lon_e4 is None or advisor.lat_e4 is None or advisor.lon_e4 is None:
        return None
    return distance_km(town.lat_e4, town.lon_e4, advisor.lat_e4, advisor.lon_e4)


def common_months(town: TownNeed, advisor: AdvisorOffer) -> frozenset[int]:
    return town.months & advisor.months


def _both_go(town: TownNeed, advisor: AdvisorOffer) -> bool:
    return town.mode != "online" and advisor.mode != "online"


def online_possible(town: TownNeed, advisor: AdvisorOffer) -> bool:
    return town.mode != "onsite" and advisor.mode != "onsite"


def onsite_possible(town: TownNeed, advisor: AdvisorOffer) -> bool:
    """An unknown distance keeps nobody at home."""
    km = distance(town, advisor)
    return _both_go(town, advisor) and (km is None or km <= advisor.max_km)


def _person(town: TownNeed, advisor: AdvisorOffer) -> Iterator[Barrier]:
    if not advisor.lead:
        yield Barrier.NOT_LEAD
    if not advisor.active:
        yield Barrier.INACTIVE
    if advisor.certified_until is None or advisor.certified_until < town.until:
        yield Barrier.UNCERTIFIED
    if advisor.closed:
        yield Barrier.CLOSED
    if advisor.capacity - advisor.load <= 0:
        yield Barrier.FULL
    if advisor.employer_left is not None and advisor.employer_left <= 0:
        yield Barrier.EMPLOYER_FULL


def _pair(town: TownNeed, advisor: AdvisorOffer, ties: Ties) -> Iterator[Barrier]:
    if advisor.employer == town.municipality:
        yield Barrier.OWN_EMPLOYER
    if ties.conflict:
        yield Barrier.CONFLICT
    if ties.declined:
        yield Barrier.DECLINED
    if ties.forbidden:
        yield Barrier.FORBIDDEN


def _work(town: TownNeed, advisor: AdvisorOffer) -> Iterator[Barrier]:
    if len(common_months(town, advisor)) < town.sessions:
        yield Barrier.MONTHS
    if not onsite_possible(town, advisor) and not online_possible(town, advisor):
        yield Barrier.DISTANCE if _both_go(town, advisor) else Barrier.MODE


def barriers(town: TownNeed, advisor: AdvisorOffer, ties: Ties = NO_TIES) -> list[Barrier]:
    """Everything that keeps the advisor from serving the town, in the order of the filters."""
    return [*_person(town, advisor), *_pair(town, advisor, ties), *_work(town, advisor)]


def _expertise(town: TownNeed, advisor: AdvisorOffer) -> int:
    worth = {tag: WANTS_MAX - place for place, tag in enumerate(town.wants[:WANTS_MAX])}
    met = sum(value for tag, value in worth.items() if tag in advisor.tags)
    return 100 * met // sum(worth.values()) if worth else 100


def _preference(town: TownNeed, advisor: AdvisorOffer) -> int:
    ranks = town.preferred[: len(PREFERENCE)]
    return PREFERENCE[ranks.index(advisor.id)] if advisor.id in ranks else 0


def _size(town: TownNeed, advisor: AdvisorOffer) -> int:
    if town.band is None or advisor.band is None:
        return 0
    return max(0, 100 - 25 * abs(town.band - advisor.band))


def _way(town: TownNeed, advisor: AdvisorOffer) -> tuple[int, str]:
    """The distance part and the mode that gives it; of equals, going there."""
    km = distance(town, advisor)
    ways = []
    if onsite_possible(town, advisor):
        ways.append((0 if km is None else max(0, 100 - km // 10), "onsite"))
    if online_possible(town, advisor):
        ways.append((100 if town.mode == "online" else 50, "online"))
    return max(ways, key=lambda way: way[0], default=(0, ""))


def score_parts(town: TownNeed, advisor: AdvisorOffer, ties: Ties = NO_TIES, *, sized: bool = True) -> Fit:
    """How well the pair fits; also for a pair that may not serve, where ``mode`` is empty if no way is possible.

    ``sized`` is False where some band is missing among those with whom the pair is compared.
    """
    part, mode = _way(town, advisor)
    parts = {
        "expertise": _expertise(town, advisor),
        "preference": _preference(town, advisor),
        "size": _size(town, advisor) if sized else 0,
        "distance": part,
        "continuity": 100 if ties.history else 0,
    }
    total = sum(WEIGHTS[name] * value for name, value in parts.items())
    counted = (weight for name, weight in WEIGHTS.items() if sized or name != "size")
    return Fit(parts, total, mode, distance(town, advisor), sized, 100 * sum(counted))
