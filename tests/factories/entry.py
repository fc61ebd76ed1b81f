"""People on their way in: requests for an account, at the start of their road."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.entry import services
from accounts.entry.models import Registration, TrustedDomain
from accounts.models import SignedLink
from municipalities.models import Municipality
from tests.municipalities.factories import MunicipalityFactory
from workflow.models import Outbox


def registration(
    *, email: str = "", town: Municipality | None = None, now: datetime | None = None, **changes: Any
) -> Registration:
    """A request whose address is not confirmed yet."""
    number = Registration.objects.count()
    wanted = services.Wanted(
        **{
            "email": email or f"new{number}@town.example.test",
            "municipality": town or MunicipalityFactory(),
            "section": "総務課",
            "name": "仮名 一子",
            "role": "contact",
        }
        | changes
    )
    made = services.request_account(wanted, now=now or timezone.now())
    assert made is not None
    return made


def trust(town: Municipality, domain: str) -> TrustedDomain:
    return TrustedDomain.objects.create(municipality=town, domain=domain)


def link_path(address: str) -> str:
    """The path of the newest signed link that was mailed to an address."""
    rows = Outbox.objects.filter(kind="mail", address=address, body__contains="/l/").order_by("-pk")
    body = rows[0].body
    return "/l/" + body.partition("/l/")[2].split()[0]


def link_of(address: str) -> SignedLink:
    return SignedLink.objects.filter(address=address).latest("pk")
