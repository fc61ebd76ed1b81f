"""The office makes somebody an advisor: certificate, term and commission, by page and by API."""

import json
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.api_tokens import issue_api_token
from accounts.models import Membership, Role
from advisors.models import Advisor, Certification, Commission
from tests.factories import entry
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import PersonFactory, member, office
from tests.municipalities.factories import MunicipalityFactory
from workflow.models import Event, Outbox

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
CERTIFIED = {"number": "認-0012", "certified_on": "2026-04-01", "certified_until": "2029-03-31"}
COMMISSIONED = {"commissioned_from": "2026-04-01", "commissioned_to": "2027-03-31"}
REGISTER = "/advisors/register/"


@pytest.fixture
def desk():
    client = Client()
    client.force_login(office())
    return client


def typed(person, **changes):
    return (
        {
            "email": person.email,
            "employer": MunicipalityFactory().code,
            "section": "市民課",
            "tags": ["death"],
            "months": ["9", "10", "11"],
        }
        | CERTIFIED
        | COMMISSIONED
        | changes
    )


def told(kind):
    return json.loads(Event.objects.get(type=kind).canonical)["data"]


def test_the_office_registers_who_is_certified(desk):
    person, town = member(Role.ADVISOR), MunicipalityFactory()
    assert person.name in desk.get("/advisors/").content.decode()
    made = desk.post(REGISTER, typed(person, employer=town.code, idempotency_key="one"))
    advisor = Advisor.objects.get()
    assert made["Location"] == advisor.get_absolute_url()
    assert (advisor.user, advisor.employer, advisor.seat) == (person, town, "lead")
    assert (advisor.section, advisor.tags, advisor.months) == ("市民課", ["death"], [9, 10, 11])
    row = advisor.certifications.get()
    assert (row.number, row.valid_from, row.valid_to) == ("認-0012", date(2026, 4, 1), date(2029, 3, 31))
    assert advisor.commissions.get().valid_to == date(2027, 3, 31)
    assert told("advisor.registered") == {"employer": town.pk, "imported": False}
    assert told("advisor.certified")["number"] == "認-0012"
    assert not Outbox.objects.filter(kind="mail").exists()
    page = desk.get(advisor.get_absolute_url()).content.decode()
    assert "2029年" in page
    assert "役割があり、登録がまだの方" not in desk.get("/advisors/").content.decode()


def test_a_form_that_is_sent_twice_registers_once(desk):
    sent = typed(PersonFactory(), idempotency_key="twice")
    assert [desk.post(REGISTER, sent).status_code for _time in range(2)] == [302, 302]
    assert Certification.objects.count() == 1


def test_whoever_is_registered_holds_the_role_from_then_on(desk):
    person = PersonFactory()
    desk.post(REGISTER, typed(person))
    assert person.memberships.get().role == Role.ADVISOR


def test_somebody_in_training_leads_once_certified(desk):
    trainee = AdvisorFactory(seat="trainee", certified=(), introduction="おくやみの窓口にいます。")
    assert desk.post(REGISTER, typed(trainee.user)).status_code == 302
    trainee.refresh_from_db()
    assert (trainee.seat, trainee.introduction) == ("lead", "おくやみの窓口にいます。")
    assert Membership.objects.filter(user=trainee.user, role=Role.ADVISOR).exists()


def test_the_form_knows_who_was_invited_and_by_whom_they_are_employed(desk):
    person, town = PersonFactory(section="市民課"), MunicipalityFactory()
    desk.post("/accounts/invite/", {"role": "advisor", "email": person.email, "municipality": town.code})
    Client().post(entry.link_path(person.email), {})
    page = desk.get(REGISTER, {"person": person.pk}).content.decode()
    assert f'value="{person.email}"' in page
    assert f'value="{town.code}"' in page
    account = desk.get(reverse("account", args=[person.pk])).content.decode()
    assert f"{REGISTER}?person={person.pk}" in account


@pytest.mark.parametrize("person", ["", "x", "9" * 40, "987654"])
def test_a_person_who_is_not_there_leaves_the_form_empty(desk, person):
    assert desk.get(REGISTER, {"person": person}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"email": "niemand@town.example.test"}, "email", "先にアカウントから招待してください"),
        ({"number": ""}, "number", "必須"),
        ({"number": "認-0001"}, "number", "番号をお確かめください"),
        ({"certified_until": "2025-01-01"}, "certified_until", "認定の期限が、認定日より前です"),
        ({"commissioned_to": ""}, "commissioned_to", "両方入れてください"),
        ({"commissioned_to": "2026-01-01"}, "commissioned_to", "委嘱の末日が、初日より前です"),
        ({"employer": "999999"}, "employer", "検査数字"),
    ],
)
def test_what_can_not_be_is_said_at_its_field_and_nothing_is_kept(desk, changes, field, sentence):
    held = AdvisorFactory()
    held.certifications.update(number="認-0001")
    page = desk.post(REGISTER, typed(PersonFactory(), **changes))
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert sentence in page.content.decode()
    assert 'value="市民課"' in page.content.decode()
    assert Advisor.objects.get() == held


def test_an_advisor_is_not_registered_twice(desk):
    page = desk.post(REGISTER, typed(AdvisorFactory().user))
    assert page.status_code == 409
    assert "もうアドバイザーです" in page.content.decode()


def terms_url(advisor):
    return reverse("advisor-terms", args=[advisor.pk])


def test_a_renewal_and_a_commission_are_added(desk):
    advisor = AdvisorFactory(certified=(date(2023, 4, 1), date(2026, 3, 31)))
    assert desk.post(terms_url(advisor), CERTIFIED | {"act": "certify"}).status_code == 302
    assert desk.post(terms_url(advisor), COMMISSIONED | {"act": "commission"}).status_code == 302
    assert advisor.certifications.count() == 2
    page = desk.get(terms_url(advisor)).content.decode()
    assert "認-0012" in page
    overlap = desk.post(terms_url(advisor), COMMISSIONED | {"act": "commission"})
    assert overlap.status_code == 422
    assert "この期間と重なる委嘱" in overlap.content.decode()
    assert advisor.commissions.count() == 1


def test_what_was_registered_by_mistake_is_taken_back_with_its_reason(desk):
    advisor = AdvisorFactory()
    row = advisor.certifications.get()
    back = {"act": "take-back-certificate", "row": row.pk}
    refused = desk.post(terms_url(advisor), back | {"reason": ""})
    assert refused.status_code == 422
    assert advisor.certifications.exists()
    assert desk.post(terms_url(advisor), back | {"reason": "別の方の認定でした"}).status_code == 302
    assert not advisor.certifications.exists()
    assert "別の方の認定でした" in Event.objects.get(type="advisor.certificate_taken_back").personal.payload
    assert desk.post(terms_url(advisor), back | {"reason": "もう一度"}).status_code == 404


def test_a_commission_is_taken_back(desk):
    advisor = AdvisorFactory()
    row = Commission.objects.create(advisor=advisor, valid_from=date(2026, 4, 1), valid_to=date(2027, 3, 31))
    desk.post(terms_url(advisor), {"act": "take-back-commission", "row": row.pk, "reason": "年度の誤り"})
    assert not Commission.objects.exists()


def test_a_step_that_is_none_is_not_found(desk):
    assert desk.post(terms_url(AdvisorFactory()), {"act": "promote"}).status_code == 404


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN, Role.ADVISOR])
def test_nobody_else_registers(role):
    client, advisor = Client(), AdvisorFactory()
    client.force_login(member(role))
    assert client.get(REGISTER).status_code == 403
    assert client.post(terms_url(advisor), CERTIFIED | {"act": "certify"}).status_code == 403
    assert not Certification.objects.filter(number="認-0012").exists()


# --- the API ---------------------------------------------------------------------------------------


class Caller:
    def __init__(self, user):
        self.auth = {"HTTP_AUTHORIZATION": f"Bearer {issue_api_token(user=user, now=timezone.now())}"}

    def post(self, path, data, **headers):
        extra = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        address = f"/api/v1/advisors/{path}"
        return Client().post(address, data, content_type="application/json", **self.auth, **extra)


def test_the_api_registers_renews_and_takes_back():
    caller, person = Caller(office()), PersonFactory()
    sent = {"email": person.email, "employer": MunicipalityFactory().code, "tags": ["death"]} | CERTIFIED
    answers = [caller.post("", sent, idempotency_key="k") for _time in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    made = answers[0].json()
    assert made["certified_until"] == "2029-03-31"
    assert made["months"] == [4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3]
    assert [row["number"] for row in made["certificates"]] == ["認-0012"]
    renewed = caller.post(
        f"{made['id']}/certificates/",
        {"number": "認-0099", "certified_on": "2029-04-01", "certified_until": "2032-03-31"},
    )
    assert renewed.status_code == 201
    commissioned = caller.post(f"{made['id']}/commissions/", COMMISSIONED)
    assert commissioned.status_code == 201
    for kind, row in (("certificates", renewed), ("commissions", commissioned)):
        back = caller.post(f"{made['id']}/{kind}/{row.json()['id']}/take-back/", {"reason": "誤り"})
        assert back.status_code == 200
    assert back.json()["commissions"] == []
    assert [row["number"] for row in back.json()["certificates"]] == ["認-0012"]
    assert caller.post(f"{made['id']}/commissions/{10**15}/take-back/", {"reason": "x"}).status_code == 404


def test_the_api_says_what_is_wrong_at_its_field():
    sent = {"email": "niemand@town.example.test", "employer": MunicipalityFactory().code} | CERTIFIED
    refused = Caller(office()).post("", sent)
    assert refused.status_code == 422
    assert list(refused.json()["fields"]) == ["email"]
    assert list(Caller(office()).post("", {}).json()["fields"]) == [
        "number",
        "certified_on",
        "certified_until",
        "email",
        "employer",
    ]


def test_the_api_refuses_everybody_else():
    advisor = AdvisorFactory()
    for user in (advisor.user, member(Role.AUDITOR)):
        for path in ("", f"{advisor.pk}/certificates/", f"{advisor.pk}/commissions/1/take-back/"):
            assert Caller(user).post(path, {}).status_code == 403
