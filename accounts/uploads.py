"""A file between its preview and its keeping: an hour in the database, for the person who sent it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.utils import timezone

from accounts.models import Preview
from workflow import Actor

LIFETIME = timedelta(hours=1)
#: Of one person at once; the oldest goes when another comes.
MOST = 5


def keep(actor: Actor, data: bytes) -> str:
    """Returns the name by which ``find`` gives the bytes back."""
    name = hashlib.sha256(data).hexdigest()
    fresh = {"data": data, "kept_at": timezone.now()}
    Preview.objects.update_or_create(owner=actor.key, name=name, defaults=fresh)
    theirs = Preview.objects.filter(owner=actor.key).order_by("-kept_at", "-pk").values_list("pk", flat=True)
    Preview.objects.filter(pk__in=list(theirs[MOST:])).delete()
    return name


def find(actor: Actor, name: str) -> bytes | None:
    """None once it is over, and for anybody else's."""
    found = Preview.objects.filter(owner=actor.key, name=name, kept_at__gt=timezone.now() - LIFETIME).first()
    return bytes(found.data) if found else None
