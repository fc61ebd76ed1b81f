"""The same request twice is one request: the first answer is kept and given again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from workflow.errors import Conflict
from workflow.models import IdempotencyKey
from workflow.transactions import in_transaction

Reply = tuple[int, Any]


class KeyUsed(Conflict):
    """The key belongs to a request that said something else. 409."""


def _replay(stored: IdempotencyKey, fingerprint: str) -> Reply:
    if stored.fingerprint != fingerprint:
        raise KeyUsed(_("同じ識別子で、内容の違う送信がありました。新しい識別子で送ってください。"))
    return stored.status, stored.body


def _first_time(actor_key: str, key: str, fingerprint: str, work: Callable[[], Reply]) -> Reply:
    stored, created = IdempotencyKey.objects.get_or_create(
        actor_key=actor_key, key=key, defaults={"fingerprint": fingerprint}
    )
    if not created:
        return _replay(stored, fingerprint)
    stored.status, stored.body = work()
    stored.save(update_fields=["status", "body"])
    return stored.status, stored.body


def once(actor_key: str, key: str, fingerprint: str, work: Callable[[], Reply]) -> Reply:
    """Run ``work`` once for this key and keep its ``(status, JSON body)`` in the same transaction.

    A second call with the same fingerprint gets the kept answer; with another it raises ``KeyUsed``. What ``work``
    raises is not kept: the request may be mended and sent again under the same key.
    """
    stored = IdempotencyKey.objects.filter(actor_key=actor_key, key=key).first()
    if stored is not None:
        return _replay(stored, fingerprint)
    try:
        return in_transaction(lambda: _first_time(actor_key, key, fingerprint, work))
    except IntegrityError:
        if transaction.get_connection().in_atomic_block:
            raise
        return _replay(IdempotencyKey.objects.get(actor_key=actor_key, key=key), fingerprint)
