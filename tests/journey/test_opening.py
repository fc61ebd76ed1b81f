"""A confirmed offer opens the engagement: number, lead, sessions, the pinned programme, the name of the day."""

from __future__ import annotations

import pytest
from django.utils import timezone

from engagements.journey import services
from engagements.journey.models import Journey
from engagements.journey.selectors import visible_events
from engagements.models import EngagementRole
from engagements.sessions.models import Session
from municipalities.dates import era_year_short, fiscal_year
from tests.factories.engagements import actor, office
from tests.factories.rounds import OfferFactory
from workflow import SYSTEM, perform
from workflow.audit import faults
from workflow.models import Span

pytestmark = pytest.mark.django_db


def confirmed() -> tuple[Journey, OfferFactory]:
    offer = OfferFactory(state="accepted")
    perform("confirm", offer, SYSTEM)
    offer.application.refresh_from_db()
    return Journey.objects.get(pk=offer.application.engagement_id), offer


def test_a_confirmed_offer_opens_the_engagement() -> None:
    engagement, offer = confirmed()
    year = fiscal_year(timezone.localdate())
    assert engagement.reference == f"{era_year_short(year)}-001"
    assert engagement.programme == offer.application.call.programme
    assert engagement.municipality_name == offer.application.municipality.name
    role = EngagementRole.objects.get(engagement=engagement.pk)
    assert (role.user_id, role.role, role.valid_to) == (offer.advisor.user_id, "advisor", None)
    sessions = Session.objects.filter(engagement=engagement.pk)
    assert [session.kind.number for session in sessions] == [1, 2, 3]
    spans = Span.objects.filter(left_at=None, context=f"engagement:{engagement.pk}", machine="session")
    assert spans.count() == 3
    assert offer.application.state == "matched"
    assert faults() == []


def test_numbers_follow_and_one_application_opens_once() -> None:
    first, offer = confirmed()
    second, _offer = confirmed()
    assert second.reference == f"{first.reference[:-3]}002"
    again = services.open_engagement(application=offer.application, advisor=offer.advisor, now=timezone.now())
    assert again.pk == first.pk
    assert Journey.objects.count() == 2


def test_the_new_advisor_reads_the_thread_and_the_road_that_led_to_it() -> None:
    engagement, offer = confirmed()
    contexts = [f"engagement:{engagement.pk}", f"application:{offer.application_id}"]
    seen = {event.type for event in visible_events(actor(offer.advisor.user), contexts)}
    assert "engagement.begin" in seen
    assert "offer.confirm" in seen
    assert "application.match" not in seen
    assert {event.type for event in visible_events(actor(office()), contexts)} >= seen
