"""Accounts and roles as the steps of getting in change them. Within the caller's transaction; never asks who may."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import sign_ins
from accounts.models import Membership, Role, User
from workflow.actors import Actor
from workflow.errors import BadInput, Conflict
from workflow.log import record


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].strip().casefold()


account_of = sign_ins.account_at


def open_account(
    *, email: str, name: str, section: str, actor: Actor, now: datetime, password: str | None = None
) -> User:
    """A new person without a role. Its address counts as confirmed: a link that was sent there has been used."""
    user = User.objects.create_user(email, name=name, section=section, password=password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    record("account.created", actor, stream=f"account:{user.pk}", now=now)
    return user


def in_force(user: User, on: date, **held: Any) -> QuerySet[Membership]:
    return Membership.objects.filter(Membership.in_force(on), user=user, **held)


def give_role(
    user: User,
    *,
    role: str,
    municipality_id: str | None,
    section: str,
    actor: Actor,
    now: datetime,
    valid_from: date | None = None,
    valid_to: date | None = None,
    reason: str = "",
) -> Membership:
    """The role from a day (today by default); the one that is in force then already if there is one."""
    User.objects.select_for_update().get(pk=user.pk)  # two at once give it once
    day = valid_from or timezone.localdate(now)
    known = in_force(user, day, role=role, municipality=municipality_id)
    if role == Role.SECTION:
        known = known.filter(section=section)
    if (held := known.first()) is not None:
        return held
    held = Membership.objects.create(
        user=user,
        role=role,
        municipality_id=municipality_id,
        section=section if role == Role.SECTION else "",
        valid_from=day,
        valid_to=valid_to,
    )
    record(
        "account.role_given",
        actor,
        stream=f"account:{user.pk}",
        data=_told(held),
        personal={"reason": reason} if reason else {},
        now=now,
    )
    return held


def end_role(held: Membership, *, last_day: date, actor: Actor, now: datetime, reason: str = "") -> None:
    """The role ends with that day. One that would never have been in force leaves its table; the log keeps it."""
    held = _locked(held)
    told = _told(held) | {"valid_to": last_day.isoformat()}
    if last_day < held.valid_from:
        held.delete()
    else:
        held.valid_to = last_day
        held.save(update_fields=["valid_to"])
    record(
        "account.role_ended",
        actor,
        stream=f"account:{held.user_id}",
        data=told,
        personal={"reason": reason} if reason else {},
        now=now,
    )


def end_at_once(held: Membership, *, actor: Actor, now: datetime, reason: str) -> None:
    """The role is over from this moment; an account without another one is stopped."""
    today = timezone.localdate(now)
    user = held.user
    end_role(held, last_day=today - timedelta(days=1), actor=actor, now=now, reason=reason)
    if not in_force(user, today).exists():
        set_active(user, False, actor=actor, now=now, reason=reason)


def set_active(user: User, active: bool, *, actor: Actor, now: datetime, reason: str) -> None:
    if not User.objects.filter(pk=user.pk).exclude(is_active=active).update(is_active=active):
        return
    user.is_active = active
    record(
        "account.restarted" if active else "account.stopped",
        actor,
        stream=f"account:{user.pk}",
        personal={"reason": reason},
        now=now,
    )


def change_address(user: User, email: str, *, actor: Actor, now: datetime, reason: str) -> None:
    """The address of sign-in and of every mail. Raises ``BadInput`` for one that an account has already."""
    fresh = User.objects.select_for_update().get(pk=user.pk)
    old, new = fresh.email, User.objects.normalize_email(email.strip())
    if account_of(new) is not None:
        raise BadInput({"email": [_("このアドレスのアカウントは、もうあります。")]})
    fresh.email = user.email = new
    fresh.save()
    EmailAddress.objects.filter(user=fresh).delete()
    EmailAddress.objects.create(user=fresh, email=new, verified=True, primary=True)
    sign_ins.address_changed(fresh, old, by=actor, reason=reason, now=now)


def _locked(held: Membership) -> Membership:
    """The role as it stands now, held until the end of the transaction. Raises Conflict where it is gone."""
    fresh = Membership.objects.select_for_update(of=("self",)).filter(pk=held.pk).first()
    if fresh is None:
        raise Conflict(_("この役割は、ほかの方がもう終わらせました。画面を開き直してください。"))
    return fresh


def _told(held: Membership) -> dict[str, Any]:
    return {
        "role": held.role,
        "municipality": held.municipality_id or "",
        "section": held.section,
        "valid_from": held.valid_from.isoformat(),
        "valid_to": held.valid_to.isoformat() if held.valid_to else "",
    }


def set_end(held: Membership, last_day: date | None, *, actor: Actor, now: datetime, reason: str) -> None:
    """The role lasts until that day (None: without an end), as if nobody had ended it."""
    held = _locked(held)
    held.valid_to = last_day
    held.save(update_fields=["valid_to"])
    record(
        "account.role_prolonged",
        actor,
        stream=f"account:{held.user_id}",
        data=_told(held),
        personal={"reason": reason},
        now=now,
    )
