"""Who lives within whose reach, without measuring every pair.

Towns lie in rows of equal latitude, sorted by longitude within a row. The circle around an advisor is looked up row by
row in its bounding box; what is found is a little more than the circle, never less.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from advisors.matching.columns import FARTHEST_KM, Floats, Ints, People, Towns
from municipalities.geo import EARTH_RADIUS_KM, distance_km

ROW_DEGREES = 0.2
MARGIN = 1e-9  # radians; far more than double arithmetic loses
PEOPLE_A_STEP = 128  # bounds the memory where everybody reaches everybody
NEAR_INTEGER = 1e-6
ANTIPODE = 0.9999  # beyond this the arc sine magnifies what the last digit of h loses


def distances_km(lat1: Ints, lon1: Ints, lat2: Ints, lon2: Ints) -> Ints:
    """Whole kilometres of many pairs (degrees times 10,000), as ``municipalities.geo.distance_km`` gives them.

    NumPy's sine may differ from the C library's in its last digit: what falls that close to a whole kilometre is
    computed again one by one.
    """
    phi1, phi2 = np.radians(lat1 / 10_000), np.radians(lat2 / 10_000)
    h = np.sin((phi2 - phi1) / 2) ** 2
    h += np.cos(phi1) * np.cos(phi2) * np.sin(np.radians((lon2 - lon1) / 10_000) / 2) ** 2
    np.minimum(h, 1.0, out=h)
    km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(h))
    whole: Ints = np.floor(km).astype(np.int64)
    doubtful = (np.abs(km - np.rint(km)) < NEAR_INTEGER) & (km > 0.5) | (h > ANTIPODE)
    for at in np.flatnonzero(doubtful):
        whole[at] = distance_km(int(lat1[at]), int(lon1[at]), int(lat2[at]), int(lon2[at]))
    return whole


def ranges(starts: Ints, counts: Ints) -> Ints:
    """The numbers of all ranges, one after the other: starts (3, 7), counts (2, 1) give 3, 4, 7."""
    ends = np.cumsum(counts)
    offset = np.repeat(starts - (ends - counts), counts)
    return offset + np.arange(len(offset), dtype=np.int64)


def _half_width(lat: Floats, reach: Floats) -> Floats:
    """Half the longitude (radians) that a circle spans; everything where it holds a pole."""
    open_side = np.abs(lat) + reach < np.pi / 2 - MARGIN
    sine = np.sin(reach[open_side]) / np.cos(lat[open_side])
    width = np.full(len(lat), np.pi)
    width[open_side] = np.arcsin(np.minimum(1.0, sine)) + MARGIN
    return width


class _Rows:
    """The towns, sorted by row and longitude."""

    def __init__(self, lat: Floats, lon: Floats, town: Ints) -> None:
        height = np.radians(ROW_DEGREES)
        row = np.floor((lat + np.pi / 2) / height).astype(np.int64)
        order = np.lexsort((lon, row))
        self.town = town[order]
        self.height = height
        # One number for row and longitude: a row is 10 wide, which longitudes in radians never fill.
        self.key = row[order] * 10.0 + lon[order]

    def near(self, lat: Floats, west: Floats, east: Floats, reach: Floats) -> tuple[Ints, Ints]:
        """(circle, town) of every town in the bounding box of a circle."""
        lowest = np.floor((lat - reach + np.pi / 2) / self.height).astype(np.int64)
        highest = np.floor((lat + reach + np.pi / 2) / self.height).astype(np.int64)
        span = highest - lowest + 1
        circle = np.repeat(np.arange(len(lat), dtype=np.int64), span)
        row = ranges(lowest, span) * 10.0
        first = np.searchsorted(self.key, row + np.maximum(west[circle], -np.pi) - MARGIN)
        last = np.searchsorted(self.key, row + np.minimum(east[circle], np.pi) + MARGIN, side="right")
        found = np.maximum(last - first, 0)
        return np.repeat(circle, found), self.town[ranges(first, found)]


def within_reach(towns: Towns, people: People) -> Iterator[tuple[Ints, Ints]]:
    """(town, advisor) of all pairs of whom one may go to the other and who may be near enough, in chunks."""
    going, hosts = np.flatnonzero(people.onsite), np.flatnonzero(towns.onsite)
    if not len(going) or not len(hosts):
        return
    rows = _Rows(np.radians(towns.lat_e4[hosts] / 10_000), np.radians(towns.lon_e4[hosts] / 10_000), hosts)
    lat, lon = np.radians(people.lat_e4[going] / 10_000), np.radians(people.lon_e4[going] / 10_000)
    # A whole kilometre is rounded down: up to one more lies within.
    reach = np.minimum((people.max_km[going] + 1) / EARTH_RADIUS_KM, FARTHEST_KM / EARTH_RADIUS_KM) + MARGIN
    reach = np.minimum(reach, np.pi)
    width = _half_width(lat, reach)
    for turn in (0.0, -2 * np.pi, 2 * np.pi):
        whole = width >= np.pi
        west, east = np.where(whole, -np.pi, lon - width + turn), np.where(whole, np.pi, lon + width + turn)
        seen = np.flatnonzero((east >= -np.pi) & (west <= np.pi) & ((turn == 0.0) | ~whole))
        for start in range(0, len(seen), PEOPLE_A_STEP):
            part = seen[start : start + PEOPLE_A_STEP]
            circle, town = rows.near(lat[part], west[part], east[part], reach[part])
            yield town, going[part[circle]]
