"""A service outside the doors refuses as a door does: nothing is changed, and the try stays in the log."""

from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.models import Role
from advisors.services import change_profile, profile_of
from engagements.applications import services as applications
from engagements.plans import services as plans
from engagements.sessions import services as sessions
from tests.factories import applications as made
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory, session_of
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


@pytest.mark.parametrize("service", [start_application, save_draft, begin_plan, tick])
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
