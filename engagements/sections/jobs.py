"""Reminders and ends of requests, without anybody pressing a button."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from engagements.sections.models import RequestState, SectionRequest
from workflow.doors import perform_as_system
from workflow.sweep import each, task

#: No programme reminds earlier than that; the door looks at the programme's own days.
LONGEST_NOTICE = timedelta(days=60)


@task("remind-sections")
def remind_sections(now: datetime) -> int:
    """One reminder before the end of each request."""
    today = timezone.localdate(now)
    return _each("remind", now, reminded_at=None, due_on__gte=today, due_on__lte=today + LONGEST_NOTICE)


@task("expire-section-requests")
def expire_requests(now: datetime) -> int:
    """The day after the end, it is the contact's turn."""
    return _each("expire", now, due_on__lt=timezone.localdate(now))


def _each(name: str, now: datetime, **due: object) -> int:
    rows = SectionRequest.objects.filter(state=RequestState.ASKED, **due)
    waiting = rows.exclude(engagement__state__in=["closed", "cancelled"]).order_by("pk")
    return each(waiting, lambda request: perform_as_system(name, request, now=now))
