"""The append-only log: one hash chain a stream."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

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
    head.position, head.hash = event.position, event.hash
    head.save(update_fields=["position", "hash"])
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
