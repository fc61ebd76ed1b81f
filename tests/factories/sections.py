"""Requests to counter sections as the service makes them.

``SectionRequestFactory(engagement=…, section=…)`` is one open request; ``section_user(engagement)`` has an account in
the section, ``clerk`` is that person as an actor.
"""

from __future__ import annotations

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Membership, Role, SectionMailbox, User
from accounts.standings import actor_for
from engagements.sections import services
from engagements.sections.models import SectionRequest
from tests.factories.engagements import LONG_AGO, EngagementFactory, PersonFactory
from workflow import SYSTEM, Actor

SECTION = "住民会計課"


def section_user(engagement: Any, section: str = SECTION, **person: Any) -> User:
    user: User = PersonFactory(section=section, **person)
    Membership.objects.create(
        user=user,
        role=Role.SECTION,
        municipality=engagement.municipality,
        section=section,
        valid_from=LONG_AGO,
    )
    return user


def clerk(engagement: Any, section: str = SECTION) -> Actor:
    return actor_for(section_user(engagement, section))


def mailbox(engagement: Any, section: str = SECTION, email: str = "jumin@town.example") -> SectionMailbox:
    return SectionMailbox.objects.create(
        municipality=engagement.municipality, section=section, email=email, valid_from=LONG_AGO
    )


class SectionRequestFactory(DjangoModelFactory):
    class Meta:
        model = SectionRequest

    engagement = factory.SubFactory(EngagementFactory)
    section = SECTION

    @classmethod
    def _create(cls, model_class: type[SectionRequest], *args: Any, **kwargs: Any) -> SectionRequest:
        engagement, section = kwargs.pop("engagement"), kwargs.pop("section")
        now = kwargs.pop("now", None) or timezone.now()
        return services.ask(engagement, [section], actor=SYSTEM, now=now, **kwargs)[0]
