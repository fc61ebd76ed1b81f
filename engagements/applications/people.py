"""Who of a town and of the office is to be told, and whether an approver's address is the town's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from accounts.entry.models import TrustedDomain
from accounts.entry.people import domain_of
from accounts.models import Membership, Role


def _addresses(on: date, **held: Any) -> list[str]:
    rows = Membership.objects.filter(Membership.in_force(on), user__is_active=True, **held)
    return sorted(set(rows.values_list("user__email", flat=True)))


def contact_addresses(application: Any, *, on: date) -> list[str]:
    """The town's contacts in force; the address on the application where nobody has an account. One query."""
    known = _addresses(on, role=Role.CONTACT, municipality=application.municipality_id)
    return known or [address for address in (application.contact_email,) if address]


def office_addresses(*, on: date) -> list[str]:
    """Everybody in the secretariat. One query."""
    return _addresses(on, role=Role.SECRETARIAT)


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
