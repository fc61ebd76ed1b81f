"""The fit against a second computation, written from the format's text alone."""

import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisors.fit import (
    AdvisorOffer,
    Barrier,
    BarrierCode,
    Ties,
    TownNeed,
    barriers,
    distance,
    score_parts,
)

TAGS = ("a", "b", "c", "d", "e", "f", "g")
CODES = ("033022", "011002", "472085")
DAY = date(2026, 9, 3)

points = st.tuples(st.integers(-900_000, 900_000), st.integers(-1_800_000, 1_800_000))
months = st.frozensets(st.integers(1, 12))
towns = st.builds(
    lambda point, **values: TownNeed(lat_e4=point[0], lon_e4=point[1], until=DAY, **values),
    points,
    municipality=st.sampled_from(CODES),
    band=st.integers(1, 6),
    wants=st.lists(st.sampled_from(TAGS), max_size=5, unique=True).map(tuple),
    preferred=st.lists(st.integers(1, 5), max_size=3, unique=True).map(tuple),
    months=months,
    mode=st.sampled_from(("onsite", "online", "either")),
    sessions=st.integers(0, 4),
)
advisors = st.builds(
    lambda point, **values: AdvisorOffer(lat_e4=point[0], lon_e4=point[1], **values),
    points,
    id=st.integers(1, 5),
    employer=st.sampled_from(CODES),
    band=st.integers(1, 6),
    tags=st.frozensets(st.sampled_from(TAGS)),
    months=months,
    mode=st.sampled_from(("onsite", "online", "both")),
    max_km=st.integers(0, 20_000),
    capacity=st.integers(0, 4),
    load=st.integers(0, 5),
    certified_until=st.one_of(st.none(), st.dates(date(2026, 9, 1), date(2026, 9, 5))),
    lead=st.booleans(),
    active=st.booleans(),
    employer_left=st.one_of(st.none(), st.integers(-1, 2)),
)
ties = st.builds(Ties, st.booleans(), st.booleans(), st.booleans(), st.booleans())


def km_of(t, a):
    la, lb = math.radians(t.lat_e4 / 10_000), math.radians(a.lat_e4 / 10_000)
    dlon = math.radians((a.lon_e4 - t.lon_e4) / 10_000)
    h = min(1, math.sin((lb - la) / 2) ** 2 + math.cos(la) * math.cos(lb) * math.sin(dlon / 2) ** 2)
    return math.floor(2 * 6371 * math.asin(math.sqrt(h)))


def possible(t, a):
    on_site = t.mode != "online" and a.mode != "online" and km_of(t, a) <= a.max_km
    return on_site, t.mode != "onsite" and a.mode != "onsite"


def code_by_the_book(t, a, pair):
    if not a.lead or not a.active or a.certified_until is None or a.certified_until < t.until:
        return "NO_CERTIFIED"
    if a.capacity - a.load <= 0 or (a.employer_left is not None and a.employer_left <= 0):
        return "NO_CAPACITY"
    if a.employer == t.municipality or pair.conflict:
        return "CONFLICT"
    if pair.declined:
        return "DECLINED"
    if pair.forbidden:
        return "FORBIDDEN"
    if sum(1 for month in range(1, 13) if month in t.months and month in a.months) < t.sessions:
        return "NO_COMMON_MONTHS"
    return None if any(possible(t, a)) else "TOO_FAR"


def score_by_the_book(t, a, pair):
    if t.wants:
        worth = [5 - i for i in range(len(t.wants))]
        had = [w for w, tag in zip(worth, t.wants, strict=True) if tag in a.tags]
        expertise = math.floor(100 * sum(had) / sum(worth))
    else:
        expertise = 100
    preference = 0
    for value, wanted in zip((100, 70, 40), t.preferred, strict=False):
        if wanted == a.id:
            preference = value
    on_site, online = possible(t, a)
    best, mode = 0, ""
    if on_site:
        best, mode = max(0, 100 - math.floor(km_of(t, a) / 10)), "onsite"
    remote = 100 if t.mode == "online" else 50
    if online and (not mode or remote > best):
        best, mode = remote, "online"
    size = max(0, 100 - 25 * abs(t.band - a.band))
    total = 4 * expertise + 3 * preference + size + best + (100 if pair.history else 0)
    return [expertise, preference, size, best, 100 if pair.history else 0], total, mode


@given(towns, advisors, ties)
def test_the_filter_and_the_score_are_those_of_the_format(town, advisor, pair):
    found = barriers(town, advisor, pair)
    assert (found[0].code if found else None) == code_by_the_book(town, advisor, pair)
    fit = score_parts(town, advisor, pair)
    assert (list(fit.parts.values()), fit.total, fit.mode) == score_by_the_book(town, advisor, pair)
    assert fit.km == km_of(town, advisor)
    assert 0 <= fit.total <= 1000


@given(towns, advisors, ties)
def test_all_barriers_stand_in_the_order_of_the_filters(town, advisor, pair):
    order = list(BarrierCode)
    places = [order.index(barrier.code) for barrier in barriers(town, advisor, pair)]
    assert places == sorted(places)


TOWN = TownNeed("033022", 400_399, 1_414_365, 2, ("a",), (), frozenset({9, 10, 11}), "either", DAY)
ADVISOR = AdvisorOffer(
    id=1,
    employer="325015",
    lat_e4=344_700,
    lon_e4=1_317_700,
    band=2,
    tags=frozenset({"a"}),
    months=frozenset({9, 10, 11}),
    mode="onsite",
    max_km=100,
    capacity=1,
    load=0,
    certified_until=DAY,
)


def test_an_unknown_place_keeps_nobody_out_and_counts_nothing():
    nowhere = replace(ADVISOR, lat_e4=None, lon_e4=None)
    assert barriers(TOWN, ADVISOR) == [Barrier.DISTANCE]
    assert barriers(TOWN, nowhere) == []
    fit = score_parts(TOWN, nowhere)
    assert (fit.km, fit.mode, fit.parts["distance"]) == (None, "onsite", 0)


def test_online_counts_more_than_an_unknown_way():
    nowhere = replace(ADVISOR, lat_e4=None, mode="both")
    fit = score_parts(TOWN, nowhere)
    assert (fit.mode, fit.parts["distance"]) == ("online", 50)


@pytest.mark.parametrize(
    ("town_band", "own_band", "part"), [(None, 2, 0), (2, None, 0), (None, None, 0), (2, 2, 100)]
)
def test_an_unknown_population_counts_nothing(town_band, own_band, part):
    fit = score_parts(replace(TOWN, band=town_band), replace(ADVISOR, band=own_band))
    assert fit.parts["size"] == part


def test_a_closed_year_takes_the_free_place_away():
    found = barriers(TOWN, replace(ADVISOR, closed=True, max_km=3000))
    assert found[0].code == BarrierCode.NO_CAPACITY


def test_only_wants_of_the_wrong_way_of_working_are_no_distance():
    assert barriers(replace(TOWN, mode="online"), ADVISOR) == [Barrier.MODE]
    assert barriers(replace(TOWN, mode="onsite"), replace(ADVISOR, mode="online")) == [Barrier.MODE]


NEAR = replace(ADVISOR, max_km=3000)


@pytest.mark.parametrize(
    ("change", "barrier"),
    [
        ({"lead": False}, Barrier.NOT_LEAD),
        ({"active": False}, Barrier.INACTIVE),
        ({"certified_until": None}, Barrier.UNCERTIFIED),
        ({"certified_until": date(2026, 9, 2)}, Barrier.UNCERTIFIED),
        ({"closed": True}, Barrier.CLOSED),
        ({"load": 1}, Barrier.FULL),
        ({"load": 2}, Barrier.FULL),
        ({"employer_left": 0}, Barrier.EMPLOYER_FULL),
        ({"employer": TOWN.municipality}, Barrier.OWN_EMPLOYER),
        ({"months": frozenset({9, 10})}, Barrier.MONTHS),
        ({"max_km": 0}, Barrier.DISTANCE),
    ],
)
def test_each_barrier_of_the_advisor_stands_alone(change, barrier):
    assert barriers(TOWN, NEAR) == []
    assert barriers(TOWN, replace(NEAR, **change)) == [barrier]


@pytest.mark.parametrize("name", ["conflict", "declined", "forbidden"])
def test_each_barrier_of_the_pair_stands_alone(name):
    assert barriers(TOWN, NEAR, Ties(**{name: True})) == [Barrier(name)]


@pytest.mark.parametrize("change", [{"employer_left": 1}, {"capacity": 2, "load": 1}])
def test_the_last_free_place_is_free(change):
    assert barriers(TOWN, replace(NEAR, **change)) == []


def test_the_farthest_kilometre_is_still_travelled():
    km = distance(TOWN, ADVISOR)
    assert barriers(TOWN, replace(ADVISOR, max_km=km)) == []
    assert barriers(TOWN, replace(ADVISOR, max_km=km - 1)) == [Barrier.DISTANCE]


@pytest.mark.parametrize("part", ["lat_e4", "lon_e4"])
def test_half_a_place_is_no_place(part):
    assert distance(replace(TOWN, **{part: None}), ADVISOR) is None
    assert distance(TOWN, replace(ADVISOR, **{part: None})) is None


def test_the_sixth_wish_counts_nothing():
    wants = ("a", "b", "c", "d", "e", "f")
    with_five = score_parts(replace(TOWN, wants=wants[:5]), ADVISOR)
    with_six = score_parts(replace(TOWN, wants=wants), replace(ADVISOR, tags=frozenset({"a", "f"})))
    assert with_five.parts["expertise"] == with_six.parts["expertise"] == 33


@pytest.mark.parametrize(
    ("apart", "part"), [(0, 100), (1, 75), (-1, 75), (2, 50), (3, 25), (4, 0), (5, 0), (-5, 0)]
)
def test_each_band_apart_costs_a_quarter(apart, part):
    fit = score_parts(replace(TOWN, band=6), replace(ADVISOR, band=6 + apart))
    assert fit.parts["size"] == part


@pytest.mark.parametrize(("own_id", "part"), [(7, 100), (8, 70), (9, 40), (10, 0), (1, 0)])
def test_the_three_wished_for_count_by_their_place(own_id, part):
    fit = score_parts(replace(TOWN, preferred=(7, 8, 9, 10)), replace(ADVISOR, id=own_id))
    assert fit.parts["preference"] == part


def test_the_way_there_counts_nothing_from_a_thousand_kilometres_on():
    far = replace(ADVISOR, lat_e4=TOWN.lat_e4 - 200_000, lon_e4=TOWN.lon_e4, max_km=3000)
    fit = score_parts(TOWN, far)
    assert fit.km > 1000
    assert (fit.mode, fit.parts["distance"]) == ("onsite", 0)


def test_of_two_ways_the_better_is_taken_and_the_way_there_of_equals():
    both = replace(NEAR, mode="both")
    far = replace(both, lat_e4=TOWN.lat_e4 - 60_000, lon_e4=TOWN.lon_e4)
    assert (distance(TOWN, both) // 10, distance(TOWN, far) // 10) == (105, 66)
    assert score_parts(TOWN, far).mode == "online"
    half = replace(far, lat_e4=TOWN.lat_e4 - 45_000)
    fit = score_parts(TOWN, half)
    assert (fit.km, fit.parts["distance"], fit.mode) == (500, 50, "onsite")


def test_where_no_way_is_possible_there_is_no_mode():
    fit = score_parts(TOWN, ADVISOR)
    assert (fit.parts["distance"], fit.mode) == (0, "")


def test_work_done_together_counts_a_hundred():
    before, never = (score_parts(TOWN, NEAR, Ties(history=known)) for known in (True, False))
    assert (before.parts["continuity"], never.parts["continuity"]) == (100, 0)
    assert before.total - never.total == 100
