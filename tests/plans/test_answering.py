"""How the executive's answer comes: asked ahead of the meeting; a link is sent, and only then sent again."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from engagements.plans.models import Plan
from tests.factories.engagements import contact_of
from tests.factories.plans import contact, final_plan, reported_plan
from tests.sessions.helpers import hold, schedule
from workflow import perform
from workflow.doors import available
from workflow.errors import BadInput, GuardsUnmet
from workflow.models import Outbox, Span

pytestmark = pytest.mark.django_db
MAYOR = "mayor@example.test"


def turn(plan: Plan) -> tuple[str, str]:
    span = Span.objects.get(stream=plan.stream, left_at=None)
    return span.turn_role, span.turn_code


def offered(plan: Plan) -> set[str]:
    """Which of the two ways of sending is open to the town."""
    names = {item.rule.name for item in available(plan, contact(plan)) if item.allowed}
    return names & {"send_link", "resend_link"}


def ahead_of_the_meeting(**values: str) -> Plan:
    """A finished plan whose report meeting is in five days."""
    plan = final_plan(**values)
    hold(plan.engagement, 1, -9)
    hold(plan.engagement, 2, -8)
    assert turn(plan) == ("", "")
    schedule(plan.engagement, 3, 5)
    return Plan.objects.get(pk=plan.pk)


def test_with_the_meetings_day_the_town_is_asked_how_the_answer_comes() -> None:
    plan = ahead_of_the_meeting()
    assert turn(plan) == ("contact", "address")
    due = Span.objects.get(stream=plan.stream, left_at=None).due_on
    assert due == timezone.localdate() + timezone.timedelta(days=5)
    client = Client()
    client.force_login(contact_of(plan.engagement))
    page = client.get(f"/engagements/{plan.engagement_id}/").content.decode()
    assert f"/do/plan/{plan.pk}/choose_answering/" in page
    assert client.get(f"/do/plan/{plan.pk}/choose_answering/").status_code == 200


@pytest.mark.parametrize("said", [{}, {"executive_email": MAYOR, "at_meeting": True}])
def test_it_is_one_way_and_not_both(said: dict[str, object]) -> None:
    plan = ahead_of_the_meeting()
    with pytest.raises(BadInput):
        perform("choose_answering", plan, contact(plan), **said)


@pytest.mark.parametrize("said", [{"executive_email": MAYOR}, {"at_meeting": True}])
def test_once_it_is_said_nobody_is_asked_until_the_meeting_was_held(said: dict[str, object]) -> None:
    plan = ahead_of_the_meeting()
    perform("choose_answering", plan, contact(plan), **said)
    assert turn(plan) == ("", "")
    session = plan.engagement.sessions.get(kind__number=3)
    perform("hold", session, contact(plan), held_on=timezone.localdate())
    assert turn(plan) == ("contact", "report")
    perform("report", plan, contact(plan))
    asked = Outbox.objects.filter(kind="mail", address=MAYOR).exists()
    assert asked is ("executive_email" in said)
    assert turn(plan)[0] == ("executive" if asked else "contact")


def test_an_address_that_the_plan_has_already_is_not_asked_for() -> None:
    assert turn(ahead_of_the_meeting(executive_email=MAYOR)) == ("", "")


def test_a_link_is_sent_first_and_then_sent_again() -> None:
    plan = reported_plan()
    assert offered(plan) == {"send_link"}
    with pytest.raises(GuardsUnmet, match="まだ送っていません"):
        perform("resend_link", plan, contact(plan), executive_email=MAYOR)
    perform("send_link", plan, contact(plan), executive_email=MAYOR)
    assert (offered(plan), turn(plan)[0]) == ({"resend_link"}, "executive")
    with pytest.raises(GuardsUnmet, match="もう送っています"):
        perform("send_link", plan, contact(plan), executive_email=MAYOR)


def test_after_a_report_that_wrote_to_the_executive_a_link_is_sent_again() -> None:
    assert offered(reported_plan(executive_email=MAYOR)) == {"resend_link"}
