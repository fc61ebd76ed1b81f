"""Whatever is done to one stream of a log that people have walked into being, the audit names that stream alone."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from random import Random

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagements.applications.models import Application, Call
from tests.properties.ahead import Walker
from tests.properties.amount import examples
from tests.properties.road import Road
from tests.properties.world import BEGINNING, World
from workflow import SYSTEM, begin
from workflow.audit import faults, make_digest
from workflow.doors import machines
from workflow.log import canonical_text, chain_hash
from workflow.models import Event, EventPersonal, Outbox, Span, StreamHead

pytestmark = pytest.mark.django_db
STEPS = 30
OTHER = {
    "type": lambda event: f"{event.type}x",
    "context": lambda event: f"{event.context}0",
    "visibility": lambda event: "office" if event.visibility != "office" else "parties",
    "occurred_at": lambda event: event.occurred_at - timedelta(seconds=1),
    "recorded_at": lambda event: event.recorded_at + timedelta(microseconds=1),
    "actor_key": lambda event: "user:0",
    "canonical": lambda event: event.canonical.replace('"to":"', '"to":"un', 1) + " ",
    "previous_hash": lambda event: "0" * 64,
    "hash": lambda event: event.hash[::-1],
    "position": lambda event: event.position + 1000,
}


@pytest.fixture
def walked():
    """A road on which one town has come to its answer and another one to its offer; a digest of that moment."""
    road, chance = Road(World()), Random(7)
    for town, steps in ((0, STEPS), (1, 8)):
        road.start(road.world.call, town, f"contact{town}")
        for _step in range(steps):
            application = Application.objects.get(municipality=road.world.towns[town])
            Walker(road, application, chance.choice).step()
    assert "plan.answered" in road.model.seen
    assert faults(make_digest(BEGINNING.date())) == []
    return make_digest(BEGINNING.date())


SETTINGS = settings(
    max_examples=examples(20), deadline=None, suppress_health_check=list(HealthCheck), database=None
)


class Undo(Exception):
    """Leaves the transaction without a trace."""


def named(damage, digest):
    """The streams that the audit names after the damage, which is undone again."""
    found = []
    try:
        with transaction.atomic():
            damage()
            found = faults(digest)
            raise Undo
    except Undo:
        return {fault.rpartition(": ")[0] for fault in found}


def delete(events) -> None:
    """As somebody with the database's password would: what points to the events first."""
    pks = list(events.values_list("pk", flat=True))
    Outbox.objects.filter(event__in=pks).update(event=None)
    EventPersonal.objects.filter(event__in=pks).delete()
    Event.objects.filter(pk__in=pks).delete()


def streams() -> list[str]:
    return list(StreamHead.objects.filter(position__gt=0).order_by("stream").values_list("stream", flat=True))


def test_an_altered_event_is_named(walked):
    @SETTINGS
    @given(data=st.data(), column=st.sampled_from(sorted(OTHER)))
    def alter(data, column):
        stream = data.draw(st.sampled_from(streams()))
        event = data.draw(st.sampled_from(list(Event.objects.filter(stream=stream).order_by("position"))))
        change = {column: OTHER[column](event)}
        assert named(lambda: Event.objects.filter(pk=event.pk).update(**change), walked) == {stream}

    alter()


def test_an_event_with_another_name_beside_it_is_named(walked):
    @SETTINGS
    @given(data=st.data(), column=st.sampled_from(["payload", "salt"]))
    def alter(data, column):
        stream = data.draw(st.sampled_from(streams()))
        personal = EventPersonal.objects.filter(event__stream=stream)
        assert named(lambda: personal.update(**{column: "{}"}), walked) == {stream}

    alter()


def test_a_cut_tail_is_named(walked):
    @SETTINGS
    @given(data=st.data(), head_too=st.booleans())
    def cut(data, head_too):
        stream = data.draw(
            st.sampled_from([s for s in streams() if Event.objects.filter(stream=s).count() > 1])
        )
        left = data.draw(st.integers(1, Event.objects.filter(stream=stream).count() - 1))

        def damage():
            delete(Event.objects.filter(stream=stream, position__gt=left))
            if head_too:
                last = Event.objects.get(stream=stream, position=left)
                StreamHead.objects.filter(stream=stream).update(position=left, hash=last.hash)

        assert named(damage, None) == named(damage, walked) == {stream}

    cut()


def test_a_lost_stream_is_named(walked):
    @SETTINGS
    @given(data=st.data(), head_too=st.booleans())
    def lose(data, head_too):
        stream = data.draw(st.sampled_from(streams()))

        def damage():
            delete(Event.objects.filter(stream=stream))
            if head_too:
                StreamHead.objects.filter(stream=stream).delete()

        assert named(damage, None) == named(damage, walked) == {stream}

    lose()


def test_a_stream_that_was_written_anew_is_named(walked):
    """Everything fits together again, from the changed event to the head, but for the head's seal."""

    @SETTINGS
    @given(data=st.data())
    def forge(data):
        stream = data.draw(st.sampled_from(streams()))
        chain = list(Event.objects.filter(stream=stream).order_by("position"))
        first = data.draw(st.integers(0, len(chain) - 1))

        def damage():
            previous = chain[first].previous_hash
            for event in chain[first:]:
                event.previous_hash = previous
                if event is chain[first]:
                    event.canonical = event.canonical.replace('"data":{', '"data":{"bribe":1,', 1).replace(
                        ",}", "}"
                    )
                event.hash = previous = chain_hash(previous, event.canonical)
                event.save()
            StreamHead.objects.filter(stream=stream).update(hash=previous)

        assert named(damage, None) == named(damage, walked) == {stream}

    forge()


def test_a_state_to_which_no_event_leads_is_named(walked):
    """In the object's own table as in that of who waits, for every machine that the walk has set in motion."""
    moved = 0
    for name, model in machines().items():
        states = [value for value, _label in model._meta.get_field("state").choices]
        for obj in model._base_manager.all()[:1]:
            other = next(state for state in states if state != obj.state)
            rows, spans = (
                model._base_manager.filter(pk=obj.pk),
                Span.objects.filter(stream=obj.stream, left_at=None),
            )
            assert named(partial(rows.update, state=other), walked) == {f"{name}:{obj.pk}"}
            assert named(partial(spans.update, state=other), walked) == {obj.stream}
            assert named(partial(spans.update, left_at=BEGINNING), walked) == {obj.stream}
            moved += 1
    assert moved >= 5


def test_an_object_that_is_gone_without_a_word_in_its_stream_is_named(walked):
    programme = Call.objects.first().programme

    def damage():
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {Call._meta.db_table} WHERE id = %s", [call.pk])

    call = Call.objects.create(
        title="令和8年度 二次募集", fiscal_year=2026, opens_at=BEGINNING, programme=programme
    )
    begin(call, SYSTEM, now=BEGINNING)
    assert faults() == []
    assert named(damage, None) == {f"call:{call.pk}"}


def test_the_digest_says_the_same_twice(walked):
    assert canonical_text(make_digest(BEGINNING.date())) == canonical_text(walked)
