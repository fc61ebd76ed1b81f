"""People on their way in: requests for an account, at the start of their road."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core import mail
from django.utils import timezone

from accounts.entry import handing_over, inviting, services
from accounts.entry.models import Handover, Invitation, Registration, TrustedDomain
from accounts.models import Role, SectionMailbox, SignedLink
from accounts.standings import actor_for
from municipalities.models import Municipality
from tests.factories.engagements import member
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
    return "/l/" + letter_to(address).partition("/l/")[2].split()[0]


def letter_to(address: str) -> str:
    """The text of the newest mail with a link to an address: one that waits, else the last that was sent."""
    waiting = Outbox.objects.filter(kind="mail", address=address, body__contains="/l/").order_by("-pk")
    sent = (
        str(letter.body)
        for letter in reversed(mail.outbox)
        if letter.to == [address] and "/l/" in letter.body
    )
    return waiting[0].body if waiting else next(sent)


def link_of(address: str) -> SignedLink:
    return SignedLink.objects.filter(address=address).latest("pk")


def invitation(town: Municipality | None = None, **changes: Any) -> Invitation:
    """An open invitation by a contact of the town."""
    town = town or MunicipalityFactory()
    values = {"email": f"colleague{Invitation.objects.count()}@office.example.test", "role": "contact"}
    inviter = actor_for(member(Role.CONTACT, town))
    invited = inviting.Invited(**{**values, "municipality": town, **changes})
    return inviting.invite(invited, actor=inviter, now=timezone.now())


def handover(days: int = 30, town: Municipality | None = None) -> Handover:
    """Planned for a day to come, from one contact of a town to a colleague."""
    town = town or MunicipalityFactory()
    leaver, successor = member(Role.CONTACT, town), member(Role.SECTION, town)
    return handing_over.plan(
        leaver.memberships.get(),
        successor=handing_over.Successor(successor),
        effective_on=timezone.localdate() + timedelta(days=days),
        actor=actor_for(leaver),
        now=timezone.now(),
    )


def mailbox(town: Municipality | None = None) -> SectionMailbox:
    return SectionMailbox.objects.create(
        municipality=town or MunicipalityFactory(), section="税務課", email="zeimu@town.example.test"
    )
