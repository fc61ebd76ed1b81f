"""Who of a town and of the office is to be told, and whether an approver's address is the town's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from accounts import letters
from accounts.entry.models import TrustedDomain
from accounts.entry.people import domain_of
from accounts.letters import Reader
from accounts.models import Membership, Role, User


def _members(on: date, **held: Any) -> list[Reader]:
    rows = Membership.objects.filter(Membership.in_force(on), **held)
    users = User.objects.filter(pk__in=rows.values("user"), is_active=True)
    return letters.readers(users.order_by("email"))


def contacts(application: Any, *, on: date) -> list[Reader]:
    """The town's contacts in force; who stands on the application where nobody has an account."""
    known = _members(on, role=Role.CONTACT, municipality=application.municipality_id)
    if known or not application.contact_email:
        return known
    return [
        letters.reader_at(
            application.contact_email,
            name=application.contact_name,
            body=application.municipality.full_name,
            section=application.contact_section,
        )
    ]


def office(*, on: date) -> list[Reader]:
    """Everybody in the secretariat."""
    return _members(on, role=Role.SECRETARIAT)


def approver_is_known(application: Any, *, on: date) -> bool:
    """Whether the named approver may get a link: an account's approver, a domain of the town's, or confirmed.

    A domain vouches where the office entered it for this town; a contact's own address never does. At most two queries.
    """
    address = application.approver_email.strip().casefold()
    if not address:
        return False
    if address == application.approver_confirmed.strip().casefold():
        return True
    rows = Membership.objects.filter(
        Membership.in_force(on),
        role__in=[Role.CONTACT, Role.APPROVER],
        municipality=application.municipality_id,
        user__is_active=True,
    ).values_list("role", "user__email")
    roles = {role for role, email in rows if email.casefold() == address}
    if roles:
        return Role.APPROVER in roles
    trusted = TrustedDomain.objects.filter(municipality=application.municipality_id, removed_at=None)
    return trusted.filter(domain=domain_of(address)).exists()
