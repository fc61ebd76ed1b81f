"""Inviting colleagues, and taking an invitation up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from accounts.entry import letters, people
from accounts.entry.models import INVITED_ROLES, Invitation, TrustedDomain
from accounts.models import BY_ADMINS, OFFICE_ROLES, PERSON_ROLES, Role, SignedLink, User
from municipalities.models import Municipality
from workflow import authority, outbox
from workflow.actors import Actor
from workflow.doors import begin, perform
from workflow.errors import BadInput, Conflict
from workflow.log import record
from workflow.models import Visibility
from workflow.transactions import atomic

#: What a contact may give a colleague of the own town.
TOWN_INVITES = (Role.CONTACT, Role.APPROVER, Role.SECTION)


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom to invite to what. ``municipality`` is the role's town, or an advisor's employer; none for the office."""

    email: str
    role: str
    municipality: Municipality | None
    name: str = ""
    section: str = ""
    gives_role: bool = True


def roles_to_give(actor: Actor) -> list[tuple[str, Any]]:
    """The roles that somebody of the office may give or invite to, with their words."""
    admin = actor.holds(Role.ADMIN, "office")
    return [(role, words) for role, words in INVITED_ROLES if admin or role not in BY_ADMINS]


@atomic
def invite(invited: Invited, *, actor: Actor, now: datetime) -> Invitation:
    """An open invitation and its mail. Raises ``NotAllowed`` and ``BadInput`` (a sentence a field)."""
    draft = Invitation(role=invited.role, municipality=invited.municipality)
    authority.require(actor, "invitation.create", draft, now=now)
    _check(invited, actor, timezone.localdate(now))
    return make(invited, actor=actor, now=now)


def make(invited: Invited, *, actor: Actor, now: datetime) -> Invitation:
    """The row, its first event and its mail, for callers who have asked already who may."""
    invitation = Invitation.objects.create(
        email=invited.email.strip().lower(),
        name=invited.name,
        role=invited.role,
        municipality=invited.municipality,
        section=invited.section,
        gives_role=invited.gives_role,
        invited_by_id=actor.user_id,
        sent_at=now,
        expires_at=now + links.LIFETIME,
    )
    event = begin(invitation, actor, now=now, visibility=Visibility.TOWN, role=invitation.role)
    outbox.put([letters.invitation_mail(invitation, now)], event=event, now=now)
    return invitation


def _check(invited: Invited, actor: Actor, today: date) -> None:
    by_office = any(actor.holds(role, "office") for role in OFFICE_ROLES)
    if fault := _role_fault(invited, actor, by_office):
        raise BadInput({"role": [fault]})
    if invited.role == Role.SECTION and not invited.section:
        raise BadInput({"section": [_("窓口の課の名前を入れてください。")]})
    if fault := address_fault(invited, by_office=by_office, today=today):
        raise BadInput({"email": [fault]})


def _role_fault(invited: Invited, actor: Actor, by_office: bool) -> str:
    if not by_office and invited.role not in TOWN_INVITES:
        return _("この役割への招待は、事務局が行います。")
    if invited.role in BY_ADMINS and not actor.holds(Role.ADMIN, "office"):
        return _("監査と管理者への招待は、管理者が行います。")
    if invited.role in OFFICE_ROLES and invited.municipality is not None:
        return _("事務局の役割に、団体は付けられません。市区町村を空けてください。")
    if invited.role not in OFFICE_ROLES and invited.municipality is None:
        return _("この役割には市区町村が要ります(アドバイザーは勤め先)。")
    return ""


def address_fault(invited: Invited, *, by_office: bool, today: date) -> str:
    """Why this address can't be invited; empty when it can. Says nothing about accounts of other towns."""
    email = invited.email.strip().lower()
    known, town = people.account_of(email), invited.municipality
    if known is not None and _holds(known, invited, today):
        return _("この方には、もうこの役割があります。")
    open_ones = Invitation.objects.filter(
        email=email, role=invited.role, municipality=town, section=invited.section, state="open"
    )
    if open_ones.exists():
        return _("この方は、もう招待しています。届いていないときは、招待の一覧から送り直せます。")
    if town is not None and not by_office and (other := _foreign_domain(email, town)):
        return _("このアドレスは%(town)sのものです。事務局にご相談ください。") % {"town": other}
    return ""


def _holds(user: User, invited: Invited, today: date) -> bool:
    town = None if invited.role in PERSON_ROLES else invited.municipality
    held = people.in_force(user, today, role=invited.role, municipality=town)
    return held.filter(section=invited.section).exists() if invited.role == Role.SECTION else held.exists()


def _foreign_domain(email: str, town: Municipality) -> str:
    """The name of the town whose trusted domain this is, unless it is (also) the own one's."""
    rows = list(
        TrustedDomain.objects.filter(domain=people.domain_of(email), removed_at=None).select_related(
            "municipality__prefecture"
        )
    )
    if not rows or any(row.municipality_id == town.pk for row in rows):
        return ""
    return rows[0].municipality.full_name


@atomic
def accept(
    link: SignedLink, invitation: Invitation, *, actor: Actor, name: str, password: str, now: datetime
) -> User:
    """The addressee takes the invitation up; a person with an account keeps their name and password.

    Raises ``BadInput`` for a password that the validators refuse; the link is used up only when all went well.
    """
    known = people.account_of(invitation.email)
    if known is None:
        _check_password(password, User(email=invitation.email, name=name))
    links.use(link, now)
    perform("accept", invitation, actor, now=now, name=known.name if known else name)
    user = people.account_of(invitation.email)
    if user is None:
        raise Conflict(_("アカウントを作れませんでした。もう一度お試しください。"))
    if known is None:
        user.set_password(password)
        user.save(update_fields=["password"])
        record("account.password_set", actor, stream=f"account:{user.pk}", now=now)
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput({"password": error.messages}) from error
