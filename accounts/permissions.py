"""The one permission table: action × role × relation to the object. What is not here is refused.

An action is ``resource.verb``; transitions are actions of their machine. A relation is a predicate and its queryset
twin, registered by the room that owns the model (``scoped`` makes both from one path).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from accounts.table import TABLE
from workflow.actors import Actor

OFFICE = "office"

M = TypeVar("M", bound=Model)
Predicate = Callable[[Actor, str, Any], bool]
Twin = Callable[[Actor, str], Q]


@dataclass(frozen=True, slots=True)
class Relation:
    """``holds`` asks about one object, ``twin`` selects all objects for which it would say yes.

    ``scope_of`` gives the scope over which a role has to be held for the object, where there is one.
    """

    name: str
    holds: Predicate
    twin: Twin
    scope_of: Callable[[Any], str] | None = None


_relations: dict[tuple[str, str], Relation] = {}
_resources: dict[str, type[Model] | None] = {}


def resource(name: str, model: type[Model] | None = None) -> None:
    """Register what the first half of an action means; without a model, the office relation is the only one."""
    _resources[name] = model


def resources() -> dict[str, type[Model] | None]:
    return dict(_resources)


def register(resource_name: str, relation: Relation) -> None:
    _relations[resource_name, relation.name] = relation


def relation_of(resource_name: str, name: str) -> Relation | None:
    return _OFFICE if name == OFFICE else _relations.get((resource_name, name))


def _follow(obj: Any, path: str) -> Any:
    for part in path.split("__"):
        obj = getattr(obj, part, None)
    return obj


def scoped(resource_name: str, kind: str, path: str, *, name: str = "") -> None:
    """Register a relation: the value at ``path`` is the id of a scope of that kind over which the role is held."""

    def holds(actor: Actor, role: str, obj: Any) -> bool:
        value = _follow(obj, path)
        return value is not None and str(value) in actor.scopes(role, kind)

    def twin(actor: Actor, role: str) -> Q:
        return Q(**{f"{path}__in": sorted(actor.scopes(role, kind))})

    def scope_of(obj: Any) -> str:
        return f"{kind}:{_follow(obj, path)}"

    register(resource_name, Relation(name or kind, holds, twin, scope_of))


_OFFICE = Relation(OFFICE, lambda actor, role, obj: actor.holds(role, OFFICE), lambda actor, role: Q())


def _entries(action: str) -> dict[str, tuple[str, ...]]:
    return TABLE.get(action, {})


def may_somewhere(actor: Actor, action: str) -> bool:
    """Whether the actor holds any role to which the table grants the action for some object."""
    return any(actor.has_role(role) for role in _entries(action))


def allows(actor: Actor, action: str, obj: Any) -> bool:
    """Whether the table grants the action on this object (``None``: on the office itself)."""
    resource_name = action.split(".")[0]
    for role, names in _entries(action).items():
        if not actor.has_role(role):
            continue
        for name in names:
            relation = relation_of(resource_name, name)
            if relation is not None and relation.holds(actor, role, obj):
                return True
    return False


def visible(actor: Actor, action: str, queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows on which the table grants the action: the queryset twin of ``allows``."""
    resource_name = action.split(".")[0]
    condition, granted = Q(), False
    for role, names in _entries(action).items():
        if not actor.has_role(role):
            continue
        for name in names:
            if name == OFFICE:
                if actor.holds(role, OFFICE):
                    return queryset
                continue
            relation = relation_of(resource_name, name)
            if relation is not None:
                condition, granted = condition | relation.twin(actor, role), True
    return queryset.filter(condition) if granted else queryset.none()
