"""Advisors who may serve: certified around today, free in every month, both on site and online."""

from __future__ import annotations

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import Membership, Role
from advisors.models import Advisor, Certification
from advisors.vocabulary import FISCAL_MONTHS
from tests.factories.engagements import LONG_AGO, PersonFactory
from tests.municipalities.factories import MunicipalityFactory

FAR_AHEAD = date(2099, 3, 31)


class AdvisorFactory(DjangoModelFactory):
    """``AdvisorFactory(certified=(from, to))`` has that certification, ``certified=()`` none."""

    class Meta:
        model = Advisor
        skip_postgeneration_save = True

    user = factory.SubFactory(PersonFactory)
    employer = factory.SubFactory(MunicipalityFactory)
    tags = factory.LazyFunction(lambda: ["move_in", "death"])
    months = factory.LazyFunction(lambda: list(FISCAL_MONTHS))
    capacity = 2

    @factory.post_generation
    def certified(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        begins_ends = (LONG_AGO, FAR_AHEAD) if extracted is None else extracted
        if begins_ends:
            Certification.objects.create(advisor=self, valid_from=begins_ends[0], valid_to=begins_ends[1])

    @factory.post_generation
    def membership(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        role = Role.TRAINEE if self.seat == Advisor.Seat.TRAINEE else Role.ADVISOR
        Membership.objects.get_or_create(user=self.user, role=role, defaults={"valid_from": LONG_AGO})
