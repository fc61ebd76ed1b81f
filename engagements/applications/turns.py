"""Whose turn an application is, and by when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagements.applications.guards import keeps_time_until
from workflow.doors import Turn
from workflow.models import Span


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


def _ask_due(application: Any) -> date | None:
    """So many days after the acceptance, or after the last offer came to nothing. One query."""
    if application.decided_at is None:
        return None
    offers = Span.objects.filter(context=application.context, machine="offer", left_at=None, turn_role="")
    ended = offers.order_by("-entered_at").values_list("entered_at", flat=True).first()
    began = max(application.decided_at, ended) if ended else application.decided_at
    return timezone.localdate(began) + timedelta(days=application.call.programme.ask_days)


WRITING = Turn("contact", _town, _("申込を書く"), _closing_day)
MENDING = Turn("contact", _town, _("申込を直して提出する"), _resubmit_due, "secretariat")
APPROVING = Turn("approver", _town, _("申込の承認"), review_due, "secretariat")
REVIEWING = Turn("secretariat", _office, _("申込の確認"), review_due, "contact")
QUEUING = Turn("secretariat", _office, _("順番待ちの申込の受理"), waiter="contact")
OFFERING = Turn("secretariat", _office, _("アドバイザーへの打診"), _ask_due, waiter="contact")


#: Given an accepted application: the turn of whoever is asked to serve it; None while nobody is.
Asked = Callable[[Any], "Turn | None"]
_asked: list[Asked] = []


def asks_elsewhere(function: Asked) -> Asked:
    """Register the room that asks for an accepted application: while somebody there has to answer, it is their turn."""
    if function not in _asked:
        _asked.append(function)
    return function


def asked_for(application: Any) -> Turn | None:
    """Whose answer an accepted application waits for; None where the office has to ask somebody."""
    return next((turn for function in _asked if (turn := function(application)) is not None), None)


def whose(application: Any) -> Turn | None:
    """Whose turn the application is, as every page says it, also where another room's object carries that turn."""
    found: Turn | None = application.turns.get(str(application.state))
    return found or (asked_for(application) if application.state == "accepted" else None)


def of(*, awaiting_consent: bool, asked: bool) -> dict[str, Turn]:
    """The turn in each state; while a paper awaits the approver's consent, it is the approver's.

    ``asked``: somebody is asked to serve; what they are asked with carries the turn, and the application none.
    """
    found = {
        "draft": WRITING,
        "submitted": APPROVING if awaiting_consent else REVIEWING,
        "returned": MENDING,
        "waitlisted": APPROVING if awaiting_consent else QUEUING,
        "accepted": OFFERING,
    }
    return {state: turn for state, turn in found.items() if not (asked and state == "accepted")}
