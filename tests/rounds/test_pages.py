"""The pages of this room as each kind of person, and what is refused."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from engagements.applications.models import Application
from engagements.rounds.models import Offer
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory, member, office
from tests.factories.rounds import AcceptedFactory, OfferFactory, office_actor
from workflow.doors import perform
from workflow.models import Outbox

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def assign_url(application):
    return reverse("assign", args=[application.pk])


def soon():
    return timezone.localtime(timezone.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")


def ask(client, application, advisor, **more):
    data = {"advisor": advisor.pk, "message": "ぜひお願いします", "expires_at": soon()} | more
    return client.post(assign_url(application), data)


def test_the_office_asks_the_chosen_one():
    town, advisor = AcceptedFactory(), AdvisorFactory()
    client = browser(office())
    page = client.get(assign_url(town))
    assert advisor.user.name in page.content.decode()
    assert page.content.decode().count("btn main") == 1
    response = ask(client, town, advisor)
    assert (response.status_code, response["Location"]) == (302, assign_url(town))
    after = client.get(assign_url(town)).content.decode()
    assert f"{advisor.user.name}さんの返事を待っています" in after
    assert "打診にお答えください" in after
    assert 'name="advisor"' not in after


def test_the_same_form_twice_asks_once():
    town, advisor = AcceptedFactory(), AdvisorFactory()
    client = browser(office())
    when = soon()
    for _time in range(2):
        assert ask(client, town, advisor, idempotency_key="k1", expires_at=when).status_code == 302
    assert Offer.objects.count() == 1
    assert Outbox.objects.filter(kind="mail").count() == 1


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({"advisor": ""}, 422, "打診する方を1人選んでください"),
        ({"advisor": "x"}, 422, "打診する方を1人選んでください"),
        ({"expires_at": "きのう"}, 422, "日"),
        ({"expires_at": "2020-01-01T10:00"}, 422, "60日以内"),
        ({"advisor": 10**30}, 422, "打診する方を1人選んでください"),
        ({"advisor": 999_999}, 404, ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(data, status, words):
    town, advisor = AcceptedFactory(), AdvisorFactory()
    sent = {"advisor": advisor.pk, "message": "ぜひお願いします", "expires_at": soon()} | data
    response = browser(office()).post(assign_url(town), sent)
    assert response.status_code == status
    assert words in response.content.decode()
    if status == 422:
        assert "ぜひお願いします" in response.content.decode()
    assert not Offer.objects.exists()


def test_a_barrier_comes_back_as_its_sentence():
    town = AcceptedFactory()
    response = ask(browser(office()), town, AdvisorFactory(employer=town.municipality))
    assert response.status_code == 422
    assert "自分の勤め先は支援できません" in response.content.decode()


def test_markup_in_a_message_stays_text():
    town, advisor = AcceptedFactory(), AdvisorFactory()
    ask(browser(office()), town, advisor, message="<script>alert(1)</script>")
    page = browser(advisor.user).get(Offer.objects.get().get_absolute_url()).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_who_sees_the_assignment():
    town = AcceptedFactory()
    seen = {
        Role.SECRETARIAT: 200,
        Role.AUDITOR: 200,
        Role.ADMIN: 200,
        Role.ADVISOR: 403,
    }
    for role, status in seen.items():
        assert browser(member(role)).get(assign_url(town)).status_code == status, role
    assert browser(member(Role.CONTACT, town.municipality)).get(assign_url(town)).status_code == 403
    assert Client().get(assign_url(town)).status_code == 302
    assert browser(office()).get(assign_url(Application(pk=999_999))).status_code == 404


def test_an_auditor_reads_and_asks_nobody():
    town, advisor = AcceptedFactory(), AdvisorFactory()
    client = browser(member(Role.AUDITOR))
    assert "btn main" not in client.get(assign_url(town)).content.decode()
    assert ask(client, town, advisor).status_code == 403
    assert not Offer.objects.exists()


def test_the_advisor_reads_the_town_and_accepts():
    offer = OfferFactory(application__aims="町民が3度も同じ住所を書いています")
    EngagementFactory(advisor=offer.advisor.user)
    client = browser(offer.advisor.user)
    page = client.get(offer.get_absolute_url()).content.decode()
    assert "町民が3度も同じ住所を書いています" in page
    assert "1件から<b>2件</b>" in page
    assert page.count("btn main") == 1
    response = client.post(offer.get_absolute_url(), {"answer": "accept"})
    assert response.status_code == 302
    assert Offer.objects.get().state == "confirmed"
    assert "確定" in client.get(offer.get_absolute_url()).content.decode()


def test_the_advisor_learns_that_they_were_wished_for_but_not_at_which_rank():
    first, second = AdvisorFactory(), AdvisorFactory()
    offer = OfferFactory(advisor=second, application__wished=[first, second])
    page = browser(second.user).get(offer.get_absolute_url()).content.decode()
    assert "町が希望した方のお一人です" in page
    assert "第2希望" not in page
    assert first.user.name not in page
    assert "第2希望" in browser(office()).get(offer.get_absolute_url()).content.decode()


def test_declining_asks_for_a_reason_and_keeps_what_was_typed():
    offer = OfferFactory()
    client = browser(offer.advisor.user)
    empty = client.post(offer.get_absolute_url(), {"answer": "decline", "reason": ""})
    assert empty.status_code == 422
    assert "見送る理由" in empty.content.decode()
    assert Offer.objects.get().state == "sent"
    client.post(offer.get_absolute_url(), {"answer": "decline", "reason": "議会と重なります"})
    found = Offer.objects.get()
    assert (found.state, found.reason) == ("declined", "議会と重なります")


def test_an_answer_that_came_too_late_says_so():
    offer = OfferFactory()
    client = browser(offer.advisor.user)
    perform("withdraw", offer, office_actor(), reason="別の方に決まりました")
    response = client.post(offer.get_absolute_url(), {"answer": "accept"})
    assert response.status_code == 409
    assert "状態が" in response.content.decode()


def test_an_unknown_answer_is_not_found():
    offer = OfferFactory()
    response = browser(offer.advisor.user).post(offer.get_absolute_url(), {"answer": "withdraw"})
    assert response.status_code == 404


def test_another_town_and_another_advisor_do_not_learn_of_an_offer():
    offer = OfferFactory(reason="秘密の事情", state="declined")
    people = [
        AdvisorFactory().user,
        member(Role.CONTACT, offer.application.municipality),
        member(Role.CONTACT, AcceptedFactory().municipality),
        member(Role.EMPLOYER, offer.advisor.employer),
    ]
    for person in people:
        response = browser(person).get(offer.get_absolute_url())
        assert response.status_code == 404
        assert "秘密の事情" not in response.content.decode()


def test_the_town_sees_who_was_decided_without_the_words_between_office_and_advisor():
    offer = OfferFactory(state="confirmed", message="内輪の話です", application__state="matched")
    page = browser(member(Role.CONTACT, offer.application.municipality)).get(offer.get_absolute_url())
    assert offer.advisor.user.name in page.content.decode()
    assert "内輪の話です" not in page.content.decode()
    assert offer.advisor.user.email not in page.content.decode()


def test_the_office_withdraws_by_the_generic_button():
    offer = OfferFactory()
    client = browser(office())
    assert f"/do/offer/{offer.pk}/withdraw/" in client.get(offer.get_absolute_url()).content.decode()
    client.post(f"/do/offer/{offer.pk}/withdraw/", {"reason": "町の事情が変わりました"})
    assert Offer.objects.get().state == "withdrawn"


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_of_the_pages_do_not_grow(number, django_assert_max_num_queries):
    town = AcceptedFactory()
    for advisor in [AdvisorFactory() for _number in range(number)]:
        EngagementFactory(advisor=advisor.user)
        offer = OfferFactory(application=town, advisor=advisor, state="expired")
    client = browser(office())
    with django_assert_max_num_queries(15):
        assert client.get(assign_url(town)).status_code == 200
    with django_assert_max_num_queries(40):
        assert client.get(offer.get_absolute_url()).status_code == 200
