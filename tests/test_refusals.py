"""A service outside the doors refuses as a door does: nothing is changed, and the try stays in the log."""

import re
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import Role
from advisors.services import change_profile, profile_of
from engagements.applications import services as applications
from engagements.plans import services as plans
from engagements.sessions import services as sessions
from tests.factories import applications as made
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory, contact_of, session_of
from tests.municipalities.factories import MunicipalityFactory
from tests.worlds import foreign
from workflow.errors import NotAllowed
from workflow.models import Event

pytestmark = pytest.mark.django_db


def start_application(actor, now):
    applications.start(made.call(), MunicipalityFactory(), actor=actor, now=now)


def save_draft(actor, now):
    draft = made.draft()
    applications.save_draft(draft, {"aims": "変える"}, actor=actor, revision=draft.revision, now=now)


def begin_plan(actor, now):
    plans.begin_plan(EngagementFactory(), actor=actor, now=now)


def tick(actor, now):
    session = session_of(EngagementFactory(), 1)
    sessions.tick(session, item=session.kind.checklist.first().pk, actor=actor, now=now)


def choose_date(actor, now):
    sessions.choose_date(session_of(EngagementFactory(), 1), option=1, actor=actor, now=now)


@pytest.mark.parametrize("service", [start_application, save_draft, begin_plan, tick, choose_date])
def test_a_refused_service_leaves_its_try_in_the_log(service):
    with pytest.raises(NotAllowed) as refusal:
        service(foreign(Role.CONTACT), timezone.now())
    tried = Event.objects.get(stream="security", type="security.refused")
    assert f'"action":"{refusal.value.action}"' in tried.canonical


def test_a_refused_profile_keeps_the_advisor_as_it_was():
    advisor = AdvisorFactory()
    now, before = timezone.now(), advisor.capacity
    wanted = replace(profile_of(advisor, now), capacity=before + 1)
    with pytest.raises(NotAllowed):
        change_profile(advisor=advisor, profile=wanted, actor=foreign(Role.ADVISOR), now=now)
    advisor.refresh_from_db()
    assert advisor.capacity == before
    tried = Event.objects.get(type="security.refused")
    assert f'"on":"advisor:{advisor.pk}"' in tried.canonical


@pytest.fixture(autouse=True)
def nothing_noted_yet():
    """Numbers of objects come again in other tests, and the hour is not over."""
    cache.clear()


def refused_pages() -> list[str]:
    rows = Event.objects.filter(stream="security", type="security.refused").order_by("pk")
    return [row.canonical for row in rows]


def test_a_refused_page_is_logged_once_an_hour_and_tells_nothing(client):
    engagement = EngagementFactory()
    client.force_login(contact_of(EngagementFactory()))
    there = client.get(f"/engagements/{engagement.pk}/")
    again = client.get(f"/engagements/{engagement.pk}/")
    missing = client.get("/engagements/999999/")
    assert (there.status_code, again.status_code, missing.status_code) == (404, 404, 404)
    pages = [
        re.sub(r'value="\w{64}"', "", answer.content.decode()).replace(answer.request["PATH_INFO"], "")
        for answer in (there, missing)
    ]
    assert pages[0] == pages[1]
    (tried,) = refused_pages()
    assert f'"on":"engagement:{engagement.pk}"' in tried


def test_a_page_without_the_role_is_logged(client):
    client.force_login(contact_of(EngagementFactory()))
    assert client.get("/oversight/log/").status_code == 403
    (tried,) = refused_pages()
    assert '"action":"oversight.log"' in tried


def test_what_was_to_be_made_is_named_by_its_town():
    town = MunicipalityFactory()
    with pytest.raises(NotAllowed):
        applications.start(made.call(), town, actor=foreign(Role.CONTACT), now=timezone.now())
    (tried,) = refused_pages()
    assert f'"on":"application:new {town.pk}"' in tried
