"""An application at every stage of its road, brought there through the services and the door.

``draft()`` is empty but for what is prefilled; ``filled()`` could be submitted; ``submitted()``, ``issued()`` and
``consented()`` go on from there. Each takes ``town`` and ``contact``; whatever is not given is made.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Membership, Role, User
from accounts.standings import actor_for
from engagements.applications import services, staging
from engagements.applications.models import Application, Call, Release
from municipalities.models import Municipality
from tests.factories import entry
from tests.factories.engagements import member, office
from tests.factories.programme import seeded
from tests.municipalities.factories import MunicipalityFactory
from workflow import Actor, perform

AIMS = "転入の方が5つの課を回っている。" * 4
APPROVER = "kacho@town.example.test"
PAPER = hashlib.sha256(b"paper").hexdigest()


def complete(**changes: Any) -> dict[str, Any]:
    """Everything that an application needs, under the names of the form."""
    return {
        "contact_section": "デジタル推進室",
        "contact_name": "見本 花子",
        "contact_email": "mihon@town.example.test",
        "contact_phone": "",
        "life_events": ["move_in", "death"],
        "aims": AIMS,
        "months": [7, 9, 10],
        "mode": "either",
        "leave_to_office": True,
        "approver_name": "手本 一郎",
        "approver_email": APPROVER,
        "q_buildings": 2,
        "q_sections": 6,
        "q_dx_plan": "making",
        "q_system": "planned",
        "q_mayor": "knows",
    } | changes


def call(now: datetime | None = None) -> Call:
    seeded()
    return services.seed_call(now or timezone.now())


def contact_of(town: Municipality) -> User:
    """The town's contact, made once; on the mail domain ``town.example.test``, which is the town's."""
    found = Membership.objects.filter(role=Role.CONTACT, municipality=town).select_related("user").first()
    if found is not None:
        return found.user
    entry.trust(town, "town.example.test")
    return member(Role.CONTACT, town, email=f"contact{town.pk}@town.example.test")


def acting(user: User, now: datetime | None = None) -> Actor:
    return actor_for(user, on=timezone.localdate(now) if now else None)


def draft(*, town: Municipality | None = None, now: datetime | None = None) -> Application:
    town = town or MunicipalityFactory()
    moment = now or timezone.now()
    return services.start(call(moment), town, actor=acting(contact_of(town)), now=moment)


def filled(*, town: Municipality | None = None, now: datetime | None = None, **changes: Any) -> Application:
    """A draft with everything in it; ``changes`` go over ``complete()``."""
    found = draft(town=town, now=now)
    actor = acting(contact_of(found.municipality))
    moment = now or timezone.now()
    return services.save_draft(found, complete(**changes), actor=actor, revision=found.revision, now=moment)


def submitted(
    *, town: Municipality | None = None, now: datetime | None = None, **changes: Any
) -> Application:
    found = filled(town=town, now=now, **changes)
    perform("submit", found, acting(contact_of(found.municipality)), now=now)
    return found


def issued(*, town: Municipality | None = None, now: datetime | None = None, **changes: Any) -> Application:
    """Submitted, with a paper (document 1) attached."""
    found = submitted(town=town, now=now, **changes)
    services.attach_issued(found, 1, PAPER, now or timezone.now())
    found.refresh_from_db()
    return found


def approver_of(town: Municipality) -> User:
    return member(Role.APPROVER, town, email=f"approver{town.pk}@town.example.test")


def consented(
    *, town: Municipality | None = None, now: datetime | None = None, **changes: Any
) -> Application:
    found = issued(town=town, now=now, **changes)
    approver = approver_of(found.municipality)
    perform("consent", found, acting(approver), now=now, document_hash=found.issued_hash)
    return found


def accepted(*, town: Municipality | None = None, now: datetime | None = None, **changes: Any) -> Application:
    found = consented(town=town, now=now, **changes)
    perform("accept", found, acting(office()), now=now)
    return found


def staged(decision: str = "accept", comment: str = "", **given: Any) -> Application:
    """Consented, with a decision that only the office knows."""
    found = consented(**given)
    perform("stage", found, acting(office()), now=given.get("now"), decision=decision, comment=comment)
    return found


def release(now: datetime | None = None) -> Release:
    """One town's acceptance, made known."""
    (made,) = staging.release([staged(now=now).pk], actor=acting(office()), now=now or timezone.now())
    return made


def days(number: float) -> timedelta:
    return timedelta(days=number)
