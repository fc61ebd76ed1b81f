"""A file between its preview and its keeping: an hour in the cache, for the person who sent it."""

from __future__ import annotations

import hashlib

from django.core.cache import cache

from workflow import Actor

LIFETIME = 3600


def keep(actor: Actor, data: bytes) -> str:
    """Returns the name by which ``find`` gives the bytes back."""
    name = hashlib.sha256(data).hexdigest()
    cache.set(_key(actor, name), data, LIFETIME)
    return name


def find(actor: Actor, name: str) -> bytes | None:
    """None once it is over, and for anybody else's."""
    if not (len(name) == 64 and name.isalnum() and name.isascii()):
        return None
    data: bytes | None = cache.get(_key(actor, name))
    return data


def _key(actor: Actor, name: str) -> str:
    return f"upload:{actor.key}:{name}"
