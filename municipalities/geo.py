"""Distances between local governments, in the arithmetic of the matching rules."""

from math import asin, cos, floor, radians, sin, sqrt

EARTH_RADIUS_KM = 6371


def distance_km(lat1_e4: int, lon1_e4: int, lat2_e4: int, lon2_e4: int) -> int:
    """Great-circle distance in whole kilometres, rounded down, between two points in degrees times 10,000."""
    lat1, lat2 = radians(lat1_e4 / 10_000), radians(lat2_e4 / 10_000)
    half_lat = (lat2 - lat1) / 2
    half_lon = radians((lon2_e4 - lon1_e4) / 10_000) / 2
    h = min(1.0, sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2)
    return floor(2 * EARTH_RADIUS_KM * asin(sqrt(h)))
