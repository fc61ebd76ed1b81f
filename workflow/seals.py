"""Signatures that whoever can write to the database alone can't make: of heads, of the register of streams, of digests.

The key comes from SECRET_KEY, which is not in the database. What nobody here can see is the whole log put back to an
earlier moment, rows and seals together: that needs a witness outside, the daily digest.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from workflow.models import StreamBirth, StreamCount, StreamHead

REGISTER = "streams"


def _signature(purpose: str, text: str, secret: str) -> str:
    key = hashlib.sha256(f"madoguchi.{purpose}{secret}".encode()).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def sign(purpose: str, text: str) -> str:
    """64 hexadecimal digits, by this installation's present secret."""
    return _signature(purpose, text, settings.SECRET_KEY)


def holds(signature: str, purpose: str, text: str) -> bool:
    """Whether this installation signed the text, with its present secret or with a former one that it still knows."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(signature, _signature(purpose, text, secret)) for secret in secrets)


# --- heads --------------------------------------------------------------------------------------------


def _head_text(head: StreamHead) -> str:
    return f"{head.stream}\n{head.position}\n{head.hash}"


def seal_head(head: StreamHead) -> None:
    head.seal = sign("head", _head_text(head))


def head_is_sealed(head: StreamHead) -> bool:
    """True for a head that nobody but the log has moved; a new one needs no seal."""
    return (not head.position and not head.hash) or holds(head.seal, "head", _head_text(head))


# --- the register of streams --------------------------------------------------------------------------


def _birth_text(birth: StreamBirth) -> str:
    return f"{birth.stream}\n{birth.first}\n{birth.number}"


def birth_is_sealed(birth: StreamBirth) -> bool:
    return holds(birth.seal, "birth", _birth_text(birth))


def _count_text(count: StreamCount) -> str:
    return f"{count.name}\n{count.last}"


def count_is_sealed(count: StreamCount) -> bool:
    return holds(count.seal, "count", _count_text(count))


def _free_count() -> StreamCount | None:
    """The register's counter, locked; None while another transaction holds it. SQLite has one writer."""
    return StreamCount.objects.select_for_update(skip_locked=True).filter(name=REGISTER).first()


def _own_count() -> StreamCount:
    """The counter, locked once it is free; made where an emptied database has none, unsealed where it has been lost."""
    count = StreamCount(name=REGISTER)
    if not StreamBirth.objects.exclude(number=None).exists():
        count.seal = sign("count", _count_text(count))
    StreamCount.objects.get_or_create(name=REGISTER, defaults={"seal": count.seal})
    return StreamCount.objects.select_for_update().get(name=REGISTER)


def _numbered(births: Iterable[StreamBirth], count: StreamCount | None) -> list[StreamBirth]:
    """The births, sealed, with the next numbers. A counter that somebody has moved is moved on, and stays unsealed."""
    was_sealed = count is not None and count_is_sealed(count)
    if count is not None and not was_sealed:
        count.last = max(count.last, StreamBirth.objects.aggregate(last=Max("number"))["last"] or 0)
    made = list(births)
    for birth in made:
        if count is not None:
            count.last += 1
            birth.number = count.last
        birth.seal = sign("birth", _birth_text(birth))
    if count is not None:
        if was_sealed:
            count.seal = sign("count", _count_text(count))
        count.save(update_fields=["last", "seal"])
    return made


def enrol(firsts: Mapping[str, str]) -> None:
    """Enter new streams, each with the hash of its first event, inside the caller's transaction.

    Nobody waits for another's transaction here: what finds the counter taken, or none, is numbered by the sweep.
    """
    known = set(StreamBirth.objects.filter(stream__in=firsts).values_list("stream", flat=True))
    births = [
        StreamBirth(stream=stream, first=first) for stream, first in firsts.items() if stream not in known
    ]
    if births:
        StreamBirth.objects.bulk_create(_numbered(births, _free_count()), batch_size=500)


@transaction.atomic
def number_births() -> int:
    """Number what could not be numbered at once; returns how many were."""
    waiting = StreamBirth.objects.filter(number=None)
    if not waiting.exists():
        return 0
    count = _own_count()
    rows = [birth for birth in waiting.order_by("stream") if birth_is_sealed(birth)]
    StreamBirth.objects.bulk_update(_numbered(rows, count), ["number", "seal"], batch_size=500)
    return len(rows)


def renew() -> None:
    """Seal everything with the present secret, whatever seals there were: only for a log that was found whole."""
    heads = list(StreamHead.objects.all())
    for head in heads:
        seal_head(head)
    StreamHead.objects.bulk_update(heads, ["seal"], batch_size=500)
    births = list(StreamBirth.objects.all())
    for birth in births:
        birth.seal = sign("birth", _birth_text(birth))
    StreamBirth.objects.bulk_update(births, ["seal"], batch_size=500)
    for count in StreamCount.objects.all():
        count.seal = sign("count", _count_text(count))
        count.save(update_fields=["seal"])
