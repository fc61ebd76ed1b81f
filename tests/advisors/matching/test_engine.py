"""The engine against brute force, and its promises on rounds of any kind."""

import json

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from advisors.matching.engine import run_file
from tests.advisors.matching import oracle
from tests.advisors.matching.strategies import rounds


def run(value):
    return run_file(json.dumps(value).encode())


def aims_of(value, result):
    """The figures of a result in the oracle's order."""
    found = result.objective
    least = found["min_score"] if value["params"]["fairness"] == "maxmin" else 0
    lead = (found["coverage"], found["kept"], least, found["score"], -found["load_sq"])
    return lead, (found["trainee_coverage"], found["trainee_score"])


@settings(max_examples=400, deadline=None)
@given(rounds())
def test_every_tier_equals_brute_force(value):
    result = run(value)
    best = oracle.best_aims(value)
    if result.status == "INFEASIBLE":
        assert best is None
        return
    assert result.status == "OPTIMAL"
    aims, served, trainees = best
    assert aims_of(value, result) == (aims, trainees)
    assert {given.town for given in result.assignments if given.seat == "lead"} == served


@settings(max_examples=200, deadline=None)
@given(rounds())
def test_the_figures_and_the_reasons_are_true(value):
    result = run(value)
    assume(result.status == "OPTIMAL")
    towns = {town["id"]: town for town in value["towns"]}
    advisors = {advisor["id"]: advisor for advisor in value["advisors"]}
    for pair in result.assignments:
        town, advisor = towns[pair.town], advisors[pair.advisor]
        ways = oracle.ways(town, advisor)
        assert dict(pair.parts) == oracle.parts(value, town, advisor)
        assert pair.score == oracle.score(value, town, advisor)
        assert pair.km == oracle.km(town, advisor)
        assert pair.mode == max(ways, key=lambda mode: (ways[mode], mode == "onsite"))
    led = {pair.town for pair in result.assignments if pair.seat == "lead"}
    with_trainee = {pair.town for pair in result.assignments if pair.seat == "trainee"}
    expected = {
        (name, "lead", oracle.reason(value, towns[name], "lead")) for name in towns if name not in led
    }
    for name, town in towns.items():
        if town["wants_trainee"] and name not in with_trainee:
            code = oracle.reason(value, town, "trainee") if name in led else "NO_LEAD"
            expected.add((name, "trainee", code))
    found = [(seat.town, seat.seat, seat.reason) for seat in result.unmatched]
    assert sorted(found) == sorted(expected)


@settings(max_examples=150, deadline=None)
@given(rounds(most_towns=14, most_advisors=9), st.randoms(use_true_random=False))
def test_the_order_of_the_lists_means_nothing(value, random):
    first = run(value)
    for name in (
        "towns",
        "advisors",
        "employers",
        "conflicts",
        "declined",
        "forbidden",
        "history",
        "existing",
    ):
        random.shuffle(value[name])
    for advisor in value["advisors"]:
        random.shuffle(advisor["tags"])
        random.shuffle(advisor["months"])
    value["locked"] = value["locked"] * 2
    second = run(value)
    assert (first.status, first.objective) == (second.status, second.objective)
    assert (first.assignments, first.unmatched) == (second.assignments, second.unmatched)


@settings(max_examples=150, deadline=None)
@given(rounds(most_towns=14, most_advisors=9))
def test_one_more_advisor_never_serves_fewer(value):
    value["params"] |= {"mode": "fresh"}
    assume(value["advisors"])
    whole = run(value)
    assume(whole.status == "OPTIMAL")
    last = value["advisors"].pop()["id"]
    assume(all(advisor != last for _town, advisor in value["locked"]))
    assert run(value).objective["coverage"] <= whole.objective["coverage"]
