"""Proof that the log is whole: every chain walked, every head and signed digest held against it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from workflow.doors import machines
from workflow.log import canonical_text, chain_hash, personal_digest
from workflow.models import Event, Span, StreamHead

INDEXED = ("stream", "position", "type", "context", "visibility")


def _matches(event: Event) -> bool:
    """The stored text, its indexed columns, its hash and what is left of its personal part agree."""
    try:
        content = json.loads(event.canonical)
    except ValueError:
        return False
    personal = getattr(event, "personal", None)
    return (
        all(content.get(name) == getattr(event, name) for name in INDEXED)
        and content.get("actor") == event.actor_key
        and datetime.fromisoformat(content["recorded_at"]) == event.recorded_at
        and datetime.fromisoformat(content["occurred_at"]) == event.occurred_at
        and event.hash == chain_hash(event.previous_hash, event.canonical)
        and (personal is None or content["personal"] == personal_digest(personal.salt, personal.payload))
    )


def _walk(stream: str, events: list[Event], head: StreamHead | None) -> str | None:
    previous = ""
    for position, event in enumerate(events, start=1):
        if event.position != position:
            return _("%(stream)s: 記録 %(position)d が欠けています。") % {
                "stream": stream,
                "position": position,
            }
        if event.previous_hash != previous or not _matches(event):
            return _("%(stream)s: 記録 %(position)d が書き換えられています。") % {
                "stream": stream,
                "position": position,
            }
        previous = event.hash
    if head is None:
        return _("%(stream)s: 末尾の控えがありません。") % {"stream": stream}
    if head.position != len(events) or head.hash != previous:
        return _("%(stream)s: 記録が途中で切れています(%(have)d件、控えは%(want)d件)。") % {
            "stream": stream,
            "have": len(events),
            "want": head.position,
        }
    return None


def _grouped() -> Iterator[tuple[str, list[Event]]]:
    stream = ""
    events: list[Event] = []
    for event in (
        Event.objects.select_related("personal").order_by("stream", "position").iterator(chunk_size=2000)
    ):
        if event.stream != stream and events:
            yield stream, events
            events = []
        stream = event.stream
        events.append(event)
    if events:
        yield stream, events


def _expected_streams() -> Iterator[str]:
    """Streams that must exist whatever the log's own tables say: one for each span and each object."""
    yield from Span.objects.order_by().values_list("stream", flat=True).distinct()
    for name, model in machines().items():
        yield from (f"{name}:{pk}" for pk in model._base_manager.order_by("pk").values_list("pk", flat=True))


def faults(digest: dict[str, Any] | None = None) -> list[str]:
    """Every broken, truncated or missing stream, a sentence each; empty when the log is whole."""
    heads = {head.stream: head for head in StreamHead.objects.all()}
    found, seen = [], set()
    for stream, events in _grouped():
        seen.add(stream)
        if fault := _walk(stream, events, heads.get(stream)):
            found.append(fault)
    missing = _("%(stream)s: 記録がすべて失われています。")
    expected = {stream for stream, head in heads.items() if head.position} | set(_expected_streams())
    if digest is not None:
        expected |= set(digest["heads"])
        found += [fault for fault in _against(digest, seen) if fault not in found]
    found += [missing % {"stream": stream} for stream in sorted(expected - seen)]
    return found


def _against(digest: dict[str, Any], seen: set[str]) -> Iterator[str]:
    for stream, (position, known) in sorted(digest["heads"].items()):
        if stream not in seen:
            continue
        event = Event.objects.filter(stream=stream, position=position).first()
        if event is None:
            yield _("%(stream)s: %(day)sの控えより短くなっています。") % {
                "stream": stream,
                "day": digest["day"],
            }
        elif event.hash != known:
            yield _("%(stream)s: %(day)sの控えと食い違っています。") % {
                "stream": stream,
                "day": digest["day"],
            }


def _signature(content: dict[str, Any]) -> str:
    key = hashlib.sha256(f"madoguchi.digest{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, canonical_text(content).encode(), hashlib.sha256).hexdigest()


def make_digest(day: date) -> dict[str, Any]:
    """All heads of this moment, signed with the installation's secret."""
    heads = StreamHead.objects.filter(position__gt=0)
    content = {"day": day.isoformat(), "heads": {head.stream: [head.position, head.hash] for head in heads}}
    return content | {"signature": _signature(content)}


def read_digest(path: Path) -> dict[str, Any]:
    """A digest file, its signature checked. Raises ``ValueError`` with a sentence."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        signature = content.pop("signature")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ValueError(_("控え %(path)s を読めません。") % {"path": path}) from error
    if not hmac.compare_digest(signature, _signature(content)):
        raise ValueError(_("控え %(path)s の署名が合いません。") % {"path": path})
    return content  # type: ignore[no-any-return]


def digest_folder() -> Path:
    return Path(settings.DATA_DIR) / "digests"


def write_digest(day: date) -> Path:
    """Write the day's digest outside the database; an existing one is kept, since it is the older witness."""
    path = digest_folder() / f"{day.isoformat()}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(".part")
        scratch.write_text(canonical_text(make_digest(day)), encoding="utf-8")
        scratch.replace(path)
    return path


def latest_digest() -> Path | None:
    return max(digest_folder().glob("*.json"), default=None)
