"""An engagement as it is the moment after it was opened, with the people that hold roles in it.

``EngagementFactory()`` gives a ``Journey`` in ``preparing``: its town's contact, its lead advisor and its sessions
exist and are begun. ``contact_of``, ``advisor_of`` and ``session_of`` read them back; ``office()`` is a secretariat.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import factory
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Membership, Role, User
from accounts.standings import actor_for
from advisors.models import Advisor
from engagements.journey.models import Journey
from engagements.models import Engagement, EngagementRole
from engagements.programme.models import ChecklistItem, Programme, SessionKind
from engagements.sessions.models import Session
from municipalities.dates import fiscal_year
from municipalities.models import Municipality
from tests.municipalities.factories import MunicipalityFactory
from workflow import SYSTEM, Actor, begin

LONG_AGO = date(2020, 4, 1)
PASSWORD = "factory-password"
KINDS = (
    (1, "training", "窓口DX・BPR研修", "研修"),
    (2, "survey", "窓口利用体験調査・ワークショップ", "体験調査・ワークショップ"),
    (3, "report", "首長報告", "首長報告"),
)
PREPARATIONS = ("参加する課を決める", "会場と機器を用意する", "案内を出す")


class PersonFactory(DjangoModelFactory):
    """Somebody who can sign in with ``PASSWORD`` and holds no role yet."""

    class Meta:
        model = User

    email = factory.Sequence(lambda number: f"person{number}@example.test")
    name = factory.Sequence(lambda number: f"見本 {number}子")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(**{"password": PASSWORD} | kwargs)


def programme() -> Programme:
    """The programme with three sessions and three things to prepare for each; made once, else the stored one."""
    found, created = Programme.objects.get_or_create(
        version=1, defaults={"name": "窓口BPRアドバイザー派遣", "effective_from": LONG_AGO}
    )
    if created:
        for number, code, name, short in KINDS:
            kind = SessionKind.objects.create(
                programme=found, number=number, code=code, name=name, short_name=short
            )
            for position, text in enumerate(PREPARATIONS, start=1):
                ChecklistItem.objects.create(
                    kind=kind, position=position, text=text, days_before=7 * position
                )
    return found


def member(role: Role, municipality: Municipality | None = None, **person: Any) -> User:
    """A new person with one role from long ago."""
    user: User = PersonFactory(**person)
    Membership.objects.create(user=user, role=role, municipality=municipality, valid_from=LONG_AGO)
    return user


def office() -> User:
    return member(Role.SECRETARIAT)


def advisor_user(employer: Municipality | None = None, **person: Any) -> User:
    """A person with an advisor's profile, employed by a town of its own."""
    user = member(Role.ADVISOR, **person)
    Advisor.objects.create(user=user, employer=employer or MunicipalityFactory())
    return user


class EngagementFactory(DjangoModelFactory):
    """``EngagementFactory(municipality=…, contact=user, advisor=user)``; people are made where none are given."""

    class Meta:
        model = Journey
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda number: f"R8-{number:03d}")
    programme = factory.LazyFunction(programme)
    municipality = factory.SubFactory(MunicipalityFactory)
    municipality_name = factory.LazyAttribute(lambda made: made.municipality.name)
    opened_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=60))
    fiscal_year = factory.LazyAttribute(lambda made: fiscal_year(timezone.localdate(made.opened_at)))

    @factory.post_generation
    def started(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            begin(self, SYSTEM, now=self.opened_at)
            for kind in self.programme.session_kinds.all():
                begin(Session.objects.create(engagement=self, kind=kind), SYSTEM, now=self.opened_at)

    @factory.post_generation
    def contact(self: Any, create: bool, extracted: User | None, **kwargs: Any) -> None:
        if extracted is None:
            member(Role.CONTACT, self.municipality)
        else:
            Membership.objects.get_or_create(
                user=extracted,
                role=Role.CONTACT,
                municipality=self.municipality,
                defaults={"valid_from": LONG_AGO},
            )

    @factory.post_generation
    def advisor(self: Any, create: bool, extracted: User | None, **kwargs: Any) -> None:
        EngagementRole.objects.create(
            engagement=self, user=extracted or advisor_user(), role=Role.ADVISOR, valid_from=LONG_AGO
        )


def contact_of(engagement: Engagement) -> User:
    return User.objects.filter(
        memberships__municipality=engagement.municipality_id, memberships__role=Role.CONTACT
    ).earliest("pk")


def advisor_of(engagement: Engagement) -> User:
    return User.objects.get(engagement_roles__engagement=engagement.pk, engagement_roles__role=Role.ADVISOR)


def session_of(engagement: Engagement, number: int) -> Session:
    return Session.objects.get(engagement=engagement.pk, kind__number=number)


def actor(user: User) -> Actor:
    """The person with every role of today."""
    return actor_for(user)
