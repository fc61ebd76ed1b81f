"""The append-only log: one hash chain a stream."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from workflow import seals
from workflow.actors import Actor
from workflow.models import Event, EventPersonal, StreamHead, Visibility


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return str(value)


def canonical_text(content: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: the same content always gives the same text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def chain_hash(previous: str, canonical: str) -> str:
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


def personal_digest(salt: str, payload: str) -> str:
    return hashlib.sha256(f"{salt}\n{payload}".encode()).hexdigest()


def lock_head(stream: str) -> StreamHead:
    StreamHead.objects.get_or_create(stream=stream)
    return StreamHead.objects.select_for_update().get(stream=stream)


def append(
    *,
    stream: str,
    type: str,
    actor: Actor,
    context: str,
    data: Mapping[str, Any],
    personal: Mapping[str, Any],
    visibility: str = Visibility.PARTIES,
    occurred_at: datetime | None = None,
    now: datetime,
) -> Event:
    """Append one event inside the caller's transaction. The actor's name is always personal data."""
    head = lock_head(stream)
    untouched = seals.head_is_sealed(head)
    salt, payload = (
        secrets.token_hex(16),
        canonical_text({"actor": actor.name, "body": actor.body, **personal}),
    )
    occurred = occurred_at or now
    canonical = canonical_text(
        {
            "stream": stream,
            "position": head.position + 1,
            "type": type,
            "context": context,
            "visibility": str(visibility),
            "occurred_at": occurred.isoformat(),
            "recorded_at": now.isoformat(),
            "actor": actor.key,
            **({"office": True} if actor.for_office else {}),
            "data": data,
            "personal": personal_digest(salt, payload),
        }
    )
    event = Event.objects.create(
        stream=stream,
        position=head.position + 1,
        type=type,
        context=context,
        visibility=visibility,
        occurred_at=occurred,
        recorded_at=now,
        actor_key=actor.key,
        canonical=canonical,
        previous_hash=head.hash,
        hash=chain_hash(head.hash, canonical),
    )
    EventPersonal.objects.create(event=event, salt=salt, payload=payload)
    if not head.position:
        seals.enrol({stream: event.hash})
    head.position, head.hash = event.position, event.hash
    if untouched:  # else it stays broken, so that going on mends nothing
        seals.seal_head(head)
    head.save(update_fields=["position", "hash", "seal"])
    return event


def record(
    type: str,
    actor: Actor,
    *,
    stream: str,
    context: str = "",
    data: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    visibility: str = Visibility.OFFICE,
    occurred_at: datetime | None = None,
    now: datetime | None = None,
) -> Event:
    """Log what is no transition: a grave read, an export, a refused try, an edit worth keeping."""
    from workflow.transactions import in_transaction

    return in_transaction(
        lambda: append(
            stream=stream,
            type=type,
            actor=actor,
            context=context or stream,
            data=data or {},
            personal=personal or {},
            visibility=visibility,
            occurred_at=occurred_at,
            now=now or timezone.now(),
        )
    )


ERASED = "personal.erased"


def erase(events: Iterable[Event], actor: Actor, *, reason: str, now: datetime) -> int:
    """Erase the personal parts of events, with a tombstone in each stream; returns how many there were.

    Names and free text are gone for good; what happened, and that something was erased, stays.
    """

    def work() -> int:
        parts = list(
            EventPersonal.objects.filter(event__in=[event.pk for event in events]).select_related("event")
        )
        by_stream: dict[str, list[int]] = defaultdict(list)
        for part in parts:
            by_stream[part.event.stream].append(part.event.position)
        EventPersonal.objects.filter(pk__in=[part.pk for part in parts]).delete()
        for stream, positions in sorted(by_stream.items()):
            record(
                ERASED, actor, stream=stream, data={"positions": sorted(positions), "reason": reason}, now=now
            )
        return len(parts)

    from workflow.transactions import in_transaction

    return in_transaction(work)
