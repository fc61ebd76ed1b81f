"""Actors for tests that go through the whole permission table."""

from __future__ import annotations

from typing import Any

from accounts import permissions
from accounts.models import OFFICE_ROLES, Role
from accounts.table import TABLE
from workflow.actors import Actor, Standing

FOREIGN = (
    "municipality:011002",
    "section:011002/住民課",
    "engagement:999999",
    "person:999999",
    "application:999999",
    "plan:999999",
    "offer:999999",
)


def _actor(role: str, scopes: set[str]) -> Actor:
    standings = frozenset(Standing(role, scope) for scope in scopes)
    return Actor(kind="user", id="1", name="見本 花子", user_id=None, standings=standings)


def related(role: str, obj: Any, resource: str) -> Actor:
    """Somebody who holds the role over every scope that the table knows for this object."""
    own = [grants for action, grants in TABLE.items() if action.startswith(f"{resource}.")]
    names = {name for grants in own for name in grants.get(role, ())}
    scopes = set()
    for name in names:
        relation = permissions.relation_of(resource, name)
        assert relation is not None
        scopes.add(relation.scope_of(obj) if relation.scope_of else "office")
    if role in OFFICE_ROLES or role == Role.SYSTEM:
        scopes.add("office")
    scopes = {scope for scope in scopes if not scope.endswith(":None")}
    return _actor(role, scopes or {"municipality:011002"})


def foreign(role: str) -> Actor:
    """Somebody who holds the role elsewhere."""
    return _actor(role, set(FOREIGN))
