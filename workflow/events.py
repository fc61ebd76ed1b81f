"""Rooms that react to other rooms: same transaction, state coupling only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workflow.actors import Actor
from workflow.models import Event


@dataclass(frozen=True, slots=True)
class Happening:
    """What a subscriber learns: the logged event, the object as it now is, who did it and with what."""

    event: Event
    obj: Any
    actor: Actor
    data: dict[str, Any]
    now: Any


Subscriber = Callable[[Happening], None]
_subscribers: dict[str, list[Subscriber]] = defaultdict(list)
_announced: set[str] = set()


def on(event_type: str) -> Callable[[Subscriber], Subscriber]:
    """Subscribe to ``machine.transition`` or an announced type.

    Called inside the transaction that logged it, in order of registration.
    """

    def register(subscriber: Subscriber) -> Subscriber:
        if subscriber not in _subscribers[event_type]:
            _subscribers[event_type].append(subscriber)
        return subscriber

    return register


def announced(event_type: str) -> str:
    """A type that is no transition, but that a room records and hands to ``dispatch``: others may subscribe to it."""
    _announced.add(event_type)
    return event_type


def announced_types() -> set[str]:
    """What rooms announce beside their transitions."""
    return set(_announced)


def dispatch(happening: Happening) -> None:
    for subscriber in _subscribers[happening.event.type]:
        subscriber(happening)


def subscribed_types() -> set[str]:
    """For the start-up check: a type that nothing makes is a mistake."""
    return {event_type for event_type, subscribers in _subscribers.items() if subscribers}
