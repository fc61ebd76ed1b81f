"""The round on a map: every local government as a dot, the pairs as lines, who is left out as crosses."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians

from engagements.rounds.matching.models import Run
from engagements.rounds.matching.selectors import result_of
from municipalities.models import Municipality

#: The corners that hold the country from 与那国 to 択捉, and the middle latitude for which shapes are right.
WEST, NORTH, MIDDLE = 122.5, 45.8, 36.0
SCALE = 26  # units a degree of latitude
WIDTH, HEIGHT = 520, 570


@dataclass(frozen=True, slots=True)
class RoundMap:
    """Paths of one drawing; ``width`` and ``height`` of its view box."""

    places: str
    pairs: str
    left_out: str
    width: int = WIDTH
    height: int = HEIGHT


def _point(lat_e4: int, lon_e4: int) -> tuple[float, float]:
    x = (lon_e4 / 10_000 - WEST) * SCALE * cos(radians(MIDDLE))
    return round(x, 1), round((NORTH - lat_e4 / 10_000) * SCALE, 1)


def round_map(run: Run) -> RoundMap:
    """The map of a run's result. One query, for the dots."""
    found = result_of(run)
    towns = {row["id"]: _point(row["lat_e4"], row["lon_e4"]) for row in run.input["towns"]}
    people = {row["id"]: _point(row["lat_e4"], row["lon_e4"]) for row in run.input["advisors"]}
    leads = [row for row in found.assignments if row.seat == "lead"]
    lines = ("M{} {}L{} {}".format(*people[row.advisor], *towns[row.town]) for row in leads)
    alone = (towns[row.town] for row in found.unmatched if row.seat == "lead")
    crosses = (f"M{x - 4} {y - 4}l8 8M{x - 4} {y + 4}l8 -8" for x, y in alone)
    return RoundMap(_places(), "".join(lines), "".join(crosses))


def _places() -> str:
    known = Municipality.objects.exclude(lat=None).exclude(lon=None).values_list("lat", "lon")
    degrees = ((float(lat or 0), float(lon or 0)) for lat, lon in known.iterator())
    points = sorted({_point(round(lat * 10_000), round(lon * 10_000)) for lat, lon in degrees})
    return "".join(f"M{x} {y}h0" for x, y in points)
