"""What happens to offers without anybody pressing a button."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from engagements.rounds.guards import OPEN
from engagements.rounds.models import Offer, OfferState
from workflow.doors import perform_as_system
from workflow.sweep import each, task

#: Where the employer or the town is asked.
ASKED = (OfferState.ACCEPTED, OfferState.EMPLOYER_CONSENTED)


@task("expire-offers")
def expire_offers(now: datetime) -> int:
    """Close every unanswered offer whose time is over; one answered meanwhile stays answered."""
    return _each("expire", Offer.objects.filter(state=OfferState.SENT, expires_at__lte=now), now)


def _each(name: str, offers: QuerySet[Offer], now: datetime) -> int:
    return each(offers.order_by("pk"), lambda offer: perform_as_system(name, offer, now=now))


@task("remind-of-offers")
def remind_of_offers(now: datetime) -> int:
    """Ask once more whoever has not answered so many days before the end; each day that was given has one reminder."""
    today = timezone.localdate(now)
    open_ = Offer.objects.filter(state__in=OPEN, escalated_at=None, answer_due__gte=today)
    waiting = open_.exclude(reminded_for=F("answer_due")).select_related("application__call__programme")
    near = [
        offer.pk
        for offer in waiting
        if offer.answer_due
        and offer.answer_due - timedelta(days=offer.application.call.programme.remind_days) <= today
    ]
    return _each("remind", Offer.objects.filter(pk__in=near), now)


@task("escalate-offers")
def escalate_offers(now: datetime) -> int:
    """Employer or town stayed silent until the day was over: the office is told, and has the turn."""
    asked = Offer.objects.filter(state__in=ASKED, escalated_at=None, answer_due__lt=timezone.localdate(now))
    return _each("escalate", asked, now)
