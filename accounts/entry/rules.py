"""Relations of people to what they asked for, and what a confirmed address of a trusted domain brings about."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts import links, permissions
from accounts.entry import letters
from accounts.entry.models import Handover, Invitation, Registration
from accounts.entry.people import account_of
from accounts.models import SectionMailbox, SignedLink
from accounts.standings import actor_of_link
from workflow import outbox
from workflow.doors import perform_as_system, turn_anew
from workflow.events import Happening, on
from workflow.log import record

permissions.resource("registration", Registration)
permissions.scoped("registration", "registration", "pk", name="addressee")
permissions.resource("invitation", Invitation)
permissions.scoped("invitation", "invitation", "pk", name="addressee")
permissions.scoped("invitation", "municipality", "municipality_id")
permissions.resource("handover", Handover)
permissions.scoped("handover", "municipality", "municipality_id")
permissions.resource("mailbox", SectionMailbox)
permissions.scoped("mailbox", "municipality", "municipality_id")
permissions.scoped("municipality", "municipality", "pk")


@on("registration.confirm")
def admit_trusted(happening: Happening) -> None:
    """A trusted domain passes at once; a stopped account stays the office's question."""
    registration = happening.obj
    if registration.trusted and not _is_stopped(registration.email):
        perform_as_system("admit", registration, now=happening.now)


def _is_stopped(email: str) -> bool:
    known = account_of(email)
    return known is not None and not known.is_active


@on("invitation.accept")
def successor_arrives(happening: Happening) -> None:
    """A successor who had no account has one now; a day that has passed meanwhile is made good at once."""
    handover = Handover.objects.filter(invitation=happening.obj.pk, state="planned").first()
    if handover is None:
        return
    Handover.objects.filter(pk=handover.pk).update(successor=happening.obj.accepted_by)
    handover.refresh_from_db()
    turn_anew(handover)
    if handover.effective_on <= timezone.localdate(happening.now):
        perform_as_system("carry_out", handover, now=happening.now)


@on("handover.take_back")
def close_its_invitation(happening: Happening) -> None:
    """Nobody is asked any more for a handover that was taken back."""
    invitation = happening.obj.invitation
    if invitation is not None and invitation.state in ("open", "expired"):
        perform_as_system("withdraw", invitation, now=happening.now)


def _registration(link: SignedLink) -> Registration | None:
    return Registration.objects.filter(pk=link.scope.partition(":")[2], state="requested").first()


@links.renews(letters.CONFIRM_PURPOSE, when=lambda link: _registration(link) is not None)
def confirm_again(link: SignedLink, now: datetime) -> None:
    if (registration := _registration(link)) is not None:
        Registration.objects.filter(pk=registration.pk).update(expires_at=now + links.LIFETIME)
        event = record("registration.mailed", actor_of_link(link), stream=registration.stream, now=now)
        outbox.put([letters.to_confirm(registration, now)], event=event, now=now)


def _invitation(link: SignedLink) -> Invitation | None:
    rows = Invitation.objects.filter(pk=link.scope.partition(":")[2], email=link.address)
    return rows.filter(state__in=("open", "expired")).first()


@links.renews(letters.INVITE_PURPOSE, when=lambda link: _invitation(link) is not None)
def invite_again(link: SignedLink, now: datetime) -> None:
    if (invitation := _invitation(link)) is not None:
        perform_as_system("resend", invitation, now=now)
