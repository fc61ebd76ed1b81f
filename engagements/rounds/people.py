"""Who is written to about an offer: the employer's people, the town's contacts, the office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts.models import Membership, Role, User


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the employer is reached by when nobody there has an account."""

    name: str
    section: str
    email: str


def members(role: str, municipality_id: str | None, on: date) -> QuerySet[User]:
    """The active people who hold the role on that day, each once."""
    held = Membership.objects.filter(
        Membership.in_force(on), role=role, municipality=municipality_id, user__is_active=True
    )
    return User.objects.filter(pk__in=held.values("user")).order_by("pk")


def employer_members(offer: Any, on: date) -> QuerySet[User]:
    """Who answers for the employer with an account; never the advisor in person."""
    return members(Role.EMPLOYER, offer.advisor.employer_id, on).exclude(pk=offer.advisor.user_id)


def employer_contact(offer: Any) -> Contact | None:
    """The contact kept with the advisor; an address that is the advisor's own is none."""
    advisor = offer.advisor
    address = advisor.employer_email.strip()
    if not address or address.casefold() == advisor.user.email.casefold():
        return None
    return Contact(advisor.employer_contact, advisor.employer_section, address)


def employer_is_reachable(offer: Any, on: date) -> bool:
    return employer_contact(offer) is not None or employer_members(offer, on).exists()
