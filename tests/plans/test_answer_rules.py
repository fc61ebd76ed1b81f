"""An answer is whole or refused: every decision once, a condition exactly where one is set."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.plans import answers

ASKED = [1, 2, 3]


def row(decision: int, answer: str = "adopted", condition: str = "") -> dict[str, Any]:
    return {"decision": decision, "answer": answer, "condition": condition}


GOOD = st.sampled_from(answers.ANSWERS).flatmap(
    lambda answer: st.tuples(
        st.just(answer),
        st.just("") if answer == "adopted" else st.text(alphabet="条件を満たす", min_size=1, max_size=500),
    )
)


@given(st.lists(GOOD, min_size=3, max_size=3), st.permutations(ASKED))
def test_a_whole_answer_has_no_fault_in_any_order(
    given_answers: list[tuple[str, str]], order: list[int]
) -> None:
    rows = [row(pk, *said) for pk, said in zip(order, given_answers, strict=True)]
    assert answers.faults(rows, ASKED) == []
    assert answers.adopts_something(rows) == any(said in answers.ADOPTING for said, _ in given_answers)


@given(st.lists(st.sampled_from([1, 2, 3, 4]), max_size=6))
def test_every_decision_is_answered_exactly_once(named: list[int]) -> None:
    found = {(fault.kind, fault.decision) for fault in answers.faults([row(pk) for pk in named], ASKED)}
    expected = {("missing", pk) for pk in ASKED if pk not in named}
    expected |= {("twice", pk) for pk in set(named) if named.count(pk) > 1}
    expected |= {("unknown", 4)} if 4 in named else set()
    assert found == expected


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (row(1, ""), "answer"),
        (row(1, "done"), "answer"),
        (row(1, "adopted_with_condition"), "condition"),
        (row(1, "adopted_with_condition", "  "), "condition"),
        (row(1, "adopted", "予算の範囲で"), "unused"),
        (row(1, "rejected", "長" * 501), "condition_length"),
    ],
)
def test_each_answer_by_itself(said: dict[str, Any], kind: str) -> None:
    assert [fault.kind for fault in answers.faults([said], [1])] == [kind]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_anything_else_is_a_fault_and_never_an_exception(sent: Any) -> None:
    assert answers.faults(sent, ASKED)
    answers.adopts_something(sent)


@pytest.mark.parametrize(
    "sent",
    [
        [{"decision": True, "answer": "adopted"}],
        [{"decision": 1, "vote": 3}],
        [{"decision": 1, "answer": "rejected", "condition": "\x00"}],
        [{"decision": 1, "answer": "rejected", "condition": "\ud800"}],
        [[1]],
        "adopted",
    ],
)
def test_rows_of_another_form(sent: Any) -> None:
    assert answers.faults(sent, [1]) == [answers.Fault("shape")]
