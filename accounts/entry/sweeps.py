"""What ends by itself on the road in."""

from __future__ import annotations

from datetime import datetime

from accounts.entry.models import Registration, RegistrationState
from workflow import sweep
from workflow.actors import SYSTEM
from workflow.doors import perform

BATCH = 500


@sweep.task("registrations")
def expire_registrations(now: datetime) -> int:
    """Requests whose address nobody confirmed in time."""
    late = Registration.objects.filter(state=RegistrationState.REQUESTED, expires_at__lte=now)
    rows = list(late.order_by("pk")[:BATCH])
    for row in rows:
        perform("expire", row, SYSTEM, now=now)
    return len(rows)
