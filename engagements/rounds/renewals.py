"""A new link to a dispatch request for an employer whose link ran out, while they are still asked for their consent."""

from __future__ import annotations

from datetime import datetime

from accounts import links
from accounts.models import SignedLink
from accounts.standings import actor_of_link
from engagements.rounds import mails, people, selectors
from engagements.rounds.models import Offer, OfferState
from workflow import outbox, record


def _waiting(link: SignedLink) -> Offer | None:
    """The offer whose employer's contact is still this very address and is asked about this very paper."""
    asked = selectors.offers().filter(state=OfferState.ACCEPTED, request_hash=link.version)
    offer = asked.filter(pk=link.scope.partition(":")[2]).first()
    contact = people.employer_contact(offer) if offer and offer.request_hash else None
    return offer if contact and contact.email.casefold() == link.address.casefold() else None


@links.renews(mails.CONSENT_PURPOSE, when=lambda link: _waiting(link) is not None)
def ask_again(link: SignedLink, now: datetime) -> None:
    if (offer := _waiting(link)) is None:
        return
    who = actor_of_link(link)
    event = record("offer.link_sent", who, stream=offer.stream, context=offer.context, now=now)
    outbox.put(mails.ask_employer_again(offer, now), event=event, now=now)
