"""Who of a town and of the office is to be told, and whether an approver's address is the town's own."""

from __future__ import annotations

from datetime import date
from typing import Any

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
    """Whether the named approver may get a link: an account's approver, the town's mail domain, or confirmed.

    The town's domains are those of its contacts' accounts, which the office has opened. At most one query.
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
    return any(_vouches(address, role, email.casefold()) for role, email in rows)


def _vouches(address: str, role: str, email: str) -> bool:
    if role == Role.APPROVER:
        return email == address
    return email != address and email.rpartition("@")[2] == address.rpartition("@")[2]
