"""The faults of a round's file: each named with its ids, nothing solved."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisors.matching.engine import run_file
from tests.advisors.matching.rounds import a_round, a_town, an_advisor

MISSING = "(left out)"


def faults(value):
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    result = run_file(content)
    assert (result.status, result.objective, result.assignments, result.unmatched) == (
        "INVALID_INPUT",
        None,
        (),
        (),
    )
    return {(fault.code, fault.ids) for fault in result.errors}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"x"', b"\xff\xfe{}", "{}".encode("utf-16"), b'{"a": NaN}', b"[" * 100_000],
    ids=["empty", "broken", "list", "text", "not-utf-8", "utf-16", "nan", "deep"],
)
def test_what_is_no_object_of_json(content):
    assert faults(content) == {("BAD_VALUE", ())}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("band", 0),
        ("band", 7),
        ("band", 2.0),
        ("band", True),
        ("lat_e4", 900_001),
        ("lon_e4", -1_800_001),
        ("wants", ["a", "a"]),
        ("wants", ["a", "b", "c", "d", "e", "f"]),
        ("preferred", ["A1", "A2", "A3", "A4"]),
        ("months", [0]),
        ("months", [13]),
        ("months", "4"),
        ("mode", "both"),
        ("priority", 4),
        ("applied_at", "2026-04-01T09:00:00Z"),
        ("applied_at", "2026-04-01T09:00:00+09:00\n"),
        ("applied_at", "２０２６-04-01T09:00:00+09:00"),
        ("wants_trainee", 1),
        ("municipality", 33022),
        ("municipality", MISSING),
    ],
)
def test_a_town_with_a_wrong_field(field, value):
    row = a_town("T1") | {field: value}
    if value == MISSING:
        del row[field]
    assert faults(a_round(towns=[row])) == {("BAD_VALUE", ("T1",))}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", "Lead"),
        ("active", None),
        ("capacity", 5),
        ("capacity", -1),
        ("current_load", -1),
        ("max_km", -1),
        ("mode", "either"),
        ("cert_until", "2026/03/31"),
        ("tags", ["a", 1]),
        ("employer", None),
    ],
)
def test_an_advisor_with_a_wrong_field(field, value):
    assert faults(a_round(advisors=[an_advisor("A1") | {field: value}])) == {("BAD_VALUE", ("A1",))}


@pytest.mark.parametrize(
    "change",
    [
        {"format": "madoguchi-matching/2"},
        {"round": {"id": "R", "start": "2026-04-01", "end": "soon", "months": [4]}},
        {"conflicts": [["T1"]]},
        {"locked": [["T1", 1]]},
        {"towns": {}},
        {"advisors": ["A1"]},
        {"advisors": [{"id": 1}]},
        {"employers": None},
        {"existing": MISSING},
    ],
    ids=str,
)
def test_a_wrong_value_elsewhere_has_no_ids(change):
    value = a_round(towns=[a_town("T1")]) | change
    value = {name: part for name, part in value.items() if part != MISSING}
    assert faults(value) == {("BAD_VALUE", ())}


@pytest.mark.parametrize(
    "change",
    [
        {"sessions": -1},
        {"mode": "again"},
        {"fairness": 1},
        {"max_leads": -1},
        {"max_leads": False},
        {"weights": {"expertise": 1}},
    ],
    ids=str,
)
def test_wrong_parameters(change):
    value = a_round()
    value["params"] = value["params"] | change
    assert faults(value) == {("BAD_VALUE", ())}


def test_everything_wrong_is_named_at_once():
    value = a_round(
        towns=[a_town("T1"), a_town("T1"), a_town("T2") | {"band": 9}],
        advisors=[an_advisor("A1"), an_advisor("A1")],
        employers=[{"code": "E", "max_lent": 1, "lent": 0}, {"code": "E", "max_lent": 1, "lent": -1}],
    )
    assert faults(value) == {
        ("DUPLICATE_TOWN", ("T1",)),
        ("BAD_VALUE", ("T2",)),
        ("DUPLICATE_ADVISOR", ("A1",)),
        ("DUPLICATE_EMPLOYER", ("E",)),
        ("BAD_VALUE", ("E",)),
    }


def test_what_the_form_allows_is_valid():
    """A day that no calendar has, an end before the start, an empty id, huge figures, repeats, keys of others."""
    value = a_round(
        towns=[a_town("", months=[4, 4, 5, 6], tags=None), a_town("\ud800")],
        advisors=[
            an_advisor("", tags=["a", "a"], max_km=10**30),
            an_advisor("A2", current_load=10**30, cert_until="2026-02-30"),
        ],
        employers=[{"code": "", "max_lent": 10**30, "lent": 0}],
        note="unknown",
    )
    value["round"]["end"], value["params"]["sessions"] = "2026-02-30", 10**30
    del value["params"]["max_leads"]
    result = run_file(json.dumps(value).encode())
    assert result.status == "OPTIMAL"
    assert {seat.reason for seat in result.unmatched} == {"NO_COMMON_MONTHS"}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def paths(value, here=()):
    """Every place in a value."""
    yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from paths(part, (*here, key))


WHOLE = a_round(
    towns=[a_town("T1"), a_town("T2")],
    advisors=[an_advisor("A1"), an_advisor("A2", role="trainee")],
    employers=[{"code": "E", "max_lent": 1, "lent": 0}],
    history=[["T1", "A1"]],
)
PLACES = [place for place in paths(WHOLE) if place]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), JUNK)
def test_anything_anywhere_is_answered(place, junk):
    value = copy.deepcopy(WHOLE)
    *way, last = place
    spot = value
    for key in way:
        spot = spot[key]
    spot[last] = junk
    result = run_file(json.dumps(value).encode())
    assert result.status in {"OPTIMAL", "INVALID_INPUT", "INFEASIBLE"}
    assert bool(result.errors) == (result.status != "OPTIMAL")
