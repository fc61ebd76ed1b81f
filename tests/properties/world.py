"""Two towns, two advisors and the office, as a random walk over the doors needs them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from django.utils import timezone as clock

from accounts.models import Role, User
from accounts.standings import actor_for
from accounts.table import TABLE
from advisors.models import Advisor
from engagements.applications.models import Call
from municipalities.models import Municipality
from tests.factories import applications
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import member
from tests.municipalities.factories import MunicipalityFactory
from workflow.actors import SYSTEM, Actor, Standing

JAPAN = timezone(timedelta(hours=9))
BEGINNING = datetime(2026, 9, 1, 9, 0, tzinfo=JAPAN)
TOWN_ROLES = (Role.CONTACT, Role.APPROVER, Role.EXECUTIVE)
OFFICE_ROLES = (Role.SECRETARIAT, Role.AUDITOR)
LINKS = {
    "link-approver": "application",
    "link-executive": "plan",
    "link-employer": "offer",
    "link-contact": "session",
}


class World:
    """Everybody who tries a door. The first advisor is the first town's own employee; each has one place."""

    def __init__(self) -> None:
        self.call: Call = applications.call(BEGINNING)
        self.towns = [MunicipalityFactory(), MunicipalityFactory()]
        employers = [self.towns[0], MunicipalityFactory()]
        self.advisors = [AdvisorFactory(employer=employer, capacity=1) for employer in employers]
        self.users: dict[str, User] = {f"advisor{n}": found.user for n, found in enumerate(self.advisors)}
        for number, town in enumerate(self.towns):
            self.users |= {f"{role}{number}": self._member(role, town) for role in TOWN_ROLES}
        self.users |= {f"employer{n}": self._member(Role.EMPLOYER, town) for n, town in enumerate(employers)}
        self.users |= {str(role): member(role) for role in OFFICE_ROLES}
        self.names = [*sorted(self.users), *LINKS, "system"]

    def _member(self, role: Role, town: Municipality) -> User:
        return member(role, town, email=f"{role}-{town.pk}@town.example.test")

    def actor(self, name: str, now: datetime, obj: Any = None) -> Actor:
        """The person with the roles of that day; the addressee of a link holds theirs over ``obj`` alone."""
        if name == "system":
            return SYSTEM
        if name not in LINKS:
            return actor_for(self.users[name], on=clock.localdate(now))
        kind = LINKS[name]
        scope = f"{kind}:{scopes_of(obj).get(kind, '0').rpartition(':')[2]}"
        role = name.removeprefix("link-")
        return Actor("link", role, "見本 太郎", standings=frozenset({Standing(role, scope)}))

    def town_of(self, obj: Any) -> int:
        return next(n for n, town in enumerate(self.towns) if town.pk == obj.municipality_id)

    def employer_of(self, advisor: Advisor) -> str:
        return f"employer{self.number_of(advisor)}"

    def number_of(self, advisor: Advisor) -> int:
        return next(n for n, known in enumerate(self.advisors) if known.pk == advisor.pk)

    def lead_of(self, engagement: Any) -> str:
        """Who leads now; the first advisor where nobody does."""
        user = engagement.roles.filter(valid_to=None).values_list("user", flat=True).first()
        return next((name for name, known in self.users.items() if known.pk == user), "advisor0")


def _of_engagement(engagement: Any) -> dict[str, str]:
    return {
        "municipality": f"municipality:{engagement.municipality_id}",
        "engagement": f"engagement:{engagement.pk}",
    }


def scopes_of(obj: Any) -> dict[str, str]:
    """By relation of the table, the scope over which a role has to be held for this object; told once more here."""
    machine = getattr(obj, "machine", "")
    found = {"office": "office"}
    if machine == "application":
        found |= {
            "municipality": f"municipality:{obj.municipality_id}",
            "application": f"application:{obj.pk}",
        }
        found |= {"typed": "office"} if obj.typed_by_office else {}
    elif machine == "offer":
        found["offer"] = f"offer:{obj.pk}"
        found["person"] = f"person:{obj.advisor.user_id}"
        found["lender"] = f"municipality:{obj.advisor.employer_id}"
        found["town"] = f"municipality:{obj.application.municipality_id}"
    elif machine == "engagement":
        found |= _of_engagement(obj)
    elif machine in ("session", "plan"):
        found |= _of_engagement(obj.engagement)
        found |= {"session": f"session:{obj.pk}"} if machine == "session" else {}
    elif machine == "decision":
        found |= _of_engagement(obj.plan.engagement)
    if machine in ("plan", "decision"):
        found["plan"] = f"plan:{obj.pk if machine == 'plan' else obj.plan_id}"
    return found


def may(actor: Actor, action: str, obj: Any) -> bool:
    """What the permission table says, read the simple way."""
    scopes = scopes_of(obj)
    return any(
        relation in scopes and actor.holds(role, scopes[relation])
        for role, relations in TABLE[action].items()
        for relation in relations
    )
