"""The door, passed by real people on a real machine: whole or not at all, and every refusal says why."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import Role
from accounts.standings import actor_for
from accounts.transitions import new_form_key
from engagements.applications.models import Call
from tests.factories.engagements import PASSWORD, member, office, programme
from tests.municipalities.factories import MunicipalityFactory
from workflow import Input, Job, Kind, Mail, Unmet, audit, available, begin, idempotency, perform
from workflow.doors import perform_as_system, rules
from workflow.errors import BadInput, GuardsUnmet, NotAllowed, WrongState
from workflow.events import _subscribers
from workflow.models import Event, Outbox, Span

pytestmark = pytest.mark.django_db


class Broken(Exception):
    """What a fault in a room's own code raises."""


def breaks(*args, **kwargs):
    raise Broken


@pytest.fixture
def secretariat():
    return actor_for(office())


@pytest.fixture
def contact():
    return actor_for(member(Role.CONTACT, MunicipalityFactory()))


@pytest.fixture
@transaction.atomic
def call(secretariat):
    now = timezone.now() - timedelta(days=3)
    made = Call.objects.create(title="随時募集", programme=programme(), fiscal_year=2026, opens_at=now)
    begin(made, secretariat, now=now)
    return made


@pytest.fixture
def subscribe():
    """A room that reacts, for one test."""
    added = []

    def add(event_type, subscriber):
        _subscribers[event_type].append(subscriber)
        added.append((event_type, subscriber))

    yield add
    for event_type, subscriber in added:
        _subscribers[event_type].remove(subscriber)


def written(call):
    """Everything that the door may have written about the call."""
    return (
        Call.objects.get(pk=call.pk).state,
        Event.objects.filter(stream=call.stream).count(),
        list(Span.objects.filter(stream=call.stream, left_at=None).values_list("state", flat=True)),
        Outbox.objects.count(),
        OrmQ.objects.count(),
    )


def a_mail(obj, step, event):
    return [Mail("hanako@example.lg.jp", "募集が始まりました", "本文")]


# --- through ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_state_event_span_and_outbox_row_appear_together(call, secretariat, declare, subscribe):
    declare("open", effects=(a_mail,))
    seen = []
    subscribe("call.open", lambda happening: seen.append((connection.in_atomic_block, written(call))))
    event = perform("open", call, secretariat)
    whole = ("open", 2, ["open"], 1)
    assert seen == [(True, (*whole, 0))]
    assert written(call) == (*whole, 1), "the worker is told after the commit"
    assert (event.type, event.actor_key, call.state) == ("call.open", secretariat.key, "open")
    assert Span.objects.get(stream=call.stream, state="draft").left_at == event.recorded_at
    assert audit.faults() == []


def test_the_event_holds_the_step_and_keeps_personal_values_apart(call, secretariat):
    perform("open", call, secretariat)
    perform("close", call, secretariat)
    event = perform("reopen", call, secretariat, reason="花子さんの町の分が残っていました。")
    assert '"from":"closed"' in event.canonical
    assert '"to":"open"' in event.canonical
    assert "花子" not in event.canonical
    assert "花子" in event.personal.payload


def test_what_is_available_is_what_is_theirs(call, secretariat, contact):
    assert [item.rule.name for item in available(call, secretariat)] == ["open", "discard"]
    assert available(call, contact) == []


# --- refused ----------------------------------------------------------------------------------------


def test_every_unmet_guard_is_said_at_once(call, secretariat, declare):
    guards = (
        lambda obj, now: Unmet("締切を決めてください。"),
        lambda obj, now: None,
        lambda obj, now: [Unmet("担当を決めてください。", "/x/"), Unmet("枠を決めてください。")],
    )
    declare("open", guards=guards)
    before = written(call)
    with pytest.raises(GuardsUnmet) as refusal:
        perform("open", call, secretariat)
    said = ["締切を決めてください。", "担当を決めてください。", "枠を決めてください。"]
    assert [item.sentence for item in refusal.value.unmet] == said
    assert available(call, secretariat)[0].reasons == said
    assert written(call) == before


def test_a_guard_reads_the_stored_object_not_the_one_in_hand(call, secretariat):
    Call.objects.filter(pk=call.pk).update(closes_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(GuardsUnmet, match="締切の日時を過ぎています"):
        perform("open", call, secretariat)


def test_the_wrong_state_names_the_state_it_is_in(call, secretariat):
    with pytest.raises(WrongState) as refusal:
        perform("close", call, secretariat)
    assert refusal.value.status == 409
    assert "準備中" in str(refusal.value)
    stale = Call.objects.get(pk=call.pk)
    perform("open", call, secretariat)
    with pytest.raises(WrongState, match="受付中"):
        perform("open", stale, secretariat)


def test_who_may_not_is_told_nothing_else(call, contact):
    """The permission is asked before the state and the guards, which would tell about the object."""
    with pytest.raises(NotAllowed):
        perform("close", call, contact)


def refusals():
    return list(Event.objects.filter(stream="security", type="security.refused"))


def test_a_refused_try_is_logged(call, contact):
    before = written(call)
    with pytest.raises(NotAllowed):
        perform("open", call, contact)
    assert written(call) == before
    (event,) = refusals()
    assert event.actor_key == contact.key
    assert f'"action":"call.open","on":"{call.stream}"' in event.canonical
    assert audit.faults() == []


@pytest.mark.django_db(transaction=True)
def test_a_refused_try_stays_in_the_log_when_everything_round_it_is_undone(call, contact):
    def work():
        perform("open", call, contact)
        return 200, {}

    with pytest.raises(NotAllowed):
        idempotency.once(contact.key, "key", "content", work)
    assert len(refusals()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_refused_try_on_the_page_is_logged(call, secretariat):
    perform("open", call, secretariat)
    user = member(Role.CONTACT, MunicipalityFactory())
    client = Client()
    client.login(email=user.email, password=PASSWORD)
    form = {"idempotency_key": new_form_key()}
    assert client.post(f"/do/call/{call.pk}/close/", form).status_code == 403
    assert [event.actor_key for event in refusals()] == [f"user:{user.pk}"]


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({}, {"reason"}),
        ({"reason": "  "}, {"reason"}),
        ({"reason": "あ" * 2001}, {"reason"}),
        ({"reason": "残りがありました。", "state": "open"}, {"state"}),
        ({"why": "残りがありました。"}, {"reason", "why"}),
    ],
)
def test_bad_and_unknown_values_get_a_sentence_a_field(call, secretariat, data, fields):
    perform("open", call, secretariat)
    perform("close", call, secretariat)
    before = written(call)
    with pytest.raises(BadInput) as refusal:
        perform("reopen", call, secretariat, **data)
    assert set(refusal.value.fields) == fields
    assert all(sentences and all(sentences) for sentences in refusal.value.fields.values())
    assert written(call) == before


def test_a_check_reads_what_was_typed(call, secretariat, declare):
    def too_many(obj, step):
        return {"slots": "枠は10件までです。"} if step.data["slots"] > 10 else None

    declare("open", inputs=(Input("slots", Kind.INTEGER, "枠"),), checks=(too_many,))
    with pytest.raises(BadInput) as refusal:
        perform("open", call, secretariat, slots="11")
    assert refusal.value.fields == {"slots": ["枠は10件までです。"]}
    with pytest.raises(BadInput) as refusal:
        perform("open", call, secretariat, slots="たくさん")
    assert set(refusal.value.fields) == {"slots"}
    assert '"slots":10' in perform("open", call, secretariat, slots="10").canonical


# --- broken in the middle ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["method", "effect", "late effect", "subscriber", "unknown job"])
def test_nothing_is_half_written(call, secretariat, declare, subscribe, monkeypatch, where):
    declare("open", effects=(a_mail,))
    if where == "method":
        monkeypatch.setattr(Call, "open", breaks)
    elif where == "effect":
        declare("open", effects=(breaks,))
    elif where == "late effect":
        declare("open", effects=(a_mail, breaks))
    elif where == "unknown job":
        declare("open", effects=(a_mail, lambda *_: [Job("nobody-does-this", "k")]))
    else:
        subscribe("call.open", breaks)
    before = written(call)
    with pytest.raises((Broken, KeyError)):
        perform("open", call, secretariat)
    assert written(call) == before
    call.refresh_from_db()
    assert call.state == "draft"
    assert audit.faults() == []


@pytest.mark.django_db(transaction=True)
def test_a_reaction_that_the_door_refuses_undoes_the_first_step(call, secretariat, subscribe):
    subscribe("call.open", lambda happening: perform("reopen", happening.obj, secretariat, reason="x"))
    before = written(call)
    with pytest.raises(WrongState):
        perform("open", call, secretariat)
    assert written(call) == before


# --- states, reverses, times ------------------------------------------------------------------------


def test_nobody_sets_a_state_by_hand(call):
    with pytest.raises(AttributeError):
        call.state = "open"


def test_the_way_back_needs_a_reason_and_both_stay_in_the_log(call, secretariat):
    perform("open", call, secretariat)
    perform("close", call, secretariat)
    assert rules(Call)["close"].reverse == "reopen"
    with pytest.raises(BadInput):
        perform(rules(Call)["close"].reverse, call, secretariat)
    perform("reopen", call, secretariat, reason="早すぎました。")
    types = Event.objects.filter(stream=call.stream).values_list("type", flat=True)
    assert list(types) == ["call.begin", "call.open", "call.close", "call.reopen"]
    assert Outbox.objects.count() == 0


def test_what_happened_earlier_keeps_both_times(call, secretariat, declare):
    declare("open", backdated=True)
    now = timezone.now()
    event = perform("open", call, secretariat, now=now, occurred_at=now - timedelta(days=2))
    assert (event.occurred_at, event.recorded_at) == (now - timedelta(days=2), now)
    assert audit.faults() == []


def test_nothing_has_happened_tomorrow(call, secretariat, declare):
    declare("open", backdated=True)
    now = timezone.now()
    with pytest.raises(BadInput) as refusal:
        perform("open", call, secretariat, now=now, occurred_at=now + timedelta(days=1))
    assert set(refusal.value.fields) == {"occurred_at"}


def test_a_time_is_refused_where_the_transition_takes_none(call, secretariat):
    with pytest.raises(BadInput) as refusal:
        perform("open", call, secretariat, occurred_at=timezone.now() - timedelta(days=2))
    assert set(refusal.value.fields) == {"occurred_at"}


def test_the_system_passes_the_same_door(call):
    assert perform_as_system("open", call).actor_key == "system:system"
    with pytest.raises(WrongState):
        perform_as_system("open", call)
    with pytest.raises(NotAllowed):
        perform_as_system("rewrite", call, notice="", reason="")
