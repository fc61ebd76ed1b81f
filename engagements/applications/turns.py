"""Whose turn an application is, and by when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagements.applications.guards import keeps_time_until
from workflow.doors import Turn


def _town(application: Any) -> str:
    return f"municipality:{application.municipality_id}"


def _office(application: Any) -> str:
    return "office"


def review_due(application: Any) -> date | None:
    """The day by which the office wants to have decided; None before the receipt."""
    if application.received_at is None:
        return None
    return timezone.localdate(application.received_at) + timedelta(
        days=application.call.programme.review_days
    )


def _resubmit_due(application: Any) -> date | None:
    return timezone.localdate(keeps_time_until(application)) if application.returned_at else None


def _closing_day(application: Any) -> date | None:
    return timezone.localdate(application.call.closes_at) if application.call.closes_at else None


WRITING = Turn("contact", _town, _("申込を書く"), _closing_day)
MENDING = Turn("contact", _town, _("申込を直して提出する"), _resubmit_due, "secretariat")
APPROVING = Turn("approver", _town, _("申込の承認"), review_due, "secretariat")
REVIEWING = Turn("secretariat", _office, _("申込の確認"), review_due, "contact")
QUEUING = Turn("secretariat", _office, _("順番待ちの申込の受理"), waiter="contact")
OFFERING = Turn("secretariat", _office, _("アドバイザーへの打診"), waiter="contact")


def of(*, awaiting_consent: bool) -> dict[str, Turn]:
    """The turn in each state; while a paper awaits the approver's consent, it is the approver's."""
    return {
        "draft": WRITING,
        "submitted": APPROVING if awaiting_consent else REVIEWING,
        "returned": MENDING,
        "waitlisted": APPROVING if awaiting_consent else QUEUING,
        "accepted": OFFERING,
    }
