"""A new link to a request for a section whose link ran out, while the request is still open."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts import links
from accounts.models import SignedLink
from accounts.standings import actor_of_link
from engagements.sections import letters, selectors
from engagements.sections.models import SectionRequest
from workflow import outbox, record


def _waiting(link: SignedLink) -> SectionRequest | None:
    """The request, while somebody of the section with that address is still asked."""
    pk = link.version if link.version.isdecimal() else "0"
    request = selectors.requests().filter(pk=pk).first()
    if request is None or not request.is_open:
        return None
    town, today = request.engagement.municipality_id, timezone.localdate()
    known = (person.address.casefold() for person in letters.addressees(town, request.section_ref, today))
    return request if link.address.casefold() in known else None


@links.renews(letters.PURPOSE, when=lambda link: _waiting(link) is not None)
def ask_again(link: SignedLink, now: datetime) -> None:
    if (request := _waiting(link)) is None:
        return
    who = actor_of_link(link)
    event = record("section_request.link_sent", who, stream=request.stream, context=request.context, now=now)
    outbox.put(letters.ask(request, now, timezone.localdate(now), only=link.address), event=event, now=now)
