"""Many answers at once, on real connections: never more places than there are, never two advisors for one town."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.standings import actor_for
from advisors.load import loads
from advisors.models import Advisor
from advisors.services import change_profile, profile_of
from engagements.applications.models import Application
from engagements.models import Engagement, EngagementRole
from engagements.rounds import services
from engagements.rounds.jobs import expire_offers
from engagements.rounds.models import Offer
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.rounds import AcceptedFactory, OfferFactory, office_actor
from tests.workflow.threads import at_once as started
from workflow.audit import faults
from workflow.doors import perform
from workflow.errors import GuardsUnmet

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
CLIENTS = 20


def at_once(works):
    """What each work returned or was refused with."""
    return started(len(works), lambda number: works[number]())


def accepting(offer, actor):
    return lambda: perform("accept", Offer.objects.get(pk=offer.pk), actor).type


def test_twenty_offers_for_one_free_place():
    advisor = AdvisorFactory(capacity=2)
    with transaction.atomic():
        EngagementFactory(advisor=advisor.user)
    offers = [OfferFactory(advisor=advisor) for _number in range(CLIENTS)]
    actor = actor_for(advisor.user)
    outcomes = at_once([accepting(offer, actor) for offer in offers])
    assert outcomes.count("offer.accept") == 1
    refused = [outcome for outcome in outcomes if outcome != "offer.accept"]
    assert all(isinstance(outcome, GuardsUnmet) for outcome in refused)
    assert all("いっぱい" in str(outcome) for outcome in refused)
    assert Offer.objects.filter(state="confirmed").count() == 1
    assert Offer.objects.filter(state="sent").count() == CLIENTS - 1
    assert EngagementRole.objects.filter(user=advisor.user, role="advisor").count() == 2
    assert loads(timezone.localdate())[advisor.pk] == 2
    assert Application.objects.filter(state="matched").count() == 1


def test_several_places_are_all_given_and_no_more():
    advisor = AdvisorFactory(capacity=3)
    offers = [OfferFactory(advisor=advisor) for _number in range(12)]
    outcomes = at_once([accepting(offer, actor_for(advisor.user)) for offer in offers])
    assert outcomes.count("offer.accept") == 3
    assert Engagement.objects.count() == 3


def test_one_offer_pressed_twenty_times():
    offer = OfferFactory()
    outcomes = at_once([accepting(offer, actor_for(offer.advisor.user))] * CLIENTS)
    assert outcomes.count("offer.accept") == 1
    assert [outcome.status for outcome in outcomes if outcome != "offer.accept"] == [409] * (CLIENTS - 1)
    assert Engagement.objects.count() == 1


def test_two_advisors_for_one_town():
    town = AcceptedFactory()
    offers = [OfferFactory(application=town) for _number in range(6)]
    outcomes = at_once([accepting(offer, actor_for(offer.advisor.user)) for offer in offers])
    assert outcomes.count("offer.accept") == 1
    assert Offer.objects.filter(state="confirmed").count() == 1
    assert EngagementRole.objects.filter(engagement__application=town, role="advisor").count() == 1


def test_ten_secretaries_ask_ten_advisors_for_one_town():
    town, actor, now = AcceptedFactory(), office_actor(), timezone.now()

    def asking(advisor):
        return lambda: (
            services.offer(application=town, advisor=advisor, actor=actor, message="", now=now).state
        )

    outcomes = at_once([asking(AdvisorFactory()) for _number in range(10)])
    assert outcomes.count("sent") == 1
    assert Offer.objects.count() == 1


def test_an_answer_and_the_end_of_its_time():
    offer = OfferFactory(expires_at=timezone.now() + timedelta(hours=1))
    late = timezone.now() + timedelta(hours=2)
    at_once([accepting(offer, actor_for(offer.advisor.user)), lambda: expire_offers(late)])
    found = Offer.objects.get(pk=offer.pk)
    assert found.state in {"confirmed", "expired"}
    assert Engagement.objects.count() == (1 if found.state == "confirmed" else 0)


def test_a_capacity_lowered_while_an_offer_is_accepted():
    offer = OfferFactory(advisor__capacity=1)
    advisor, actor, now = offer.advisor, actor_for(offer.advisor.user), timezone.now()

    def lower():
        return change_profile(
            advisor=advisor, profile=replace(profile_of(advisor, now), capacity=0), actor=actor, now=now
        )

    accepted, lowered = at_once([accepting(offer, actor), lower])
    assert lowered is True
    assert Advisor.objects.get(pk=advisor.pk).capacity == 0
    assert Engagement.objects.count() == (1 if accepted == "offer.accept" else 0)
    assert faults() == []
