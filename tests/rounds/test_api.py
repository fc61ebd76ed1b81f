"""Offers in the API: the same services, the same refusals."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_tokens import issue_api_token
from accounts.models import Role
from engagements.rounds.models import Offer
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import member, office
from tests.factories.rounds import AcceptedFactory, OfferFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/offers/"


class Caller:
    def __init__(self, user):
        self.client = Client()
        self.auth = {"HTTP_AUTHORIZATION": f"Bearer {issue_api_token(user=user, now=timezone.now())}"}

    def get(self, path):
        return self.client.get(path, **self.auth)

    def post(self, path, data=None, **headers):
        extra = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        return self.client.post(path, data or {}, content_type="application/json", **self.auth, **extra)


def test_the_office_asks_and_the_advisor_accepts():
    town, advisor = AcceptedFactory(), AdvisorFactory()
    secretary, helper = Caller(office()), Caller(advisor.user)
    made = secretary.post(URL, {"application": town.pk, "advisor": advisor.pk, "message": "どうぞ"})
    assert made.status_code == 201
    body = made.json()
    assert body["state"] == "sent"
    assert body["municipality"] == town.municipality_id
    assert body["fit"]["parts"]["expertise"] == 100
    offered = helper.get(f"{URL}{body['id']}/transitions/").json()
    assert {row["name"]: row["allowed"] for row in offered} == {"accept": True, "decline": True}
    done = helper.post(f"{URL}{body['id']}/transitions/accept/")
    assert done.json()["state"] == "confirmed"
    again = helper.post(f"{URL}{body['id']}/transitions/accept/")
    assert again.status_code == 409
    assert again.headers["Content-Type"].startswith("application/problem+json")


def test_the_same_key_asks_once():
    town, advisor = AcceptedFactory(), AdvisorFactory()
    secretary = Caller(office())
    answers = [
        secretary.post(URL, {"application": town.pk, "advisor": advisor.pk}, idempotency_key="once")
        for _time in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Offer.objects.count() == 1


def test_refusals_are_problems_with_reasons():
    town = AcceptedFactory()
    secretary = Caller(office())
    own = AdvisorFactory(employer=town.municipality, certified=())
    refused = secretary.post(URL, {"application": town.pk, "advisor": own.pk})
    assert refused.status_code == 422
    assert len(refused.json()["reasons"]) == 2
    first = OfferFactory(application=town)
    assert secretary.post(URL, {"application": town.pk, "advisor": AdvisorFactory().pk}).status_code == 409
    assert secretary.post(URL, {"application": 999_999, "advisor": first.advisor_id}).status_code == 404
    assert secretary.post(URL, {"application": 10**30, "advisor": "x"}).status_code == 422


def test_only_the_office_creates():
    town, advisor = AcceptedFactory(), AdvisorFactory()
    data = {"application": town.pk, "advisor": advisor.pk}
    assert Caller(advisor.user).post(URL, data).status_code == 403
    assert Caller(member(Role.AUDITOR)).post(URL, data).status_code == 403
    assert Caller(member(Role.CONTACT, town.municipality)).post(URL, data).status_code == 403
    assert Client().post(URL, data, content_type="application/json").status_code == 401
    assert not Offer.objects.exists()


def test_everybody_gets_their_own_and_no_more():
    offer = OfferFactory(message="内輪の話です")
    OfferFactory()
    decided = OfferFactory(
        state="confirmed", message="内輪の話です", reason="内緒", application__state="matched"
    )
    own = Caller(offer.advisor.user).get(URL).json()["results"]
    assert [row["id"] for row in own] == [offer.pk]
    assert own[0]["message"] == "内輪の話です"
    assert "fit" not in own[0]
    town = Caller(member(Role.CONTACT, decided.application.municipality)).get(URL).json()["results"]
    assert [row["id"] for row in town] == [decided.pk]
    assert not {"fit", "message", "reason", "expires_at"} & set(town[0])
    assert len(Caller(office()).get(URL).json()["results"]) == 3


def test_filters_search_and_order():
    first, second = OfferFactory(), OfferFactory(state="declined")
    secretary = Caller(office())
    assert [r["id"] for r in secretary.get(f"{URL}?state=declined").json()["results"]] == [second.pk]
    assert [r["id"] for r in secretary.get(f"{URL}?advisor={first.advisor_id}").json()["results"]] == [
        first.pk
    ]
    found = secretary.get(f"{URL}?search={first.advisor.user.name}").json()["results"]
    assert first.pk in [row["id"] for row in found]
    ordered = secretary.get(f"{URL}?ordering=sent_at").json()["results"]
    assert [row["id"] for row in ordered] == [first.pk, second.pk]


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_of_the_list_do_not_grow(number, django_assert_num_queries):
    for _number in range(number):
        OfferFactory()
    secretary = Caller(office())
    # Token and its last use, standings (2), the offers.
    with django_assert_num_queries(5):
        assert len(secretary.get(URL).json()["results"]) == number
