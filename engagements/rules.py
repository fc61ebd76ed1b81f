"""Relations of people to engagements: their town's, or those in which they hold a role."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from accounts import permissions
from accounts.models import User
from accounts.standings import provides_standings
from engagements.models import Engagement, EngagementRole
from workflow.actors import Standing


@provides_standings
def roles_in_engagements(user: User, on: date) -> Iterable[Standing]:
    rows = EngagementRole.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=on), user=user, valid_from__lte=on
    )
    return [Standing(row.role, f"engagement:{row.engagement_id}") for row in rows]


def relate(resource: str, path: str = "") -> None:
    """Give a resource the two relations of an engagement, found at ``path`` from its model (empty: itself)."""
    prefix = f"{path}__" if path else ""
    permissions.scoped(resource, "municipality", f"{prefix}municipality_id")
    permissions.scoped(resource, "engagement", f"{path}_id" if path else "pk")


permissions.resource("engagement", Engagement)
relate("engagement")
