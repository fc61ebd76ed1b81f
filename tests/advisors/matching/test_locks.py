"""Locked pairs: they stand, or each reason why they cannot is named."""

import json

import pytest

from advisors.matching.engine import run_file
from tests.advisors.matching.rounds import a_round, a_town, an_advisor


def run(value):
    return run_file(json.dumps(value).encode())


def errors(value):
    result = run(value)
    assert result.status == "INFEASIBLE"
    return {(fault.code, fault.ids) for fault in result.errors}


TOWNS = [a_town("T1"), a_town("T2"), a_town("T3")]


def test_a_lock_goes_before_rank_and_score():
    value = a_round(
        towns=[a_town("T1", priority=3, preferred=["A1"]), a_town("T2")],
        advisors=[an_advisor("A1")],
        locked=[["T2", "A1"]],
    )
    result = run(value)
    assert [(pair.town, pair.advisor) for pair in result.assignments] == [("T2", "A1")]
    assert [(seat.town, seat.reason) for seat in result.unmatched] == [("T1", "OUTRANKED")]
    assert result.objective["min_score"] == -1


@pytest.mark.parametrize(
    ("advisors", "changes", "expected"),
    [
        ([], {"locked": [["T1", "A9"]]}, {("LOCK_UNKNOWN", ("T1", "A9"))}),
        ([an_advisor("A1")], {"locked": [["T9", "A1"]]}, {("LOCK_UNKNOWN", ("T9", "A1"))}),
        (
            [an_advisor("A1", cert_until="2026-12-30")],
            {"locked": [["T1", "A1"]]},
            {("LOCK_RULE", ("T1", "A1"))},
        ),
        ([an_advisor("A1", role="trainee")], {"locked": [["T1", "A1"]]}, {("LOCK_RULE", ("T1", "A1"))}),
        (
            [an_advisor("A1"), an_advisor("A2")],
            {"locked": [["T1", "A1"], ["T1", "A2"]]},
            {("LOCK_TOWN", ("T1",))},
        ),
        (
            [an_advisor("A1")],
            {"locked": [["T1", "A1"], ["T2", "A1"]]},
            {("LOCK_CAPACITY", ("A1",))},
        ),
        (
            [an_advisor("A1"), an_advisor("A2")],
            {
                "locked": [["T1", "A1"], ["T2", "A2"]],
                "employers": [{"code": "325015", "max_lent": 2, "lent": 1}],
            },
            {("LOCK_EMPLOYER", ("325015",))},
        ),
    ],
    ids=["no-advisor", "no-town", "rule", "trainee", "town", "capacity", "employer"],
)
def test_locks_that_cannot_stand(advisors, changes, expected):
    assert errors(a_round(towns=TOWNS, advisors=advisors, **changes)) == expected


def test_more_locks_than_the_year_has_places():
    value = a_round(towns=TOWNS, advisors=[an_advisor("A1", capacity=2)], locked=[["T1", "A1"], ["T2", "A1"]])
    value["params"] = value["params"] | {"max_leads": 1}
    assert errors(value) == {("LOCK_CAP", ())}


def test_a_lock_said_twice_counts_once():
    value = a_round(towns=TOWNS, advisors=[an_advisor("A1")], locked=[["T1", "A1"], ["T1", "A1"]])
    assert run(value).status == "OPTIMAL"
