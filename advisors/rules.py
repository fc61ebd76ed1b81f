"""Relations of people to advisors: oneself, and everybody who may be shown who can be asked."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from accounts import letters, permissions
from advisors.models import Advisor
from workflow.actors import Actor


def _is_listed(actor: Actor, role: str, obj: Any) -> bool:
    return isinstance(obj, Advisor) and obj.seat == Advisor.Seat.LEAD and obj.user.is_active


def _listed(actor: Actor, role: str) -> Q:
    return Q(seat=Advisor.Seat.LEAD, user__is_active=True)


permissions.resource("advisor", Advisor)
permissions.scoped("advisor", "person", "user_id")
permissions.register("advisor", permissions.Relation("listed", _is_listed, _listed))


@letters.knows_body
def employers(users: list[int]) -> dict[int, str]:
    """Where advisors and trainees work, as their letters are addressed. One query."""
    rows = Advisor.objects.filter(user__in=users).select_related("employer__prefecture")
    return {row.user_id: row.employer.full_name for row in rows}
