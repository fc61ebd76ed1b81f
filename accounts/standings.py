"""From a person to an actor: the roles that are in force today."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from django.utils import timezone

from accounts.models import Membership, Role, SignedLink, User
from workflow.actors import Actor, Standing

Provider = Callable[[User, date], Iterable[Standing]]
_providers: list[Provider] = []


def provides_standings(provider: Provider) -> Provider:
    """Register a room that gives people roles of its own (an engagement's advisor)."""
    _providers.append(provider)
    return provider


def actor_for(user: User, *, on: date | None = None) -> Actor:
    """The person with every standing of that day (today by default); constant number of queries."""
    day = on or timezone.localdate()
    own = list(
        Membership.objects.filter(Membership.in_force(day), user=user).select_related(
            "municipality__prefecture"
        )
    )
    body = next((row.municipality.full_name for row in own if row.municipality), "")
    given = [standing for provider in _providers for standing in provider(user, day)]
    standings = frozenset([*(Standing(row.role, scope) for row in own for scope in row.scopes), *given])
    if not body and any(s.scope == "office" for s in standings):
        body = str(Role.SECRETARIAT.label)
    return Actor(
        kind="user", id=str(user.pk), name=user.name, body=body, user_id=user.pk, standings=standings
    )


def actor_of_link(link: SignedLink) -> Actor:
    """The addressee of a signed link: one role over one scope."""
    return Actor(
        kind="link",
        id=str(link.pk),
        name=link.name or link.address,
        standings=frozenset({Standing(link.role, link.scope)}),
    )
