"""Who is near enough: found by rows and boxes, held against measuring every pair."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from advisors.matching.columns import Towns, people_for
from advisors.matching.edges import Scorer, find_edges
from advisors.matching.engine import run_file
from advisors.matching.reading import read_problem
from tests.advisors.matching import oracle
from tests.advisors.matching.rounds import a_round, a_town, an_advisor

LAT = st.one_of(st.integers(-900_000, 900_000), st.sampled_from((-900_000, 0, 899_000, 900_000)))
LON = st.one_of(
    st.integers(-1_800_000, 1_800_000), st.sampled_from((-1_800_000, -1_799_990, 0, 1_799_990, 1_800_000))
)
KM = st.one_of(st.integers(0, 25_000), st.integers(0, 200), st.just(20_014))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(LAT, LON), min_size=1, max_size=8),
    st.lists(st.tuples(LAT, LON, KM), min_size=1, max_size=6),
)
def test_anywhere_on_earth(homes, people):
    towns = [a_town(f"T{at}", lat_e4=lat, lon_e4=lon, mode="onsite") for at, (lat, lon) in enumerate(homes)]
    advisors = [
        an_advisor(f"A{at}", lat_e4=lat, lon_e4=lon, max_km=km) for at, (lat, lon, km) in enumerate(people)
    ]
    value = a_round(towns=towns, advisors=advisors)
    problem = read_problem(json.dumps(value).encode())
    columns = Towns(problem.towns, problem.months)
    edges = find_edges(problem, Scorer(problem, columns, people_for(problem, "lead")))
    found = {
        (columns.rows[town].id, edges.people.rows[advisor].id)
        for town, advisor in zip(edges.town, edges.advisor, strict=True)
    }
    near = {
        (town["id"], advisor["id"])
        for town in towns
        for advisor in advisors
        if oracle.km(town, advisor) <= advisor["max_km"]
    }
    assert found == near


def test_the_last_kilometre_counts_whole():
    """Two places 111 km apart on the equator, measured to the metre: 110 is too far, 111 is not."""
    for km, status in ((110, []), (111, ["A1"])):
        value = a_round(
            towns=[a_town("T1", lat_e4=0, lon_e4=0, mode="onsite")],
            advisors=[an_advisor("A1", lat_e4=0, lon_e4=10_000, max_km=km)],
        )
        result = run_file(json.dumps(value).encode())
        assert [pair.advisor for pair in result.assignments] == status
