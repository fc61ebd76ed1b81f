"""Loading the demonstration."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from engagements.models import Engagement
from engagements.programme import services as programme
from oversight.demo import bulk, entry, next_year, people, stages


@transaction.atomic
def load(now: datetime) -> int:
    """Everybody and every stage, whole or not at all; returns how many engagements there are."""
    programme.seed()
    people.make_everybody(timezone.localdate(now))
    stages.walk_all(now)
    next_year.prepare(now)
    entry.prepare(now)
    return Engagement.objects.count()


def scale(number: int) -> int:
    """Engagements over ten fiscal years until there are ``number``; returns how many were added."""
    return bulk.scale(number, timezone.now())
