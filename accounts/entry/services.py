"""What people do to get in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts import links
from accounts.entry import letters, people
from accounts.entry.models import Registration, RegistrationState
from accounts.models import SignedLink
from municipalities.models import Municipality
from workflow import outbox
from workflow.actors import Actor
from workflow.doors import begin, perform
from workflow.log import record
from workflow.models import Event, Visibility
from workflow.transactions import atomic


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who asks for an account, of which town and for which role."""

    email: str
    municipality: Municipality
    section: str
    name: str
    role: str


@atomic
def request_account(wanted: Wanted, *, now: datetime) -> Registration | None:
    """A request, and the mail that confirms its address; an older open one of the same address is replaced.

    None where the address has an account already: only its owner is told, by mail. The caller shows the same page.
    """
    known, asker = people.account_of(wanted.email), Actor(kind="anonymous", id="", name=wanted.name)
    if known is not None and known.is_active:
        event = record("account.registered_again", asker, stream=f"account:{known.pk}", now=now)
        outbox.put([letters.has_account(known)], event=event, now=now)
        return None
    registration = _open_request(wanted, asker, now)
    event = record("registration.mailed", asker, stream=registration.stream, now=now)
    outbox.put([letters.to_confirm(registration, now)], event=event, now=now)
    return registration


def _open_request(wanted: Wanted, asker: Actor, now: datetime) -> Registration:
    """The open request of this address for this town, as it is wanted now; a new one where there is none."""
    values = {"section": wanted.section, "name": wanted.name, "role": wanted.role}
    expires = now + links.LIFETIME
    known = (
        Registration.objects.select_for_update(of=("self",))
        .filter(
            email__iexact=wanted.email,
            municipality=wanted.municipality,
            state=RegistrationState.REQUESTED,
        )
        .first()
    )
    if known is not None:
        Registration.objects.filter(pk=known.pk).update(**values, expires_at=expires)
        known.refresh_from_db()
        return known
    made = Registration.objects.create(
        email=wanted.email,
        municipality=wanted.municipality,
        requested_at=now,
        expires_at=expires,
        **values,
    )
    begin(made, asker, now=now, visibility=Visibility.OFFICE, role=made.role)
    return made


@atomic
def confirm_address(link: SignedLink, registration: Registration, *, actor: Actor, now: datetime) -> Event:
    """The addressee confirms; the link is used up in the same transaction, or stays whole."""
    links.use(link, now)
    return perform("confirm", registration, actor, now=now)
