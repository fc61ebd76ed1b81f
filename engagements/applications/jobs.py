"""What happens to applications without anybody pressing a button."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from engagements.applications.models import Application
from engagements.applications.staging_workflow import WAITING
from workflow.doors import perform_as_system
from workflow.errors import DoorError
from workflow.sweep import task


@task("remind-of-consents")
def remind_of_consents(now: datetime) -> int:
    """Ask the approver once more, so many days before the office wants to decide; once for each paper."""
    asked = Application.objects.filter(state__in=WAITING, received_at__isnull=False)
    silent = asked.exclude(issued_hash="").exclude(consented_hash=F("issued_hash"))
    today, done = timezone.localdate(now), 0
    for application in silent.exclude(reminded_hash=F("issued_hash")).select_related("call__programme"):
        programme = application.call.programme
        due = timezone.localdate(application.received_at) + timedelta(days=programme.review_days)
        if due - timedelta(days=programme.remind_days) > today:
            continue
        try:
            perform_as_system("remind", application, now=now)
        except DoorError:
            continue
        done += 1
    return done
