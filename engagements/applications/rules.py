"""Relations of people to calls and applications."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from accounts import permissions
from engagements.applications.models import UNANNOUNCED, Application, Call, Release
from workflow.actors import Actor


def _typed(actor: Actor, role: str, application: Any) -> bool:
    return bool(actor.holds(role, permissions.OFFICE) and application.typed_by_office)


def _typed_rows(actor: Actor, role: str) -> Q:
    return Q(typed_by_office=True) if actor.holds(role, permissions.OFFICE) else Q(pk__in=[])


permissions.resource("call", Call)
permissions.register(
    "call",
    permissions.Relation(
        "announced",
        lambda actor, role, call: call is not None and call.state not in UNANNOUNCED,
        lambda actor, role: ~Q(state__in=UNANNOUNCED),
    ),
)
permissions.resource("application", Application)
permissions.scoped("application", "municipality", "municipality_id")
permissions.scoped("application", "application", "pk")
permissions.scoped("application", "engagement", "engagement_id")
permissions.register("application", permissions.Relation("typed", _typed, _typed_rows))
permissions.resource("release", Release)
