"""Who hears of what happened, and the sentences of a door that stayed shut."""

from types import SimpleNamespace

import pytest

from workflow import errors
from workflow.checks import declared_transitions
from workflow.doors import Unmet
from workflow.events import Happening, _announced, _subscribers, announced, dispatch, on, subscribed_types


@pytest.fixture
def happening():
    yield Happening(SimpleNamespace(type="lamp.light"), None, None, {}, None)
    for event_type in ("lamp.light", "lamp.return"):
        _subscribers.pop(event_type, None)
        _announced.discard(event_type)


def test_subscribers_hear_once_and_in_their_order(happening):
    heard = []

    def first(what):
        heard.append(("first", what))

    assert on("lamp.light")(first) is first
    on("lamp.light")(lambda what: heard.append(("second", what)))
    on("lamp.light")(first)
    on("lamp.return")(lambda what: heard.append("another"))
    dispatch(happening)
    assert heard == [("first", happening), ("second", happening)]


def test_a_type_is_waited_for_once_somebody_has_subscribed(happening):
    dispatch(happening)
    assert "lamp.light" not in subscribed_types()
    on("lamp.light")(lambda what: None)
    assert "lamp.light" in subscribed_types()


def test_a_room_may_wait_for_what_another_announces_and_for_nothing_else(happening):
    on("lamp.light")(lambda what: None)
    assert [fault.msg for fault in declared_transitions(None)] == [
        "a room waits for the event 'lamp.light', which nothing makes"
    ]
    announced("lamp.light")
    assert declared_transitions(None) == []


def test_who_may_not_is_told_whom_to_ask():
    refusal = errors.NotAllowed("lamp.light")
    assert (refusal.action, refusal.status) == ("lamp.light", 403)
    assert str(refusal) == "この操作をする役割がありません。担当の方か事務局にお尋ねください。"


def test_the_wrong_state_is_named_with_what_was_tried():
    refusal = errors.WrongState("つける", "消灯中")
    assert (refusal.state, refusal.status) == ("消灯中", 409)
    assert (
        str(refusal)
        == "「つける」はいまできません。状態が「消灯中」に変わっています。画面を開き直してください。"
    )


def test_unmet_guards_are_said_one_after_the_other():
    unmet = [Unmet("電球がありません。"), Unmet("電気が来ていません。")]
    refusal = errors.GuardsUnmet(unmet)
    assert (refusal.unmet, refusal.status) == (tuple(unmet), 422)
    assert str(refusal) == "電球がありません。 電気が来ていません。"


def test_bad_input_is_said_field_by_field():
    refusal = errors.BadInput({"slots": ["数です。", "10までです。"], "": ["急ぎすぎです。"]})
    assert refusal.fields == {"slots": ["数です。", "10までです。"], "": ["急ぎすぎです。"]}
    assert (str(refusal), refusal.status) == ("数です。 10までです。 急ぎすぎです。", 422)


def test_two_versions_are_both_kept():
    refusal = errors.Stale()
    assert refusal.status == 409
    assert (
        str(refusal)
        == "あなたが書いている間に、ほかの方も直していました。2つを並べます。どちらも消えていません。"
    )
