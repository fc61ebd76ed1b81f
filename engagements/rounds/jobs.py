"""What happens to offers without anybody pressing a button."""

from __future__ import annotations

from datetime import datetime

from engagements.rounds.models import Offer, OfferState
from workflow.doors import perform_as_system
from workflow.errors import DoorError
from workflow.sweep import task


@task("expire-offers")
def expire_offers(now: datetime) -> int:
    """Close every unanswered offer whose time is over; one answered meanwhile stays answered."""
    done = 0
    for offer in Offer.objects.filter(state=OfferState.SENT, expires_at__lte=now).order_by("pk"):
        try:
            perform_as_system("expire", offer, now=now)
        except DoorError:
            continue
        done += 1
    return done
