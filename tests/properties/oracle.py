"""The simple model that the house is held against: a state an object, a number of events a stream."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection

from workflow.doors import machines, rules
from workflow.events import subscribed_types
from workflow.models import Event, Outbox, Span, StreamHead

#: Events that are no transition, yet stand in a machine's stream or beside it.
RECORDS = {
    "plan.issued",
    "decision.removed",
    "survey.created",
    "survey.version_saved",
    "survey.corrected",
    "security.refused",
    "account.created",
    "account.domain_trusted",
    "account.password_link",
    "account.password_set",
    "account.stopped",
    "account.role_prolonged",
    "account.role_given",
    "account.role_ended",
    "account.restarted",
    "account.registered_again",
    "account.successor_asked",
    "account.signed_in",
    "account.mail_asked",
    "account.password_changed",
    "account.address_changed",
    "account.token_issued",
    "account.token_revoked",
    "account.tokens_revoked",
    "export.taken",
    "registration.mailed",
    "round.adjusted",
    "round.lifted",
}
SECURITY = "security"
TABLES = (
    "engagement_sessions.Meeting",
    "engagement_sessions.DateOption",
    "engagement_sessions.Guest",
    "engagement_sessions.Cost",
    "engagements.EngagementRole",
    "engagement_survey.Survey",
    "engagement_applications.Wish",
    "engagement_documents.Document",
    "engagement_plans.Kpi",
    "accounts.SignedLink",
    "workflow.Serial",
)
ROAD = ("preparing", "training", "survey", "reporting", "agreed", "following_up", "closed")


def _select(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def stored_states() -> dict[str, str]:
    """The state of every object by stream, in the order of machines and ids."""
    parts = [
        f"SELECT '{name}' AS machine, id, state FROM {model._meta.db_table}"
        for name, model in machines().items()
    ]
    found = _select(f"{' UNION ALL '.join(parts)} ORDER BY machine, id")
    return {f"{machine}:{pk}": state for machine, pk, state in found}


def fingerprint() -> list[list[tuple[Any, ...]]]:
    """Everything that a refused try must leave as it was. The stream ``security`` is looked at by itself."""
    models = [*machines().values(), *(apps.get_model(label) for label in TABLES), Span, Outbox]
    found = [_select(f"SELECT * FROM {model._meta.db_table} ORDER BY id") for model in models]
    heads = f"SELECT * FROM {StreamHead._meta.db_table} WHERE stream <> '{SECURITY}' ORDER BY stream"
    logged = f"SELECT count(*) FROM {Event._meta.db_table} WHERE stream <> '{SECURITY}'"
    return [*found, _select(heads), _select(logged)]


def open_spans() -> dict[str, tuple[int, str]]:
    found = list(Span.objects.filter(left_at=None).values_list("stream", "pk", "state"))
    assert len(found) == len({stream for stream, _pk, _state in found}), "two open spans of one object"
    return {stream: (pk, state) for stream, pk, state in found}


@dataclass
class Model:
    """What must be so by now, from the events alone; each event is checked as it comes in."""

    states: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    spans: dict[str, tuple[int, str]] = field(default_factory=dict)
    last: int = 0

    def __post_init__(self) -> None:
        self.states, self.spans = stored_states(), open_spans()
        for event in Event.objects.order_by("pk"):
            self.counts[event.stream] += 1
            self.last = event.pk

    def news(self) -> list[Event]:
        """The events since the last look."""
        found = list(Event.objects.filter(pk__gt=self.last).order_by("pk"))
        self.last = found[-1].pk if found else self.last
        return found

    def take(self, batch: list[Event]) -> None:
        """Follow these events, then hold states, spans and numbers of the database against it."""
        told = Counter((event.stream, event.type) for event in batch)
        assert all(number == 1 for number in told.values()), f"repeated: {told}"
        for event in batch:
            self._follow(event)
        self.hold()
        self._hold_spans(batch)

    def _follow(self, event: Event) -> None:
        self.counts[event.stream] += 1
        assert event.position == self.counts[event.stream], f"{event}: not the next position"
        machine, _dot, verb = event.type.partition(".")
        data = json.loads(event.canonical)["data"]
        if event.type in RECORDS:
            if event.type == "decision.removed":
                del self.states[event.stream]
            return
        assert event.stream.partition(":")[0] == machine, event
        if verb == "begin":
            assert event.stream not in self.states, f"{event}: begun twice"
            self.states[event.stream] = data["to"]
        else:
            self._move(event, machines()[machine], verb, data)
        self.seen.add(f"{machine}.{self.states[event.stream]}")

    def _move(self, event: Event, model: Any, verb: str, data: dict[str, Any]) -> None:
        rule, state = rules(model)[verb], self.states[event.stream]
        assert state in rule.sources, f"{event}: out of {state}"
        target = rule.target or state
        assert (data["from"], data["to"]) == (state, target), event
        if model.machine == "engagement" and rule.target and state in ROAD and target in ROAD:
            assert abs(ROAD.index(target) - ROAD.index(state)) == 1, f"{event}: skips {state} to {target}"
        self.states[event.stream] = target

    def hold(self) -> None:
        """States are the model's and their machine's; every stream has the events that were counted, no other."""
        stored = stored_states()
        assert stored == self.states
        for stream, state in stored.items():
            choices = machines()[stream.partition(":")[0]]._meta.get_field("state").choices
            assert state in {value for value, _label in choices}
        heads = dict(StreamHead.objects.filter(position__gt=0).values_list("stream", "position"))
        assert heads == dict(self.counts)

    def _hold_spans(self, batch: list[Event]) -> None:
        """One open span an object, with its state; moved for the streams that moved, and for no other."""
        spans = open_spans()
        assert {stream: state for stream, (_pk, state) in spans.items()} == self.states
        moved = {event.stream for event in batch if event.type not in RECORDS}
        for stream, span in spans.items():
            assert (span != self.spans.get(stream)) == (stream in moved), f"span of {stream}"
        self.spans = spans


def chain_of(batch: list[Event], first: str) -> None:
    """The first event is the transition's own; each other one follows from one to which a room subscribed."""
    assert batch, "an event was lost"
    assert batch[0].type == first
    heard = subscribed_types()
    for place, event in enumerate(batch[1:], start=1):
        assert any(earlier.type in heard for earlier in batch[:place]), f"{event} follows from nothing"
