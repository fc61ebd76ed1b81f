"""Whose turn it is, at every state of every machine, as pages, lists and addresses say it."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from accounts.models import Role
from accounts.standings import actor_for
from engagements.applications.models import Application
from engagements.journey import waits
from engagements.programme.models import Programme
from engagements.rounds import services
from engagements.rounds.models import Offer
from engagements.survey.sample import sample_survey
from municipalities.dates import add_working_days
from tests.factories import entry
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory, contact_of, member, office
from tests.factories.matching import round_of, solve
from tests.factories.plans import PlanFactory
from tests.factories.rounds import AcceptedFactory, call, office_actor
from tests.factories.survey import SurveyFactory, save
from tests.objects import MAKERS
from tests.sessions.helpers import hold, schedule
from workflow.actors import Actor, Standing
from workflow.doors import machines, perform, perform_as_system, rules, turn_anew
from workflow.models import Span

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]

#: Whose turn an object is in a state, and who waits meanwhile; what is not here is nobody's turn.
TURNS = {
    ("application", "draft"): ("contact", ""),
    ("application", "submitted"): ("secretariat", "contact"),
    ("application", "returned"): ("contact", "secretariat"),
    ("application", "waitlisted"): ("secretariat", "contact"),
    ("application", "accepted"): ("secretariat", "contact"),
    ("call", "draft"): ("secretariat", ""),
    ("registration", "requested"): ("asker", ""),
    ("registration", "confirmed"): ("secretariat", "asker"),
    ("invitation", "open"): ("invited", "contact"),
    ("offer", "sent"): ("advisor", "secretariat"),
    ("offer", "accepted"): ("contact", "advisor"),
    ("offer", "employer_consented"): ("contact", "advisor"),
    ("round", "open"): ("secretariat", ""),
    ("round", "proposed"): ("secretariat", ""),
    ("shortlist", "asked"): ("contact", "secretariat"),
    ("session", "unscheduled"): ("contact", "advisor"),
    ("session", "postponed"): ("contact", "advisor"),
    ("session", "scheduled"): ("advisor", "contact"),
    ("session", "held"): ("advisor", "contact"),
    ("session", "logged"): ("contact", "advisor"),
    ("section_request", "asked"): ("section", "contact"),
    ("section_request", "overdue"): ("contact", "advisor"),
    ("plan", "draft"): ("contact", "advisor"),
    ("plan", "in_review"): ("advisor", "contact"),
    ("plan", "reported"): ("contact", "advisor"),
    ("plan", "answered"): ("contact", "secretariat"),
    ("engagement", "agreed"): ("contact", "secretariat"),
    ("engagement", "following_up"): ("contact", "secretariat"),
    ("engagement", "paused"): ("secretariat", "contact"),
    ("engagement", "reassigning"): ("secretariat", "contact"),
}


def states_of(model):
    found = {state for rule in rules(model).values() for state in (*rule.sources, rule.target)}
    return sorted(found - {None})


@pytest.mark.parametrize("machine", sorted(set(machines()) - {"request"}))
def test_every_state_of_every_machine_is_somebodys_turn_or_nobodys(machine):
    model = machines()[machine]
    obj = MAKERS[machine]()
    for state in states_of(model):
        model._base_manager.filter(pk=obj.pk).update(state=state)
        turn = model._base_manager.get(pk=obj.pk).turns.get(state)
        found = (turn.role, turn.waiter) if turn else None
        assert (state, found) == (state, TURNS.get((machine, state)))


@pytest.mark.parametrize(("machine", "state"), sorted(TURNS))
def test_every_turn_has_its_words_and_leads_to_a_page(machine, state):
    obj = MAKERS[machine]()
    span = Span.objects.filter(machine=machine, object_id=obj.pk).latest("pk")
    span.state, (span.turn_role, span.waiter_role) = state, TURNS[machine, state]
    span.turn_scope = "office"
    wait = waits.to_wait(span, actor_for(office()), waits.Known())
    assert resolve(wait.url)
    assert wait.title.strip()
    assert wait.what.strip()
    assert wait.who != wait.role


# --- getting in and handing on ---------------------------------------------------------------------


def asker_of(registration):
    """Whoever holds the link that was mailed to the address."""
    return Actor("link", "1", "仮名 一子", standings=frozenset({Standing("contact", registration.stream)}))


def open_span(obj):
    return Span.objects.get(stream=obj.stream, left_at=None)


def test_the_office_has_days_of_its_own_for_an_account_that_is_asked_for(settings):
    settings.ACCOUNT_CHECK_DAYS = 3
    registration = entry.registration()
    perform("confirm", registration, asker_of(registration))
    day = add_working_days(timezone.localdate(registration.confirmed_at), 3)
    assert (open_span(registration).turn_role, open_span(registration).due_on) == ("secretariat", day)


def test_a_handover_is_nobodys_turn_once_the_successor_has_an_account():
    handover = entry.handover()
    handover.successor = None
    handover.save()
    turn_anew(handover)
    assert open_span(handover).turn_role == "contact"
    handover.successor = member(Role.CONTACT, handover.municipality)
    handover.save()
    turn_anew(handover)
    assert open_span(handover).turn_role == ""


# --- between the survey and the plan ----------------------------------------------------------------


def test_after_the_survey_the_town_brings_its_records_and_then_begins_the_plan():
    engagement = EngagementFactory()

    def between():
        span = Span.objects.get(stream=f"engagement:{engagement.pk}", left_at=None)
        return span.turn_role, span.turn_code, span.due_on

    assert between() == ("", "", None)
    hold(engagement, 1, -9)
    hold(engagement, 2, -8)
    assert between() == ("contact", "records", None)
    schedule(engagement, 3, 30)
    due = timezone.localdate() + timezone.timedelta(days=30 - engagement.programme.plan_days)
    assert between() == ("contact", "records", due)
    survey = SurveyFactory(engagement=engagement, records__empty=True)
    assert between() == ("contact", "records", due)
    save(survey, sample_survey(engagement.municipality_id, survey.held_on, title=survey.title))
    assert between() == ("contact", "plan", due)
    page = browser(contact_of(engagement)).get(f"/engagements/{engagement.pk}/").content.decode()
    assert "窓口改革計画を始めてください" in page
    plan = PlanFactory(engagement=engagement)
    assert between() == ("", "", None)
    assert open_span(plan).due_on == due


# --- an accepted application and its offers --------------------------------------------------------


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def asked(**programme):
    """An accepted application for which an advisor was asked, with their offer."""
    application, advisor = AcceptedFactory(), AdvisorFactory()
    Programme.objects.update(employer_consent=False, town_yes=False)
    Programme.objects.update(**programme)
    application = Application.objects.get(pk=application.pk)
    return services.offer(
        application=application, advisor=advisor, actor=office_actor(), message="", now=timezone.now()
    )


def whose(offer):
    """(role, machine) of the open turns about the offer's town."""
    rows = Span.objects.filter(context=offer.context, left_at=None).exclude(turn_role="")
    return {(row.turn_role, row.machine) for row in rows}


def has_ended(name):
    """One of the ways in which an offer comes to nothing."""

    def act(offer):
        if name == "expire":
            Offer.objects.filter(pk=offer.pk).update(expires_at=timezone.now())
            perform_as_system("expire", Offer.objects.get(pk=offer.pk))
        elif name == "decline":
            perform("decline", offer, actor_for(offer.advisor.user), reason="本務のため")
        else:
            perform("withdraw", offer, office_actor(), reason="担当を替えるため")

    return act


@pytest.mark.parametrize("name", ["decline", "expire", "withdraw"])
def test_while_an_offer_is_out_the_turn_is_the_advisors_and_then_the_offices_again(name):
    offer = asked()
    assert whose(offer) == {("advisor", "offer")}
    has_ended(name)(offer)
    assert whose(offer) == {("secretariat", "application")}
    offer = Offer.objects.get(pk=offer.pk)
    if name != "decline":
        later = timezone.now() + timezone.timedelta(days=3)
        perform("reoffer", offer, office_actor(), reason="もう一度", expires_at=later)
        assert whose(offer) == {("advisor", "offer")}


def test_the_days_for_asking_are_the_programmes_and_count_again_after_an_offer_that_came_to_nothing():
    offer = asked(ask_days=4)
    later = timezone.now() + timezone.timedelta(days=10)
    perform("decline", offer, actor_for(offer.advisor.user), now=later, reason="本務のため")
    assert open_span(offer.application).due_on == timezone.localdate(later) + timezone.timedelta(days=4)
    other = AcceptedFactory()
    assert open_span(other).due_on == timezone.localdate(other.decided_at) + timezone.timedelta(days=4)


@pytest.mark.parametrize(
    ("programme", "role"), [({"employer_consent": True}, "employer"), ({"town_yes": True}, "contact")]
)
def test_after_the_advisors_yes_the_turn_is_whose_yes_is_needed(programme, role):
    offer = asked(**programme)
    perform("accept", offer, actor_for(offer.advisor.user))
    assert whose(offer) == {(role, "offer")}


def test_office_and_waiting_list_leave_the_town_alone_while_an_offer_is_out():
    offer = asked()
    desk, town = browser(office()), offer.application.municipality.name
    assert f"/applications/{offer.application_id}/assign/" not in desk.get("/").content.decode()
    assert town not in desk.get("/waiting/").content.decode()
    has_ended("decline")(offer)
    waiting = desk.get("/waiting/").content.decode()
    assert f'href="/applications/{offer.application_id}/assign/"' in waiting
    assert "アドバイザーを選ぶ" in desk.get("/").content.decode()


def test_the_town_reads_that_an_advisor_is_asked_until_when_and_not_whom():
    offer = asked()
    contact = browser(member(Role.CONTACT, offer.application.municipality))
    home = contact.get("/").content.decode()
    assert "アドバイザーの番です: 打診への返事" in home
    assert offer.advisor.user.name not in home
    page = contact.get(offer.application.get_absolute_url()).content.decode()
    assert "アドバイザーの番" in page
    assert "事務局の番" not in page
    assert offer.advisor.user.name not in page


def test_the_applications_page_shows_the_offers_day_and_leads_on():
    offer = asked()
    page = browser(office()).get(offer.application.get_absolute_url())
    assert page.context["due"] == timezone.localdate(offer.expires_at)
    assert f'href="/applications/{offer.application_id}/assign/"' in page.content.decode()


def test_an_accepted_application_that_nobody_is_asked_for_leads_to_the_choice():
    application = AcceptedFactory()
    page = browser(office()).get(application.get_absolute_url()).content.decode()
    assert "事務局の番" in page
    assert f'href="/applications/{application.pk}/assign/"' in page
    contact = browser(member(Role.CONTACT, application.municipality))
    assert "/assign/" not in contact.get(application.get_absolute_url()).content.decode()


# --- an accepted application and the round of its call ---------------------------------------------


def turns_of(application):
    rows = Span.objects.filter(stream=application.stream, left_at=None).exclude(turn_role="")
    return [row.turn_role for row in rows]


def test_a_round_that_is_not_published_is_one_turn_for_all_its_towns():
    towns = [AcceptedFactory() for _ in range(3)]
    AdvisorFactory(capacity=1)
    assert [turns_of(town) for town in towns] == [["secretariat"]] * 3
    obj = round_of()
    assert [turns_of(town) for town in towns] == [[]] * 3
    desk = browser(office())
    waiting = desk.get("/waiting/").content.decode()
    assert f'href="/rounds/{obj.pk}/"' in waiting
    assert "/assign/" not in waiting
    contact = browser(member(Role.CONTACT, towns[0].municipality))
    assert "事務局の番です: マッチングの計算" in contact.get("/").content.decode()
    obj = solve(obj)
    assert "事務局の番です: マッチング案の確認と打診" in contact.get("/").content.decode()
    perform("publish", obj, office_actor())
    served = Offer.objects.get().application
    assert turns_of(served) == []
    assert [turns_of(town) for town in towns if town != served] == [["secretariat"]] * 2


@pytest.mark.parametrize(
    ("name", "said", "after"), [("take_back", {"reason": "見直すため"}, []), ("close", {}, ["secretariat"])]
)
def test_a_round_that_is_taken_back_or_ended_hands_the_turns_over(name, said, after):
    AdvisorFactory(capacity=1)
    towns = [AcceptedFactory() for _ in range(2)]
    obj = solve(round_of())
    perform("publish", obj, office_actor())
    if name == "close":
        perform("withdraw", Offer.objects.get(), office_actor(), reason="見直すため")
    perform(name, obj, office_actor(), **said)
    assert [turns_of(town) for town in towns] == [after] * 2


def test_turns_of_before_are_left_to_offers_and_rounds():
    """What an installation holds when the migration meets it."""
    offer, untouched = asked(), AcceptedFactory()
    in_round = AcceptedFactory(call=copied_call())
    obj = round_of(call=in_round.call)
    Span.objects.filter(machine="application", left_at=None).update(
        turn_role="secretariat", turn_scope="office", waiter_role="contact"
    )
    carried = import_module("engagements.rounds.matching.migrations.0003_turns_carried")
    carried.leave_turns_to_offers_and_rounds(apps, None)
    assert turns_of(offer.application) == []
    assert turns_of(in_round) == []
    assert turns_of(untouched) == ["secretariat"]
    assert obj.state == "open"


def copied_call():
    """Another open call of the one programme."""
    found = call()
    found.pk = None
    found.title = "第2回の募集"
    found.save(force_insert=True)
    return found
