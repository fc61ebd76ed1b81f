"""Before a proposal becomes offers, the office sees all that would happen, and leaves out whom it names."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from accounts.standings import actor_for
from engagements.applications.models import Application
from engagements.programme.models import Programme
from engagements.rounds.matching import services
from engagements.rounds.models import Offer
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import member, office
from tests.factories.matching import round_of, solve
from tests.factories.rounds import AcceptedFactory, OfferFactory, office_actor
from workflow.doors import perform
from workflow.models import Outbox

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
CONSENT = {"consented_hash": "x" * 64, "issued_hash": "x" * 64}


@pytest.fixture
def desk():
    client = Client()
    client.force_login(office())
    return client


@pytest.fixture
def solved():
    """Three towns by receipt, two advisors with a place each: the last town is left out."""
    advisors = [AdvisorFactory(capacity=1) for _ in range(2)]
    towns = [
        AcceptedFactory(received_at=timezone.now() - timezone.timedelta(days=9 - number))
        for number in range(3)
    ]
    return solve(round_of()), towns, advisors


def url(obj):
    return reverse("round-publish", args=[obj.pk])


def names(lines):
    return [line.row.name for line in lines]


def mailed(address):
    return list(Outbox.objects.filter(kind="mail", address=address).values_list("subject", flat=True))


def test_the_first_time_everybody_is_asked(desk, solved):
    obj, towns, _advisors = solved
    found = desk.get(url(obj)).context["found"]
    assert names(found.asked) == [town.municipality.full_name for town in towns[:2]]
    assert [row.name for row in found.left_out] == [towns[2].municipality.full_name]
    assert (found.kept, found.blocked, found.withdrawn, found.accepted) == ([], [], [], [])
    done = desk.post(url(obj), {"message": "よろしくお願いします。", "idempotency_key": "k"})
    assert done["Location"] == obj.get_absolute_url()
    assert set(Offer.objects.values_list("message", flat=True)) == {"よろしくお願いします。"}


def test_the_button_of_the_board_leads_here(desk, solved):
    obj = solved[0]
    assert desk.get(reverse("transition", args=["round", obj.pk, "publish"]))["Location"] == url(obj)


def test_a_blocked_town_is_named_and_the_others_are_asked_without_it(desk, solved):
    obj, towns, _advisors = solved
    blocked = next(row for row in obj.proposal.result["assignments"] if row["town"] == str(towns[0].pk))
    Offer.objects.all().delete()
    towns[0].offers.create(
        reference="R8-D900",
        advisor_id=int(blocked["advisor"]),
        state="declined",
        sent_at=timezone.now(),
        expires_at=timezone.now(),
    )
    page = desk.get(url(obj))
    [line] = page.context["found"].blocked
    assert line.row.name == towns[0].municipality.full_name
    assert line.excluded
    assert names(page.context["found"].asked) == [towns[1].municipality.full_name]
    refused = desk.post(url(obj), {"message": "お願いします", "excluded": []})
    assert refused.status_code == 422
    shown = refused.content.decode()
    assert f"{towns[0].municipality.name}と" in shown
    assert "お願いします</textarea>" in shown
    assert f'value="{towns[0].pk}" checked' not in shown
    desk.post(url(obj), {"excluded": [towns[0].pk]})
    assert list(Offer.objects.filter(state="sent").values_list("application", flat=True)) == [towns[1].pk]


def test_a_town_that_stopped_waiting_is_blocked_by_name(desk, solved):
    obj, towns, _advisors = solved
    contact = member(Role.CONTACT, towns[1].municipality)
    perform("withdraw", towns[1], actor_for(contact), reason="")
    [line] = desk.get(url(obj)).context["found"].blocked
    assert [str(item.sentence) for item in line.reasons] == [
        f"{towns[1].municipality.full_name}は、もうアドバイザーを待っていません。"
    ]


def test_a_town_whose_advisor_is_settled_meanwhile_is_blocked(desk, solved):
    obj, towns, _advisors = solved
    OfferFactory(application=towns[0], state="accepted")
    assert names(desk.get(url(obj)).context["found"].blocked) == [towns[0].municipality.full_name]


@pytest.mark.parametrize("consented", [True, False])
def test_a_waitlisted_town_is_shown_as_accepted_or_as_blocked(desk, solved, consented):
    obj, towns, _advisors = solved
    changes = CONSENT | {"consented_at": timezone.now()} if consented else {}
    Application.objects.filter(pk=towns[0].pk).update(state="waitlisted", **changes)
    found = desk.get(url(obj)).context["found"]
    name = towns[0].municipality.full_name
    assert names(found.accepted) == ([name] if consented else [])
    assert names(found.blocked) == ([] if consented else [name])


def test_whoever_is_withdrawn_is_shown_and_told(desk, solved):
    obj, towns, _advisors = solved
    perform("publish", obj, office_actor())
    first = Offer.objects.get(application=towns[0])
    services.adjust(
        obj,
        "veto",
        advisor=first.advisor,
        application=towns[0],
        value=None,
        reason="町の事情による",
        actor=office_actor(),
        now=timezone.now(),
    )
    obj = solve(obj)
    found = desk.get(url(obj)).context["found"]
    withdrawn = [offer.advisor for offer in found.withdrawn]
    assert first.advisor in withdrawn
    [line] = [line for line in found.asked if line.row.town == str(towns[0].pk)]
    assert line.before == first
    desk.post(url(obj), {})
    for advisor in withdrawn:
        assert any("取り下げました。お返事は要りません" in subject for subject in mailed(advisor.user.email))
    bodies = Outbox.objects.filter(address=first.advisor.user.email).values_list("body", flat=True)
    assert any("理由: マッチングを組み直したため" in body for body in bodies)


def test_whoever_stays_gets_nothing_new(desk, solved):
    obj, towns, _advisors = solved
    perform("publish", obj, office_actor())
    obj = solve(obj)
    found = desk.get(url(obj)).context["found"]
    assert names(found.kept) == [town.municipality.full_name for town in towns[:2]]
    before = Outbox.objects.filter(kind="mail").count()
    desk.post(url(obj), {})
    assert Outbox.objects.filter(kind="mail").count() == before


def test_an_excluded_town_keeps_the_offer_it_has(desk, solved):
    obj, towns, _advisors = solved
    perform("publish", obj, office_actor())
    first = Offer.objects.get(application=towns[0])
    services.adjust(
        obj,
        "veto",
        advisor=first.advisor,
        application=towns[0],
        value=None,
        reason="町の事情による",
        actor=office_actor(),
        now=timezone.now(),
    )
    obj = solve(obj)
    desk.post(url(obj), {"excluded": [towns[0].pk]})
    first.refresh_from_db()
    assert first.state == "sent"


def test_not_everybody_can_be_left_out(desk, solved):
    obj, towns, _advisors = solved
    refused = desk.post(url(obj), {"excluded": [town.pk for town in towns[:2]]})
    assert refused.status_code == 422
    assert "打診する町を残してください" in refused.content.decode()


def test_what_is_no_town_of_the_proposal_is_refused(desk, solved):
    assert desk.post(url(solved[0]), {"excluded": ["x", "987654"]}).status_code == 422
    assert Offer.objects.count() == 0


def test_without_a_proposal_there_is_nothing_to_publish(desk, solved):
    obj = solved[0]
    assert desk.get(url(round_of())).status_code == 404
    perform("publish", obj, office_actor())
    assert desk.get(url(obj))["Location"] == obj.get_absolute_url()


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_the_database_as_often_for_few_as_for_many(desk, number, django_assert_num_queries):
    for _ in range(number):
        AdvisorFactory()
        AcceptedFactory()
    obj = solve(round_of())
    desk.get(url(obj))
    with django_assert_num_queries(19):
        desk.get(url(obj))


@pytest.mark.parametrize(
    ("asked", "state", "told"),
    [
        ({}, "sent", {"advisor"}),
        ({"employer_consent": True}, "accepted", {"advisor", "employer"}),
        ({"town_yes": True}, "accepted", {"advisor", "contact"}),
        (
            {"employer_consent": True, "town_yes": True},
            "employer_consented",
            {"advisor", "employer", "contact"},
        ),
    ],
)
def test_a_withdrawal_tells_everybody_who_was_asked_and_nobody_else(asked, state, told):
    Programme.objects.update(employer_consent=False, town_yes=False)
    hash_ = "x" * 64 if "employer_consent" in asked else ""
    offer = OfferFactory(state=state, request_hash=hash_)
    Programme.objects.update(**asked)
    people = {
        "advisor": offer.advisor.user,
        "employer": member(Role.EMPLOYER, offer.advisor.employer),
        "contact": member(Role.CONTACT, offer.application.municipality),
    }
    offer = Offer.objects.get(pk=offer.pk)
    perform("withdraw", offer, office_actor(), reason="担当を替えるため")
    assert {role for role, user in people.items() if mailed(user.email)} == told
