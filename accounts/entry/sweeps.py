"""What ends by itself on the road in."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts.entry.models import Handover, Invitation, Registration, RegistrationState
from workflow.actors import SYSTEM
from workflow.doors import perform
from workflow.sweep import each, task

BATCH = 500


@task("registrations")
def expire_registrations(now: datetime) -> int:
    """Requests whose address nobody confirmed in time."""
    late = Registration.objects.filter(state=RegistrationState.REQUESTED, expires_at__lte=now)
    rows = list(late.order_by("pk")[:BATCH])
    return each(rows, lambda row: perform("expire", row, SYSTEM, now=now))


@task("invitations")
def expire_invitations(now: datetime) -> int:
    """Invitations that nobody took up in time; the inviter is told."""
    rows = list(Invitation.objects.filter(state="open", expires_at__lte=now).order_by("pk")[:BATCH])
    return each(rows, lambda row: perform("expire", row, SYSTEM, now=now))


@task("handovers")
def carry_out_handovers(now: datetime) -> int:
    """Handovers whose day has come and whose successor is there. The others wait, and their page says for whom."""
    due = Handover.objects.filter(
        state="planned", effective_on__lte=timezone.localdate(now), successor__is_active=True
    )
    rows = list(due.order_by("effective_on", "pk")[:BATCH])
    return each(rows, lambda row: perform("carry_out", row, SYSTEM, now=now))
