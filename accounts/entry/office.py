"""What the office does with accounts, each with its reason in the log; and its list for April."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.entry import letters, people
from accounts.entry.models import Handover, TrustedDomain
from accounts.models import BY_ADMINS, TOWN_ROLES, Membership, Role, User
from municipalities.dates import era_date
from municipalities.models import Municipality
from municipalities.text import fold
from workflow import authority, outbox
from workflow.actors import Actor
from workflow.errors import BadInput, Conflict
from workflow.log import record
from workflow.outbox import Mail
from workflow.transactions import atomic

FULL = Prefetch(
    "memberships", Membership.objects.select_related("municipality__prefecture").order_by("valid_from", "pk")
)


def accounts(query: str, role: str, on: date) -> QuerySet[User]:
    """Everybody with an account, by name; narrowed by what is typed and by a role in force."""
    rows = User.objects.order_by("name", "pk").prefetch_related(FULL)
    if key := fold(query.strip()):
        rows = rows.filter(search_key__contains=key)
    if role in Role.values:
        rows = rows.filter(
            pk__in=Membership.objects.filter(Membership.in_force(on), role=role).values("user")
        )
    return rows


def _may(actor: Actor, now: datetime, action: str = "account.manage") -> None:
    authority.require(actor, action, None, now=now)


def _needs(reason: str) -> str:
    if not reason.strip():
        raise BadInput({"reason": [_("理由を書いてください。記録に残ります。")]})
    return reason.strip()


def _admins_only(role: str, actor: Actor) -> None:
    if role in BY_ADMINS and not actor.holds(Role.ADMIN, "office"):
        raise BadInput({"role": [_("監査と管理者の役割は、管理者だけが扱えます。")]})


@atomic
def give_role(
    user: User,
    *,
    role: str,
    municipality: Municipality | None,
    section: str,
    valid_from: date,
    valid_to: date | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Membership:
    """A role for a period. Raises ``BadInput`` for a role without its town and for days out of order."""
    _may(actor, now)
    _admins_only(role, actor)
    _needs(reason)
    if (role in TOWN_ROLES) != (municipality is not None):
        raise BadInput(
            {"municipality": [_("町の役割には市区町村を入れ、そのほかの役割では空けてください。")]}
        )
    if valid_to is not None and valid_to < valid_from:
        raise BadInput({"valid_to": [_("終わりの日が、始まりの日より前です。")]})
    town = municipality.pk if municipality else None
    held = people.in_force(user, valid_from, role=role, municipality=town)
    if (held.filter(section=section) if role == Role.SECTION else held).exists():
        raise BadInput({"role": [_("この方には、もうこの役割があります。")]})
    return people.give_role(
        user,
        role=role,
        municipality_id=town,
        section=section,
        actor=actor,
        now=now,
        valid_from=valid_from,
        valid_to=valid_to,
        reason=reason,
    )


@atomic
def end_role(held: Membership, *, last_day: date, reason: str, actor: Actor, now: datetime) -> None:
    """The role ends with that day, today or later, or earlier than it would have."""
    _may(actor, now)
    _admins_only(held.role, actor)
    _needs(reason)
    if last_day < held.valid_from:
        sentence = _("この役割は%(day)sからです。それより前の日では終えられません。")
        raise BadInput({"last_day": [sentence % {"day": era_date(held.valid_from)}]})
    people.end_role(held, last_day=last_day, actor=actor, now=now, reason=reason)


@atomic
def stop(user: User, *, reason: str, actor: Actor, now: datetime) -> None:
    """No sign-in from now on; roles and history stay. Nobody stops themselves."""
    _may(actor, now)
    if user.pk == actor.user_id:
        raise BadInput({"reason": [_("ご自分のアカウントは止められません。ほかの管理者に頼んでください。")]})
    if people.in_force(user, timezone.localdate(now), role=Role.ADMIN).exists():
        _admins_only(Role.ADMIN, actor)
    people.set_active(user, False, actor=actor, now=now, reason=_needs(reason))


@atomic
def restart(user: User, *, reason: str, actor: Actor, now: datetime) -> None:
    _may(actor, now)
    people.set_active(user, True, actor=actor, now=now, reason=_needs(reason))


@atomic
def send_password_link(user: User, *, actor: Actor, now: datetime) -> None:
    """A new link to the account's own address."""
    _may(actor, now)
    if not user.is_active:
        raise Conflict(_("このアカウントは止められています。先に再開してください。"))
    event = record("account.password_link", actor, stream=f"account:{user.pk}", now=now)
    outbox.put([letters.set_password(user)], event=event, now=now)


@atomic
def change_address(user: User, *, email: str, reason: str, actor: Actor, now: datetime) -> None:
    """The address by which somebody signs in is another one; the old one and the new one are told.

    A domain may vouch for it, so nobody changes their own. Raises ``BadInput`` for one that another account has.
    Whoever has the address has the account: those that only administrators make, only they give another address.
    """
    _may(actor, now)
    for role in people.in_force(user, timezone.localdate(now)).values_list("role", flat=True):
        _admins_only(role, actor)
    if user.pk == actor.user_id:
        raise BadInput({"email": [_("ご自分のアドレスは変えられません。ほかの管理者に頼んでください。")]})
    people.change_address(user, email, actor=actor, now=now, reason=_needs(reason))


@atomic
def trust(municipality: Municipality, domain: str, *, actor: Actor, now: datetime) -> TrustedDomain:
    """The domain vouches for the municipality's people from now on."""
    _may(actor, now, "account.trust")
    name = domain.strip().casefold().removeprefix("@")
    if "." not in name or any(char.isspace() or char == "@" for char in name):
        raise BadInput({"domain": [_("ドメインの形ではありません。例: town.kuzumaki.example")]})
    known = TrustedDomain.objects.filter(municipality=municipality, domain=name, removed_at=None)
    if known.exists():
        raise BadInput({"domain": [_("この団体のドメインとして、もう登録されています。")]})
    made = TrustedDomain.objects.create(municipality=municipality, domain=name, created_at=now)
    _log_domain("account.domain_trusted", made, "", actor, now)
    return made


@atomic
def distrust(row: TrustedDomain, *, reason: str, actor: Actor, now: datetime) -> None:
    """Whoever asks from now on is checked by the office; those who are in stay."""
    _may(actor, now, "account.trust")
    fresh = TrustedDomain.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if fresh.removed_at is not None:
        raise Conflict(_("このドメインは、もう外されています。"))
    fresh.removed_at = now
    fresh.save(update_fields=["removed_at"])
    _log_domain("account.domain_removed", fresh, _needs(reason), actor, now)


def _log_domain(kind: str, row: TrustedDomain, reason: str, actor: Actor, now: datetime) -> None:
    record(
        kind,
        actor,
        stream=f"domain:{row.pk}",
        data={"domain": row.domain, "municipality": row.municipality_id},
        personal={"reason": reason} if reason else {},
        now=now,
    )


# --- April ---------------------------------------------------------------------------


def without_successor(on: date) -> QuerySet[Membership]:
    """Contacts in force for whom nobody has planned a handover, those whose period ends first."""
    planned = Handover.objects.filter(
        state="planned",
        leaver=OuterRef("user"),
        municipality=OuterRef("municipality"),
        role=OuterRef("role"),
    )
    rows = Membership.objects.filter(Membership.in_force(on), role=Role.CONTACT, user__is_active=True)
    return (
        rows.exclude(Exists(planned))
        .select_related("user", "municipality__prefecture")
        .order_by("valid_to", "municipality", "pk")
    )


def without_role(on: date) -> QuerySet[User]:
    """Active accounts whose every role is over; those with one to come are left alone."""
    held = Membership.objects.filter(user=OuterRef("pk")).exclude(valid_to__lt=on)
    awaited = Handover.objects.filter(successor=OuterRef("pk"), state="planned")
    rows = User.objects.filter(is_active=True).exclude(Exists(held)).exclude(Exists(awaited))
    return rows.prefetch_related(FULL).order_by("name", "pk")


def waiting_handovers() -> QuerySet[Handover]:
    return Handover.objects.filter(state="planned").select_related(
        "municipality__prefecture", "leaver", "successor", "invitation"
    )


@atomic
def ask_for_successors(held: Iterable[Membership], *, actor: Actor, now: datetime) -> int:
    """One mail to each of these people: name your successor."""
    _may(actor, now)
    asked = 0
    for row in held:
        event = record("account.successor_asked", actor, stream=f"account:{row.user_id}", now=now)
        town = row.municipality.full_name if row.municipality else ""
        mail: Mail = letters.successor_is_asked(row.user, town, f"/accounts/roles/{row.pk}/hand-over/")
        outbox.put([mail], event=event, now=now)
        asked += 1
    return asked


@atomic
def stop_many(users: Iterable[User], *, reason: str, actor: Actor, now: datetime) -> int:
    """All of these or none."""
    rows = list(users)
    for user in rows:
        stop(user, reason=reason, actor=actor, now=now)
    return len(rows)
