"""Explanations: every answer holds when the changed round is solved again."""

import json

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from advisors.matching.engine import served_towns, solve
from advisors.matching.explain import alternates, load_of, smallest_changes, why_not
from advisors.matching.reading import read_problem
from advisors.matching.whatif import Change, Kind, apply_change, leads_of, try_change
from tests.advisors.matching import oracle
from tests.advisors.matching.rounds import a_round, a_town, an_advisor
from tests.advisors.matching.strategies import rounds


def read(value):
    return read_problem(json.dumps(value).encode())


@settings(max_examples=150, deadline=None)
@given(rounds(most_towns=8, most_advisors=6))
def test_every_smallest_change_really_serves_the_town(value):
    problem = read(value)
    result = solve(problem)
    assume(result.status == "OPTIMAL")
    assert served_towns(problem) == set(leads_of(result))
    for seat in result.unmatched:
        if seat.seat == "lead":
            for change in smallest_changes(problem, seat.town):
                assert seat.town in leads_of(solve(apply_change(problem, change)))


@settings(max_examples=150, deadline=None)
@given(rounds(most_towns=6, most_advisors=5), st.data())
def test_what_a_pair_would_cost_is_what_it_costs(value, data):
    problem = read(value)
    result = solve(problem)
    assume(result.status == "OPTIMAL" and problem.towns and problem.advisors)
    town = data.draw(st.sampled_from(value["towns"]))
    advisor = data.draw(st.sampled_from(value["advisors"]))
    answer = why_not(problem, result, town["id"], advisor["id"])
    failed = [code for code, passed in oracle.filters(value, town, advisor, "lead") if not passed]
    assert list(answer.broken) == failed
    if failed:
        return
    assert answer.score == oracle.score(value, town, advisor)
    if answer.cost:
        others = [pair for pair in value["locked"] if pair[0] != town["id"]]
        insisted = value | {"locked": [*others, [town["id"], advisor["id"]]]}
        best = oracle.best_aims(insisted)
        assert best is not None
        assert answer.cost.after["coverage"] == best[0][0]
        assert answer.cost.changes["coverage"] <= 0


def test_an_alternate_says_who_else_moves():
    """Two towns, two advisors who both fit the first better: choosing the other for it moves the second."""
    value = a_round(
        towns=[
            a_town("T1", priority=3, preferred=["A1", "A2"]),
            a_town("T2", preferred=["A2", "A1"]),
        ],
        advisors=[an_advisor("A1"), an_advisor("A2")],
    )
    problem = read(value)
    result = solve(problem)
    assert leads_of(result) == {"T1": "A1", "T2": "A2"}
    [other] = alternates(problem, result, "T1")
    assert (other.advisor, other.cost.changes["coverage"]) == ("A2", 0)
    assert other.cost.changes["score"] == 2 * 3 * (70 - 100)
    assert [(move.town, move.before, move.after) for move in other.cost.moves] == [
        ("T1", "A1", "A2"),
        ("T2", "A2", "A1"),
    ]
    assert why_not(problem, result, "T1", "A1").together


def test_a_town_left_out_learns_what_would_serve_it():
    value = a_round(
        towns=[a_town("T1", priority=3), a_town("T2")],
        advisors=[an_advisor("A1", capacity=1)],
        locked=[["T2", "A1"]],
    )
    assert smallest_changes(read(value), "T1") == [
        Change(Kind.UNLOCK, town="T2", advisor="A1"),
        Change(Kind.CAPACITY, advisor="A1", value=2),
    ]
    value["locked"], value["advisors"][0]["capacity"] = [], 2
    value["params"] = value["params"] | {"max_leads": 1}
    assert smallest_changes(read(value), "T2") == [Change(Kind.CAP, value=2)]


def test_a_month_or_a_way_of_working_is_all_that_lacks():
    few = [4, 5, 6]
    value = a_round(
        towns=[a_town("T1", months=[5, 6], mode="onsite")],
        advisors=[an_advisor("A1", months=few, max_km=3000)],
    )
    assert smallest_changes(read(value), "T1") == [Change(Kind.TOWN_MONTH, town="T1", value=4)]
    far = a_round(towns=[a_town("T1", mode="onsite")], advisors=[an_advisor("A1", max_km=10)])
    assert smallest_changes(read(far), "T1") == [Change(Kind.EITHER_MODE, town="T1")]


def test_a_lock_that_breaks_a_rule_is_no_what_if():
    value = a_round(towns=[a_town("T1")], advisors=[an_advisor("A1", active=False)])
    problem = read(value)
    assert try_change(problem, solve(problem), Change(Kind.LOCK, town="T1", advisor="A1")) is None


def test_a_load_says_why():
    value = a_round(
        towns=[a_town("T1"), a_town("T2", municipality="325015"), a_town("T3", months=[1])],
        advisors=[an_advisor("A1", capacity=3, current_load=1)],
        employers=[{"code": "325015", "max_lent": 2, "lent": 1}],
    )
    problem = read(value)
    load = load_of(problem, solve(problem), "A1")
    assert (load.held, load.given, load.left, load.eligible, load.lent_left) == (1, 1, 1, 1, 1)
    assert load.barred == {"CONFLICT": 1, "NO_COMMON_MONTHS": 1}
