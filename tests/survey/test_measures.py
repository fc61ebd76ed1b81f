"""The measures: worked examples of every rule, and agreement with a second, plain implementation."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import engagements.survey.measures as package
from engagements.survey.measures import measure_survey, read_survey
from engagements.survey.measures.arithmetic import divide_rounded, share, union_length
from tests.survey import simple_measures, strategies

thorough = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def clock(text):
    return f"2025-08-19T{text}+09:00"


def a_survey(*routes, scenario=None, **survey):
    """A document of one scenario whose routes are numbered from r1."""
    return {
        "format": "madoguchi-survey/1",
        "survey": {"municipality": "044041", "held_on": "2025-08-19", "round": 1, **survey},
        "scenarios": [{"id": "s1", "life_event": "move_in", **(scenario or {})}],
        "routes": [{"id": f"r{n}", "scenario": "s1", **route} for n, route in enumerate(routes, 1)],
    }


def a_visit(queued=None, called=None, finished=None, **more):
    times = {"queued_at": queued, "called_at": called, "finished_at": finished}
    return {"counter": "市民課", **{name: time and clock(time) for name, time in times.items()}, **more}


def measured(document, before=None):
    earlier = read_survey(json.dumps(before)) if before else None
    return measure_survey(read_survey(json.dumps(document)), earlier)


def measured_route(route, scenario=None):
    return measured(a_survey(route, scenario=scenario))["routes"]["r1"]


def walk(*visits, **more):
    return {"started_at": clock("09:00:00"), "visits": list(visits), **more}


# Agreement with the second implementation


@thorough
@given(strategies.surveys())
def test_the_two_implementations_agree_on_a_survey(document):
    assert measured(document) == simple_measures.measure(document)


@thorough
@given(strategies.resurveys())
def test_the_two_implementations_agree_on_the_effect(pair):
    before, after = pair
    assert measured(after, before)["effect"] == simple_measures.measure(after, before)["effect"]


@settings(thorough, max_examples=30)
@given(strategies.surveys())
def test_measures_can_be_written_as_json_and_hold_no_other_keys(document):
    result = measured(document)
    assert list(result) == ["routes", "scenarios", "counters"]
    assert json.loads(package.encode(result)) == result


# Routes


@pytest.mark.parametrize(
    ("route", "complete"),
    [
        ({}, False),
        ({"finished_at": clock("10:00:00")}, True),
        ({"ended": "finished"}, True),
        ({"ended": "gave_up", "finished_at": clock("10:00:00")}, False),
        ({"totals": {}}, True),
        ({"totals": {}, "ended": "finished"}, True),
        ({"totals": {}, "ended": "out_of_time"}, False),
        ({"totals": None}, False),
        ({"totals": ""}, False),
    ],
)
def test_a_route_is_complete_when_it_got_to_its_end(route, complete):
    result = measured_route(route)
    assert (result["complete"], result["lower_bound"]) == (complete, not complete)


def test_overlapping_visits_count_their_seconds_once():
    first = a_visit("09:00:00", "09:10:00", "09:20:00")
    second = a_visit("09:05:00", "09:15:00", "09:30:00")  # its ticket was taken while waiting for the first
    result = measured_route(walk(first, second, finished_at=clock("09:40:00")))
    assert result["service_s"] == 20 * 60
    assert result["waiting_s"] == 10 * 60
    assert result["other_s"] == 10 * 60
    assert result["total_s"] == 40 * 60


def test_a_fraction_of_a_second_is_dropped_from_both_ends():
    visit = {"counter": "1", "called_at": clock("09:00:00.9"), "finished_at": clock("09:00:02.1")}
    assert measured_route(walk(visit))["service_s"] == 2


def test_without_its_end_a_route_lasts_until_the_latest_time_known():
    observation = {"kind": "good", "category": "service", "text": "親切", "at": clock("09:45:00")}
    write = {"field": "name", "times": 1, "at": clock("09:30:00")}
    visit = a_visit("09:10:00", "09:20:00", forms=[{"writes": [write]}])
    assert measured_route(walk(visit))["total_s"] == 30 * 60
    assert measured_route(walk(visit, observations=[observation]))["total_s"] == 45 * 60
    assert measured_route({"started_at": clock("09:00:00")})["total_s"] is None


def test_times_nobody_took_are_unknown_and_no_visits_take_no_time():
    names = ("total_s", "waiting_s", "service_s", "other_s")
    never = measured_route(walk(a_visit(), finished_at=clock("10:00:00")))
    assert [never[name] for name in names] == [3600, None, None, None]
    no_visit = measured_route({"started_at": clock("09:00:00"), "finished_at": clock("10:00:00")})
    assert [no_visit[name] for name in names] == [3600, 0, 0, 3600]


def test_places_are_told_apart_by_building_floor_and_counter():
    visits = [
        a_visit(building="本庁舎", floor="1F", section="市民課", distance_m=10),
        a_visit(building="本庁舎", floor="1F", section="市民課", distance_m=0),
        a_visit(building="本庁舎", floor="2F", outcome="wrong_counter", distance_m=5),
        a_visit(building="", floor="2F", outcome="come_again", explained_again=3),
        a_visit(floor="2F", distance_m=5),
    ]
    result = measured_route(walk(*visits))
    assert result["visits"] == 5
    assert result["counters"] == 3
    assert result["sections"] == 1
    assert result["buildings"] == 1
    assert result["floor_changes"] == 2
    assert result["distance_m"] is None
    assert (result["wrong_counters"], result["come_again"], result["explained_again"]) == (1, 1, 3)
    assert measured_route(walk(*visits[:3]))["distance_m"] == 15
    assert measured_route(walk(a_visit(distance_m=3)))["sections"] is None
    assert (measured_route({})["distance_m"], measured_route({})["buildings"]) == (0, None)


def test_writing_the_same_again_is_counted_by_person_and_field():
    household = {"household": [{"id": "p1"}, {"id": "p2"}]}
    writes = [
        {"field": "name", "person": "p1", "times": 2},
        {"field": "name", "person": "p1", "times": 1, "how": "written"},
        {"field": "name", "person": "p2", "times": 1},
        {"field": "name", "times": 2},
        {"field": "name", "person": "p1", "times": 4, "how": "prefilled"},
        {"field": "signature", "person": "p1", "times": 5},
        {"field": "other", "times": 5},
    ]
    forms = [{"pages": 2, "writes": writes[:3]}, {"writes": writes[3:]}]
    result = measured_route(walk(a_visit(forms=forms)), household)
    assert result["writes"] == 16
    assert result["writes_avoided"] == 4
    assert result["repeated_writes"] == 2 + 0 + 1
    assert (result["forms"], result["pages"]) == (2, 2)
    assert len(result["writes_by_field"]) == 12
    assert (result["writes_by_field"]["name"], result["writes_by_field"]["kana"]) == (6, 0)


def test_a_procedure_is_missed_only_by_a_route_that_got_to_its_end():
    scenario = {"procedures": [{"id": "k1"}, {"id": "k2"}, {"id": "k3"}]}
    visits = [a_visit(procedures=["k2"]), a_visit(procedures=["k2"])]
    finished = measured_route(walk(*visits, ended="finished"), scenario)
    assert (finished["procedures_expected"], finished["procedures_done"]) == (3, 1)
    assert finished["procedures_missed"] == ["k1", "k3"]
    assert measured_route(walk(*visits, ended="gave_up"), scenario)["procedures_missed"] is None


def test_a_paper_route_has_its_totals_and_nothing_else():
    observation = {"kind": "problem", "category": "form", "text": "多い"}
    route = {
        "totals": {"writes": 75, "forms": 37, "pages": 40, "visits": None},
        "observations": [observation],
    }
    result = measured_route(route)
    known = {name: value for name, value in result.items() if value is not None}
    assert known == {"complete": True, "lower_bound": False, "writes": 75, "forms": 37}
    assert list(result) == list(measured_route({}))


# Scenarios, counters, effect


def test_only_complete_routes_are_summed_up():
    routes = [
        {"totals": {"writes": 1, "total_s": 100}},
        {"totals": {"writes": 4, "total_s": 60}},
        {"totals": {"writes": 90, "total_s": 9999}, "ended": "gave_up"},
        {"totals": {"writes": 90, "total_s": 61}, "ended": "gave_up"},
    ]
    result = measured(a_survey(*routes, scenario={"planned_minutes": 1}))["scenarios"]["s1"]
    assert (result["routes"], result["complete_routes"]) == (4, 2)
    assert result["writes"] == {"min": 1, "median": 3, "max": 4, "mean": 3}
    assert result["forms"] == {"min": None, "median": None, "max": None, "mean": None}
    assert result["lower_bound_s"] == 9999
    assert result["over_plan"] == 0.75


def test_a_missed_procedure_is_counted_over_complete_routes_with_visits():
    scenario = {"procedures": [{"id": "k2"}, {"id": "k1"}, {"id": "k3"}]}
    routes = [
        walk(a_visit(procedures=["k1"]), ended="finished"),
        walk(a_visit(procedures=["k1", "k3"]), ended="finished"),
        walk(a_visit(), ended="gave_up"),
        {"totals": {}},
    ]
    result = measured(a_survey(*routes, scenario=scenario))["scenarios"]["s1"]
    assert list(result["missed"].items()) == [("k2", 2), ("k3", 1)]
    assert result["over_plan"] is None


def test_counters_are_plain_sums_in_order_of_place():
    problem = {"kind": "problem", "category": "form", "text": "多い"}
    forms = [{"writes": [{"field": "name", "times": 2}, {"field": "name", "times": 9, "how": "prefilled"}]}]
    visits = [
        a_visit("09:00:00", "09:10:00", "09:20:00", building="b", forms=forms, observations=[problem]),
        a_visit("09:05:00", "09:15:00", "09:30:00", building="b"),
        a_visit(building="a", floor="1F"),
        a_visit(building="a"),
        a_visit(floor="9F"),
    ]
    counters = measured(a_survey(walk(*visits, observations=[problem])))["counters"]
    assert [(one["building"], one["floor"]) for one in counters] == [
        (None, "9F"),
        ("a", None),
        ("a", "1F"),
        ("b", None),
    ]
    assert counters[-1] == {
        "building": "b",
        "floor": None,
        "counter": "市民課",
        "visits": 2,
        "waiting_s": 1200,
        "service_s": 1500,
        "forms": 1,
        "writes": 2,
        "problems": 1,
    }


def test_an_effect_is_the_change_of_the_medians():
    before = a_survey({"totals": {"writes": 16, "forms": 0, "visits": 3}})
    after = a_survey({"totals": {"writes": 15, "forms": 4}}, round=2)
    effect = measured(after, before)["effect"]["s1"]
    assert (effect["comparable"], effect["reasons"]) == (True, [])
    assert effect["writes"] == {"before": 16, "after": 15, "change": -1, "change_share": -0.063}
    assert effect["forms"] == {"before": 0, "after": 4, "change": 4, "change_share": None}
    assert effect["visits"] == {"before": 3, "after": None, "change": None, "change_share": None}


def test_every_reason_against_a_comparison_is_named_in_order():
    before = a_survey({"totals": {}})
    changed = {"life_event": "death", "household": [{"id": "p1"}], "procedures": [{"id": "k1"}]}
    after = a_survey(scenario=changed, municipality="011002")
    effect = measured(after, before)["effect"]["s1"]
    assert effect["comparable"] is False
    assert effect["reasons"] == ["municipality", "life_event", "household", "procedures", "incomplete"]


def test_personas_are_compared_without_their_ids_and_order():
    one = [{"id": "a", "relation": "子", "age": 3, "attributes": ["x", "y"]}, {"id": "b", "relation": "子"}]
    same = [
        {"id": "1", "relation": "子"},
        {"id": "2", "relation": "子", "age": 3, "attributes": ["y", "x", "x"]},
    ]
    twice = [one[0], {**one[0], "id": "b"}]
    reasons = [
        measured(
            a_survey({"totals": {}}, scenario={"household": later}),
            a_survey({"totals": {}}, scenario={"household": one}),
        )["effect"]["s1"]["reasons"]
        for later in (same, twice)
    ]
    assert reasons == [[], ["household"]]


def test_only_scenarios_of_both_files_have_an_effect():
    before, after = a_survey(), a_survey()
    after["scenarios"].append({"id": "s2", "life_event": "birth"})
    before["scenarios"].append({"id": "s3", "life_event": "birth"})
    assert list(measured(after, before)["effect"]) == ["s1"]


# Arithmetic


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(5, 2, 3), (-5, 2, -3), (7, 3, 2), (8, 3, 3), (0, 4, 0), (-1, 3, 0), (10**40 + 1, 2, 5 * 10**39 + 1)],
)
def test_halves_are_rounded_away_from_zero(numerator, denominator, expected):
    assert divide_rounded(numerator, denominator) == expected


def test_shares_have_three_decimals():
    assert [share(-1, 16), share(1, 16), share(1, 3), share(2, 3), share(3, 1)] == [
        -0.063,
        0.063,
        0.333,
        0.667,
        3.0,
    ]


def test_intervals_that_touch_or_lie_within_each_other_are_one():
    moments = [read_survey(json.dumps(a_survey(walk(started_at=clock(f"09:00:0{n}"))))) for n in range(8)]
    at = [survey.routes[0].started_at for survey in moments]
    assert union_length([(at[0], at[4]), (at[1], at[2]), (at[4], at[5]), (at[7], at[7])]) == 5
    assert union_length([]) == 0


def test_the_package_imports_nothing_but_the_standard_library():
    allowed = {"collections", "dataclasses", "datetime", "itertools", "json", "math", "re", "typing"}
    files = list(Path(package.__file__).parent.glob("*.py"))
    assert files
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {name.name for name in node.names} <= allowed
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert str(node.module).split(".")[0] in allowed
