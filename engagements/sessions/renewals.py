"""A new link to a record for a contact whose link ran out, while the record still waits to be confirmed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts import links
from accounts.models import SignedLink
from accounts.standings import actor_of_link
from engagements.sessions import letters, selectors
from workflow import outbox, record


def _waiting(link: SignedLink) -> tuple[Any, Any] | None:
    """The record that the link is about, as it still stands, and the contact of that address."""
    rows = selectors.complete().select_related("engagement__municipality", "engagement__programme")
    session = rows.filter(pk=link.scope.partition(":")[2], state="logged").first()
    if session is None or letters.record_version(session) != link.version:
        return None
    people = letters.contacts(session.engagement.municipality_id, timezone.localdate())
    found = next((person for person in people if person.email.casefold() == link.address.casefold()), None)
    return (session, found) if found else None


@links.renews(letters.CONFIRM_PURPOSE, when=lambda link: _waiting(link) is not None)
def confirm_again(link: SignedLink, now: datetime) -> None:
    if (found := _waiting(link)) is None:
        return
    session, person = found
    event = record(
        "session.link_sent", actor_of_link(link), stream=session.stream, context=session.context, now=now
    )
    outbox.put(letters.record_again(session, person, now), event=event, now=now)
