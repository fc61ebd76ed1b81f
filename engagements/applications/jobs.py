"""What happens to applications without anybody pressing a button."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import F
from django.utils import timezone

from engagements.applications.models import Application
from engagements.applications.staging_workflow import WAITING
from workflow.doors import perform_as_system
from workflow.sweep import each, task


@task("remind-of-consents")
def remind_of_consents(now: datetime) -> int:
    """Ask the approver once more, so many days before the office wants to decide; once for each paper."""
    asked = Application.objects.filter(state__in=WAITING, received_at__isnull=False)
    silent = asked.exclude(issued_hash="").exclude(consented_hash=F("issued_hash"))
    rows = silent.exclude(reminded_hash=F("issued_hash")).select_related("call__programme").order_by("pk")
    today = timezone.localdate(now)
    near = (application for application in rows if _is_near(application, today))
    return each(near, lambda application: perform_as_system("remind", application, now=now))


def _is_near(application: Application, today: date) -> bool:
    programme = application.call.programme
    due = timezone.localdate(application.received_at) + timedelta(days=programme.review_days)
    return due - timedelta(days=programme.remind_days) <= today
