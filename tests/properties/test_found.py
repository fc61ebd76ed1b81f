"""What the walk over the road found, each as a road of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engagements.applications.models import Application, Call
from engagements.journey.models import Journey
from engagements.plans.models import Decision, Plan
from engagements.rounds.models import Offer
from tests.properties.ahead import Walker
from tests.properties.road import PASSED, Road
from tests.properties.typed import LOG
from tests.properties.world import World
from workflow.doors import perform
from workflow.errors import BadInput

pytestmark = pytest.mark.django_db
REASON = {"reason": "間違えました"}


@pytest.fixture
def road():
    return Road(World())


def of(road, town=0):
    return Application.objects.select_related("call__programme").get(municipality=road.world.towns[town])


def walk(road, until, town=0):
    """Take a town onward, the plan before the sessions, until an object stands in a state."""
    road.start(road.world.call, town, f"contact{town}")
    for _step in range(40):
        if until in road.model.states.values():
            return
        Walker(
            road, of(road, town), lambda options: options[-1] if callable(options[-1]) else options[0]
        ).step()
    raise AssertionError(f"never {until}")


def journey(road, town=0):
    return Journey.objects.get(pk=of(road, town).engagement_id)


@pytest.mark.parametrize("state", ["agreed", "following_up", "closed"])
def test_an_agreement_does_not_outlive_its_answer(road, state):
    """The office takes the answer back: the engagement is not agreed any longer, or the answer stays."""
    walk(road, "agreed")
    for decision in Decision.objects.filter(state__in=("adopted", "adopted_with_condition")):
        assert (
            road.attempt(decision, "note_progress", "contact0", {"progress": "様式を並べています"}) == PASSED
        )
    for name in {"agreed": [], "following_up": ["follow_up"], "closed": ["follow_up", "close"]}[state]:
        said = {"no_case_reason": "町の希望です"} if name == "close" else {}
        assert road.attempt(journey(road), name, "secretariat", said) == PASSED
    road.attempt(Plan.objects.get(), "retract_answer", "secretariat", REASON)


def test_a_withdrawn_agreement_takes_no_place_that_was_given_away(road):
    walk(road, "agreed")
    road.start(road.world.call, 1, "contact1")
    while of(road, 1).state != "accepted":
        Walker(road, of(road, 1), lambda options: options[0]).step()
    assert road.ask(of(road, 1), 1, "secretariat") == PASSED
    assert road.attempt(Offer.objects.latest("pk"), "accept", "advisor1", {}) == PASSED
    road.attempt(journey(road), "withdraw_agreement", "secretariat", REASON)


def test_an_engagement_does_not_come_back_without_its_application(road):
    walk(road, "preparing")
    assert road.attempt(journey(road), "cancel", "secretariat", REASON) == PASSED
    cancelled = journey(road)
    assert road.attempt(Offer.objects.get(), "unconfirm", "secretariat", REASON) == PASSED
    road.attempt(cancelled, "reinstate", "secretariat", REASON)


def test_an_offer_is_not_open_for_a_lifetime(road):
    walk(road, "sent")
    offer = Offer.objects.get()
    assert road.attempt(offer, "decline", "advisor1", REASON) == PASSED
    late = REASON | {"expires_at": road.now + timedelta(days=61)}
    assert road.attempt(offer, "reoffer", "secretariat", late) == "BadInput"


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_no_time_is_beyond_the_calendar(road, moment):
    walk(road, "sent")
    offer = Offer.objects.get()
    assert road.attempt(offer, "decline", "advisor1", REASON) == PASSED
    assert road.attempt(offer, "reoffer", "secretariat", REASON | {"expires_at": moment}) == "BadInput"


@pytest.mark.parametrize("name", ["now", "occurred_at", "name", "obj", "actor", "self"])
def test_no_client_sets_the_clock_or_the_object_by_name(client, name):
    """What the door takes beside a person's words is no field of a form."""
    world = World()
    client.force_login(world.users["secretariat"])
    answer = client.post(f"/do/call/{world.call.pk}/close/", {name: "2020-01-01"})
    assert answer.status_code == 422
    world.call = Call.objects.get(pk=world.call.pk)
    assert world.call.state == "open"


@pytest.mark.parametrize("nonsense", [True, 5, [], {}, "9999-12-31T23:59:59Z", "0001-01-01T00:00", "\ud800"])
def test_any_json_for_a_day_is_told_by_its_field(road, nonsense):
    walk(road, "preparing")
    session = journey(road).sessions.order_by("kind__number").first()
    said = {"starts_at": nonsense, "ends_at": road.now, "mode": "onsite", "place": "\ud800"}
    with pytest.raises(BadInput) as refused:
        perform("schedule", session, road.actor("contact0"), now=road.now, **said)
    assert {"starts_at", "place"} <= set(refused.value.fields)


def test_no_character_that_is_none_gets_into_a_row(road):
    walk(road, "preparing")
    session = journey(road).sessions.order_by("kind__number").first()
    assert road.attempt(session, "record_held", "contact0", REASON | {"held_on": "2026-08-31"}) == PASSED
    for text in ("a\x00", "\ud800"):
        said = LOG | {"log_attendance": [{"section": text, "count": 1}]}
        assert road.attempt(session, "log", "advisor1", said) == "BadInput"
