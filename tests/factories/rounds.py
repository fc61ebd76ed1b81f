"""Applications that wait for an advisor, and offers for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import factory
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.standings import actor_for
from engagements.applications.models import Application, ApplicationState, Call, CallState, Wish
from engagements.rounds.models import Offer
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import office, programme
from tests.municipalities.factories import MunicipalityFactory
from workflow.actors import SYSTEM, Actor
from workflow.doors import begin


def office_actor() -> Actor:
    return actor_for(office())


def call() -> Call:
    """One open rolling call of the one programme."""
    opened = timezone.now() - timedelta(days=90)
    found, created = Call.objects.get_or_create(
        title="随時の募集",
        defaults={"programme": programme(), "fiscal_year": 2026, "state": CallState.OPEN, "opens_at": opened},
    )
    if created:
        with transaction.atomic():
            begin(found, SYSTEM, now=opened)
    return found


class AcceptedFactory(DjangoModelFactory):
    """An application that the office has accepted; ``wished=[advisor, …]`` are its wishes, best first."""

    class Meta:
        model = Application
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda number: f"R8-T{number:04d}")
    call = factory.LazyFunction(call)
    municipality = factory.SubFactory(MunicipalityFactory)
    municipality_name = factory.LazyAttribute(lambda made: made.municipality.name)
    state = ApplicationState.ACCEPTED
    life_events = factory.LazyFunction(lambda: ["move_in", "death"])
    aims = "同じことを何度も書いていただいています。"
    months = factory.LazyFunction(lambda: [9, 10, 11])
    mode = "either"
    received_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=20))
    decided_at = factory.LazyAttribute(lambda made: made.received_at + timedelta(days=5))

    @factory.post_generation
    def started(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            begin(self, SYSTEM, now=self.received_at)

    @factory.post_generation
    def wished(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        for rank, advisor in enumerate(extracted or (), start=1):
            Wish.objects.create(application=self, advisor=advisor, rank=rank)


def _in_a_week() -> datetime:
    return timezone.now() + timedelta(days=7)


class OfferFactory(DjangoModelFactory):
    """An offer as it is after ``services.offer``, without its mail; another ``state`` at construction."""

    class Meta:
        model = Offer
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda number: f"R8-D{number:04d}")
    application = factory.SubFactory(AcceptedFactory)
    advisor = factory.SubFactory(AdvisorFactory)
    message = "よろしくお願いします。"
    fit = factory.LazyFunction(
        lambda: {
            "total": 0,
            "mode": "onsite",
            "km": None,
            "parts": dict.fromkeys(("expertise", "preference", "size", "distance", "continuity"), 0),
        }
    )
    sent_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyFunction(_in_a_week)

    @factory.post_generation
    def started(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            begin(self, SYSTEM, now=self.sent_at)
