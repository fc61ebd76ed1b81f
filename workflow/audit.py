"""Proof that the log is whole: every chain walked; heads, register, tables and signed digest held against it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from workflow import seals
from workflow.actors import Actor
from workflow.doors import machines
from workflow.log import ERASED, canonical_text, chain_hash, personal_digest, record
from workflow.models import Event, Span, StreamBirth, StreamCount, StreamHead

#: How the type of the event ends that takes an object out of its table.
REMOVED = ".removed"
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


@dataclass(slots=True)
class _Story:
    """What a stream's events tell together."""

    length: int = 0
    first: str = ""
    last: str = ""
    last_type: str = ""
    state: str = ""
    unmarked: list[int] = field(default_factory=list)
    tombstones: set[int] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """One event more; its content was proven to be what it was."""
        content = json.loads(event.canonical)
        self.length, self.last, self.last_type = event.position, event.hash, event.type
        self.first = self.first or event.hash
        if not hasattr(event, "personal"):
            self.unmarked.append(event.position)
        if event.type == ERASED:
            self.tombstones |= set(content["data"]["positions"])
        elif "to" in content["data"] and ("from" in content["data"] or event.type.endswith(".begin")):
            self.state = content["data"]["to"]


def _follow(stream: str, events: Iterable[Event], story: _Story) -> str | None:
    """Walk the chain into ``story``; the sentence of the first event that is missing or altered."""
    for position, event in enumerate(events, start=1):
        if event.position != position:
            return _("%(stream)s: 記録 %(position)d が欠けています。") % {
                "stream": stream,
                "position": position,
            }
        if event.previous_hash != story.last or not _matches(event):
            return _("%(stream)s: 記録 %(position)d が書き換えられています。") % {
                "stream": stream,
                "position": position,
            }
        story.add(event)
    for position in story.unmarked:
        if position not in story.tombstones:
            return _("%(stream)s: 記録 %(position)d の個人に関する部分が、消した記録なしに消えています。") % {
                "stream": stream,
                "position": position,
            }
    return None


def _against_head(stream: str, story: _Story, head: StreamHead | None) -> str | None:
    if head is None:
        return _("%(stream)s: 末尾の控えがありません。") % {"stream": stream}
    if head.position != story.length or head.hash != story.last:
        return _("%(stream)s: 記録が途中で切れています(%(have)d件、控えは%(want)d件)。") % {
            "stream": stream,
            "have": story.length,
            "want": head.position,
        }
    if not seals.head_is_sealed(head):
        return _("%(stream)s: 末尾の控えの封が合いません。記録が切り取られたか、書き直されています。") % {
            "stream": stream
        }
    return None


def _against_birth(stream: str, story: _Story, birth: StreamBirth | None) -> str | None:
    if birth is None:
        return _("%(stream)s: 記録の台帳に載っていません。") % {"stream": stream}
    if birth.first != story.first or not seals.birth_is_sealed(birth):
        return _("%(stream)s: 記録の台帳と食い違っています。初めから書き直されています。") % {
            "stream": stream
        }
    return None


def _against_digest(stream: str, events: list[Event], digest: dict[str, Any]) -> str | None:
    if stream not in digest["heads"]:
        return None
    position, known = digest["heads"][stream]
    named = {"stream": stream, "day": digest["day"]}
    event = next((event for event in events if event.position == position), None)
    if event is None:
        return _("%(stream)s: %(day)sの控えより短くなっています。") % named
    return None if event.hash == known else _("%(stream)s: %(day)sの控えと食い違っています。") % named


def _of_state(stream: str, story: _Story, state: str, waits_in: str | None) -> str | None:
    """What an object's row and its open span say, against where its events have led."""
    if story.state == state == waits_in:
        return None
    return _("%(stream)s: 表の状態「%(have)s」は、記録の導く状態「%(want)s」ではありません。") % {
        "stream": stream,
        "have": state if state != story.state else waits_in or "",
        "want": story.state,
    }


def _against_tables(stories: dict[str, _Story]) -> Iterator[str]:
    """A sentence for each object that is not where its log leads, or that is gone without a word in it."""
    open_spans = dict(Span.objects.filter(left_at=None).values_list("stream", "state"))
    rows: set[str] = set()
    for name, model in machines().items():
        for pk, state in model._base_manager.order_by("pk").values_list("pk", "state").iterator():
            stream = f"{name}:{pk}"
            rows.add(stream)
            story = stories.get(stream)
            if story and (fault := _of_state(stream, story, str(state), open_spans.get(stream))):
                yield fault
    for stream, story in stories.items():
        if (
            stream not in rows
            and stream.partition(":")[0] in machines()
            and not story.last_type.endswith(REMOVED)
        ):
            yield _("%(stream)s: 記録にあるものが、表から失われています。") % {"stream": stream}


def _of_register(births: Collection[StreamBirth]) -> Iterator[str]:
    """Holes in the numbers of the register: streams that vanished together with their entry."""
    count = StreamCount.objects.filter(name=seals.REGISTER).first()
    numbers = {birth.number for birth in births if birth.number}
    if count is None:
        if numbers:
            yield _("記録の台帳: 件数の控えがありません。")
        return
    if not seals.count_is_sealed(count):
        yield _("記録の台帳: 件数の控えが書き換えられています。")
    for number in sorted(set(range(1, count.last + 1)) - numbers):
        yield _("記録の台帳: %(number)d番の記録が、台帳の行ごと失われています。") % {"number": number}


def _expected_streams() -> Iterator[str]:
    """Streams that must exist whatever the log's own tables say: one for each span and each object."""
    yield from Span.objects.order_by().values_list("stream", flat=True).distinct()
    for name, model in machines().items():
        yield from (f"{name}:{pk}" for pk in model._base_manager.order_by("pk").values_list("pk", flat=True))


def faults(digest: dict[str, Any] | None = None) -> list[str]:
    """Every broken, truncated or missing stream, a sentence each; empty when the log is whole.

    The number of queries depends on the number of machines alone.
    """
    digest = digest or {"heads": {}, "day": ""}
    heads, births = StreamHead.objects.in_bulk(), StreamBirth.objects.in_bulk()
    found: list[str] = []
    stories: dict[str, _Story] = {}
    seen: set[str] = set()
    events = Event.objects.select_related("personal").order_by("stream", "position").iterator(chunk_size=2000)
    for stream, grouped in groupby(events, key=attrgetter("stream")):
        seen.add(stream)
        story, chain = _Story(), list(grouped)
        fault = (
            _follow(stream, chain, story)
            or _against_head(stream, story, heads.get(stream))
            or _against_birth(stream, story, births.get(stream))
        )
        if not fault:
            stories[stream] = story
        found += [each for each in (fault, _against_digest(stream, chain, digest)) if each]
    found += _against_tables(stories)
    expected = {stream for stream, head in heads.items() if head.position} | births.keys()
    expected |= digest["heads"].keys() | set(_expected_streams())
    missing = _("%(stream)s: 記録がすべて失われています。")
    found += [missing % {"stream": stream} for stream in sorted(expected - seen)]
    return found + list(_of_register(births.values()))


class _StillBroken(Exception):
    """Takes back the seals that were put over a broken log."""


def renew_seals(actor: Actor, now: datetime) -> list[str]:
    """Seal the log anew after SECRET_KEY has changed, if it is whole but for its seals; else what is broken.

    Digests that another secret signed are put aside as ``….json.former``: nobody can tell any more who wrote them.
    """
    found: list[str] = []
    try:
        with transaction.atomic():
            seals.renew()
            if found := faults():
                raise _StillBroken
            record("log.seals_renewed", actor, stream="security", now=now)
    except _StillBroken:
        return found
    for path in digest_folder().glob("*.json"):
        try:
            read_digest(path)
        except ValueError:
            path.replace(path.with_suffix(".json.former"))
    return []


def make_digest(day: date) -> dict[str, Any]:
    """All heads of this moment, signed with the installation's secret."""
    heads = StreamHead.objects.filter(position__gt=0)
    content = {"day": day.isoformat(), "heads": {head.stream: [head.position, head.hash] for head in heads}}
    return content | {"signature": seals.sign("digest", canonical_text(content))}


def read_digest(path: Path) -> dict[str, Any]:
    """A digest file, its signature checked. Raises ``ValueError`` with a sentence."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        signature = content.pop("signature")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ValueError(_("控え %(path)s を読めません。") % {"path": path}) from error
    if not seals.holds(signature, "digest", canonical_text(content)):
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
