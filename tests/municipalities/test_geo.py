"""Distances in whole kilometres."""

from hypothesis import given
from hypothesis import strategies as st

from municipalities.geo import distance_km

LAT, LON = st.integers(-900_000, 900_000), st.integers(-1_800_000, 1_800_000)
HALF_ROUND_THE_EARTH = 20_015  # 6371 km times pi, rounded down


def test_the_same_place_is_no_distance_away():
    assert distance_km(400_399, 1_414_365, 400_399, 1_414_365) == 0


def test_one_degree_of_a_meridian():
    assert distance_km(0, 0, 10_000, 0) == 111


def test_opposite_points():
    assert distance_km(0, 0, 0, 1_800_000) == HALF_ROUND_THE_EARTH
    assert distance_km(900_000, 0, -900_000, 0) == HALF_ROUND_THE_EARTH


def test_from_kuzumaki_to_yonaguni():
    assert 2_430 <= distance_km(400_399, 1_414_365, 244_680, 1_230_045) <= 2_450


@given(LAT, LON, LAT, LON)
def test_symmetric_and_never_beyond_half_the_earth(lat1, lon1, lat2, lon2):
    there = distance_km(lat1, lon1, lat2, lon2)
    assert 0 <= there <= HALF_ROUND_THE_EARTH
    assert abs(there - distance_km(lat2, lon2, lat1, lon1)) <= 1


@given(LON, LON, LON)
def test_along_the_equator_a_detour_is_never_shorter(start, middle, end):
    direct = distance_km(0, start, 0, end)
    assert direct <= distance_km(0, start, 0, middle) + distance_km(0, middle, 0, end) + 1
