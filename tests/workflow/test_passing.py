"""What passing a door writes and hands on, value by value, and the order in which it locks."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from accounts.standings import actor_for
from engagements.applications.models import Call
from engagements.programme.models import Programme
from municipalities.models import Municipality
from tests.factories.engagements import EngagementFactory, member, office, programme
from tests.factories.sections import SectionRequestFactory
from tests.municipalities.factories import MunicipalityFactory
from workflow import Input, Kind, Mail, available, begin, perform
from workflow.actors import SYSTEM
from workflow.doors import perform_as_system, perform_typed
from workflow.errors import BadInput, GuardsUnmet, NotAllowed, WrongState
from workflow.events import _subscribers
from workflow.models import Event, Outbox, Span, Visibility

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 3, 1, 42, tzinfo=UTC)


@pytest.fixture
def secretariat():
    return actor_for(office())


@pytest.fixture
@transaction.atomic
def call(secretariat):
    made = Call.objects.create(
        title="随時募集", programme=programme(), fiscal_year=2026, opens_at=NOW - timedelta(days=3)
    )
    begin(made, secretariat, now=NOW - timedelta(days=3))
    return made


@pytest.fixture
def heard():
    """What a room hears of calls, for one test."""
    happenings = []
    for event_type in ("call.begin", "call.open"):
        _subscribers[event_type].append(happenings.append)
    yield happenings
    for event_type in ("call.begin", "call.open"):
        _subscribers[event_type].remove(happenings.append)


def content(event):
    return json.loads(event.canonical)


# --- what is written --------------------------------------------------------------------------------


def test_the_beginning_opens_the_stream_and_is_heard(secretariat, heard):
    made = Call.objects.create(title="春", programme=programme(), fiscal_year=2026, opens_at=NOW)
    event = begin(made, secretariat, now=NOW, visibility=Visibility.OFFICE, copied_from=3)
    assert (event.type, event.stream, event.context) == ("call.begin", made.stream, made.context)
    assert (event.actor_key, event.recorded_at, event.visibility) == (secretariat.key, NOW, "office")
    assert content(event)["data"] == {"to": "draft", "copied_from": 3}
    (happening,) = heard
    assert (happening.event, happening.obj, happening.actor) == (event, made, secretariat)
    assert (happening.data, happening.now) == ({"copied_from": 3}, NOW)


def test_the_span_of_a_new_state_says_whose_turn_it_is():
    request = SectionRequestFactory()
    turn = request.turns["asked"]
    span = Span.objects.get(stream=request.stream, left_at=None)
    assert (span.machine, span.object_id, span.state) == ("section_request", request.pk, "asked")
    assert (span.context, span.municipality) == (request.context, request.span_municipality())
    assert (span.title, span.due_on) == (request.span_title(), request.due_on)
    assert (span.turn_role, span.waiter_role) == ("section", "contact")
    assert span.turn_scope == turn.scope(request) == f"section:{request.section_ref}"
    assert span.context != span.stream
    assert span.municipality
    assert span.title


def test_a_turn_without_a_day_has_none():
    engagement = EngagementFactory()
    perform("pause", engagement, actor_for(office()), reason="町の選挙のため。")
    span = Span.objects.get(stream=engagement.stream, left_at=None)
    assert (span.turn_role, span.turn_scope) == ("secretariat", "office")
    assert (span.waiter_role, span.due_on) == ("contact", None)


def test_a_state_that_is_nobodys_turn_says_so(call, secretariat):
    perform("open", call, secretariat, now=NOW)
    span = Span.objects.get(stream=call.stream, left_at=None)
    assert (span.turn_role, span.turn_scope, span.waiter_role, span.due_on) == ("", "", "", None)
    assert (span.entered_at, span.state) == (NOW, "open")
    assert Span.objects.get(stream=call.stream, state="draft").left_at == NOW


def test_the_spans_of_other_objects_stay_open(call, secretariat):
    other = EngagementFactory()
    perform("open", call, secretariat)
    assert Span.objects.get(stream=other.stream).left_at is None


def test_a_long_title_is_cut(secretariat):
    made = Call(title="長" * 201, programme=programme(), fiscal_year=2026, opens_at=NOW, pk=77)
    begin(made, secretariat, now=NOW)
    assert Span.objects.get(stream="call:77").title == "長" * 200


def test_the_event_says_who_what_where_and_when(call, secretariat, declare):
    declare(
        "open",
        inputs=(Input("slots", Kind.INTEGER, "枠"), Input("why", Kind.TEXT, "理由", personal=True)),
        visibility=Visibility.OFFICE,
        backdated=True,
    )
    then = NOW - timedelta(days=1)
    event = perform("open", call, secretariat, now=NOW, occurred_at=then, slots="3", why="花子さんから")
    assert (event.stream, event.type, event.actor_key) == (call.stream, "call.open", secretariat.key)
    assert (event.occurred_at, event.recorded_at, event.visibility) == (then, NOW, "office")
    data = content(event)["data"]
    assert (data["from"], data["to"], data["slots"]) == ("draft", "open", 3)
    assert data["programme"] == call.programme.version
    assert "why" not in data
    personal = json.loads(event.personal.payload)
    assert personal == {"actor": secretariat.name, "body": secretariat.body, "why": "花子さんから"}


def test_an_event_stands_in_its_objects_thread():
    request = SectionRequestFactory()
    event = Event.objects.filter(stream=request.stream).first()
    assert event.context == request.context != request.stream


def test_effects_and_rooms_get_the_same_step(call, secretariat, declare, heard):
    steps = []

    def effect(obj, step, event):
        steps.append((obj, step, event))
        return [Mail("hanako@example.lg.jp", "件名", "本文")]

    declare("open", inputs=(Input("slots", Kind.INTEGER, "枠"),), effects=(effect,))
    event = perform("open", call, secretariat, now=NOW, slots="3")
    ((obj, step, given),) = steps
    assert (obj.pk, obj.state, given) == (call.pk, "open", event)
    assert (step.name, step.actor, step.now, step.occurred_at) == ("open", secretariat, NOW, NOW)
    assert (step.source, step.data) == ("draft", {"slots": 3})
    row = Outbox.objects.get()
    assert (row.event, row.created_at, row.context) == (event, NOW, call.context)
    happening = heard[-1]
    assert (happening.event, happening.obj, happening.actor) == (event, obj, secretariat)
    assert happening.data == {"slots": 3, "programme": call.programme.version}
    assert happening.now == NOW


# --- what is refused --------------------------------------------------------------------------------


def test_a_refused_try_is_logged_at_its_moment(call):
    contact = actor_for(member(Role.CONTACT, MunicipalityFactory()))
    with pytest.raises(NotAllowed) as refusal:
        perform("open", call, contact, now=NOW)
    assert refusal.value.action == "call.open"
    event = Event.objects.get(type="security.refused")
    assert (event.recorded_at, content(event)["data"]["on"]) == (NOW, call.stream)


def test_the_wrong_state_is_said_with_the_transitions_words(call, secretariat):
    with pytest.raises(WrongState, match="「募集を締め切る」はいまできません。状態が「準備中」に"):
        perform("close", call, secretariat)


def test_guards_are_asked_at_the_moment_of_the_step(call, secretariat, declare):
    asked = []
    declare("open", guards=(lambda obj, now: asked.append((obj.pk, now)),))
    perform("open", call, secretariat, now=NOW)
    assert asked == [(call.pk, NOW)]


def test_choices_are_those_of_the_stored_object(call, secretariat, declare):
    declare("open", inputs=(Input("title", Kind.CHOICE, "名前", choices=lambda obj: [(obj.title, "")]),))
    with pytest.raises(BadInput):
        perform("open", call, secretariat, title="別の募集")
    perform("open", call, secretariat, title="随時募集")


def refused_time(call, actor, then):
    with pytest.raises(BadInput) as refusal:
        perform("open", call, actor, now=NOW, occurred_at=then)
    return refusal.value.fields


def test_each_impossible_time_has_its_sentence(call, secretariat, declare):
    later = NOW + timedelta(seconds=1)
    none_taken = ["この操作には日時を付けられません。日時を外してから送ってください。"]
    assert refused_time(call, secretariat, later) == {"occurred_at": none_taken}
    declare("open", backdated=True)
    ahead = ["先の日時になっています。実際にあった日時を入れてください。"]
    assert refused_time(call, secretariat, later) == {"occurred_at": ahead}
    long_ago = datetime(1899, 12, 31, tzinfo=UTC)
    no_year = ["この年の日付は入れられません。年をお確かめください。"]
    assert refused_time(call, secretariat, long_ago) == {"occurred_at": no_year}
    assert perform("open", call, secretariat, now=NOW, occurred_at=datetime(1900, 1, 1, tzinfo=UTC))


def test_what_several_checks_say_of_a_field_is_all_said(call, secretariat, declare):
    checks = (
        lambda obj, step: {"slots": "多すぎます。"},
        lambda obj, step: None,
        lambda obj, step: {"slots": "奇数です。", "": f"{obj.title}: {step.data['slots']}"},
    )
    declare("open", inputs=(Input("slots", Kind.INTEGER, "枠"),), checks=checks)
    with pytest.raises(BadInput) as refusal:
        perform("open", call, secretariat, slots="11")
    assert refusal.value.fields == {"slots": ["多すぎます。", "奇数です。"], "": ["随時募集: 11"]}


@pytest.mark.parametrize("name", ["now", "occurred_at"])
def test_a_client_does_not_set_the_clock(call, secretariat, name):
    with pytest.raises(BadInput) as refusal:
        perform_typed("open", call, secretariat, {name: NOW})
    assert refusal.value.fields == {name: ["この項目は使われません。外してから送ってください。"]}


def test_what_a_client_typed_goes_through_the_same_door(call, secretariat, declare):
    declare("open", inputs=(Input("slots", Kind.INTEGER, "枠"),), backdated=True)
    then = NOW - timedelta(days=1)
    event = perform_typed("open", call, secretariat, {"slots": "3"}, occurred_at=then)
    assert (event.type, event.actor_key, event.occurred_at) == ("call.open", secretariat.key, then)
    assert content(event)["data"]["slots"] == 3


def test_what_is_available_says_whether_it_can_be_done_then(call, secretariat):
    Call.objects.filter(pk=call.pk).update(closes_at=NOW)
    call.refresh_from_db()
    before, after = (available(call, secretariat, now=NOW + timedelta(seconds=s))[0] for s in (-60, 60))
    assert (before.rule.name, before.allowed, before.unmet, before.reasons) == ("open", True, (), [])
    assert after.allowed is False
    assert [str(item.sentence) for item in after.unmet] == after.reasons != []
    assert available(call, SYSTEM, now=NOW)[0].rule.name == "open"
    with pytest.raises(GuardsUnmet):
        perform("open", call, secretariat, now=NOW + timedelta(seconds=60))


def test_the_system_hands_on_what_it_was_given(call):
    assert perform_as_system("open", call, now=NOW).recorded_at == NOW


# --- the object in hand -----------------------------------------------------------------------------


def test_the_object_in_hand_is_read_again(call, secretariat):
    stale = Call.objects.get(pk=call.pk)
    Call.objects.filter(pk=call.pk).update(title="別の名前")
    perform("open", stale, secretariat)
    assert (stale.state, stale.title) == ("open", "別の名前")


def test_a_protected_state_is_read_again_when_it_is_asked_for(call):
    Call.objects.filter(pk=call.pk).update(state="open", title="別の名前")
    call.refresh_from_db(fields=["title"])
    assert (call.title, vars(call)["state"]) == ("別の名前", "draft")
    call.refresh_from_db(fields=["state"])
    assert call.state == "open"


def test_a_state_that_was_not_loaded_can_be_read(call):
    deferred = Call.objects.defer("state").get(pk=call.pk)
    deferred.refresh_from_db(fields=["state"])
    assert deferred.state == "draft"


# --- locks ------------------------------------------------------------------------------------------


def locking(call, actor, declare):
    """The statements with which the call's door reads rows, in their order."""
    towns, programmes = Municipality.objects.order_by("-pk"), Programme.objects.order_by("-pk")
    declare("open", locks=(lambda obj: towns, lambda obj: programmes))
    with CaptureQueriesContext(connection) as captured:
        perform("open", call, actor)
    reads = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    tables = [model._meta.db_table for model in (Call, Programme, Municipality)]
    return [(table, sql) for sql in reads for table in tables if f'FROM "{table}"' in sql][:4]


def test_rows_are_locked_in_one_order_whoever_declared_them(call, secretariat, declare):
    """The object first, then the others by model and key: two doors never wait for each other crosswise."""
    reads = locking(call, secretariat, declare)
    own, programmes, towns = (model._meta.db_table for model in (Call, Programme, Municipality))
    assert [table for table, _sql in reads] == [own, programmes, towns, own]
    ordered = [sql.partition(" FOR UPDATE")[0].partition(" ORDER BY ")[2] for _table, sql in reads[1:3]]
    assert ordered == [f'"{programmes}"."id" ASC', f'"{towns}"."{Municipality._meta.pk.column}" ASC']


@pytest.mark.postgresql
def test_each_lock_is_of_the_rows_themselves(call, secretariat, declare):
    reads = locking(call, secretariat, declare)
    assert all(sql.endswith(f'FOR UPDATE OF "{table}"') for table, sql in reads[:3])
    assert "FOR UPDATE" not in reads[3][1]
