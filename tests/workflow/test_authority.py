"""Who is asked whether somebody may, and what a refused try leaves in the log."""

import json
from datetime import UTC, datetime
from importlib.util import find_spec, module_from_spec
from types import SimpleNamespace

import pytest

from accounts import permissions
from workflow import authority
from workflow.actors import SYSTEM, Actor
from workflow.errors import NotAllowed
from workflow.models import Event

STRANGER = Actor("user", "7", "見本 花子")
THEN = datetime(2026, 9, 3, 1, 42, tzinfo=UTC)


def test_nobody_may_do_anything_until_somebody_answers():
    spec = find_spec("workflow.authority")
    fresh = module_from_spec(spec)
    spec.loader.exec_module(fresh)
    assert fresh.allows(SYSTEM, "registration.expire", None) is False


def test_whoever_answers_is_asked_with_all_three():
    asked = []
    authority.answered_by(lambda *question: asked.append(question) or True)
    try:
        assert authority.allows(STRANGER, "lamp.light", "the lamp") is True
    finally:
        authority.answered_by(permissions.allows)
    assert asked == [(STRANGER, "lamp.light", "the lamp")]
    assert authority.allows(STRANGER, "lamp.light", None) is False


@pytest.mark.parametrize(
    ("obj", "name"),
    [
        (None, ""),
        (SimpleNamespace(pk=5, stream="round:5"), "round:5"),
        (SimpleNamespace(pk=5), "lamp:5"),
        (SimpleNamespace(pk=5, stream=""), "lamp:5"),
        (SimpleNamespace(pk=None), "lamp:new"),
        (SimpleNamespace(pk=None, municipality_id=None), "lamp:new"),
        (SimpleNamespace(pk=None, municipality_id="033022"), "lamp:new 033022"),
    ],
)
def test_what_was_asked_for_has_a_name(obj, name):
    assert authority.named("lamp.light", obj) == name


@pytest.mark.django_db
def test_a_refusal_is_kept_with_who_what_and_when():
    with pytest.raises(NotAllowed) as refusal:
        authority.require(STRANGER, "registration.list", SimpleNamespace(pk=5), now=THEN)
    assert refusal.value.action == "registration.list"
    event = Event.objects.get()
    assert (event.type, event.stream, event.actor_key) == ("security.refused", "security", "user:7")
    assert event.recorded_at == THEN
    assert json.loads(event.canonical)["data"] == {"action": "registration.list", "on": "registration:5"}


@pytest.mark.django_db
def test_whoever_may_leaves_no_trace_of_it():
    assert authority.require(SYSTEM, "registration.expire", None) is None
    assert not Event.objects.exists()
