"""What is declared wrongly is said when the service starts."""

from dataclasses import replace

import pytest

from workflow.checks import declared_transitions
from workflow.events import _subscribers, on
from workflow.inputs import REASON, Input, Kind


def said():
    return [(found.id, found.msg) for found in declared_transitions(None)]


def test_nothing_is_wrong_with_what_is_declared():
    assert said() == []


def test_a_state_that_the_machine_lacks_is_named(declare):
    declare("open", target="ajar")
    declare("close", sources=("open", "broken"))
    assert said() == [
        ("workflow.E001", "call.open: unknown state 'ajar'"),
        ("workflow.E001", "call.close: unknown state 'broken'"),
    ]


def test_a_way_back_has_to_exist(declare):
    declare("close", reverse="unclose")
    assert said() == [("workflow.E001", "call.close: its reverse 'unclose' does not exist")]


@pytest.mark.parametrize(
    "inputs", [(), (replace(REASON, required=False),), (Input("why", Kind.TEXT, "理由"),)]
)
def test_a_way_back_asks_for_its_reason(declare, inputs):
    declare("reopen", inputs=inputs)
    assert said() == [("workflow.E001", "call.reopen: a reverse needs a required reason")]


def test_a_reason_among_other_inputs_is_enough(declare):
    declare("reopen", inputs=(Input("until", Kind.DATE, "いつまで"), REASON))
    assert said() == []


def test_nobody_waits_for_what_never_happens():
    for event_type in ("call.begin", "call.open", "call.explode"):
        on(event_type)(said)
    try:
        assert said() == [("workflow.E001", "a room waits for the event 'call.explode', which nothing makes")]
    finally:
        for event_type in ("call.begin", "call.open", "call.explode"):
            _subscribers[event_type].remove(said)
