"""Profiles, the office's list and the API."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from accounts.standings import actor_for
from advisors.models import Advisor
from advisors.services import change_profile, profile_of
from municipalities.dates import fiscal_year
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory, member, office
from tests.municipalities.factories import MunicipalityFactory
from workflow.errors import NotAllowed
from workflow.models import Event

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
FORM = {
    "introduction": "おくやみの窓口を4年担当しました。",
    "tags": ["death", "forms"],
    "months": ["9", "1"],
    "mode": "online",
    "max_km": "400",
    "capacity": "3",
}


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def edit_url(advisor):
    return reverse("advisor-edit", args=[advisor.pk])


def test_one_changes_one_s_own_profile_and_the_log_keeps_what_was():
    advisor = AdvisorFactory()
    response = browser(advisor.user).post(edit_url(advisor), FORM | {"closed": "on"})
    assert (response.status_code, response["Location"]) == (302, advisor.get_absolute_url())
    found = Advisor.objects.get(pk=advisor.pk)
    assert (found.tags, found.months, found.mode) == (["death", "forms"], [9, 1], "online")
    assert (found.max_km, found.capacity) == (400, 3)
    assert found.closed_for_year == fiscal_year(timezone.localdate())
    event = Event.objects.get(type="advisor.profile_changed")
    assert '"capacity":[2,3]' in event.canonical
    assert "おくやみの窓口を4年" not in event.canonical
    assert "おくやみの窓口を4年" in event.personal.payload


def test_saving_the_same_again_is_no_event():
    advisor = AdvisorFactory()
    now = timezone.now()
    assert not change_profile(
        advisor=advisor, profile=profile_of(advisor, now), actor=actor_for(advisor.user), now=now
    )
    assert not Event.objects.filter(type="advisor.profile_changed").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("capacity", "5"),
        ("capacity", "-1"),
        ("max_km", "3001"),
        ("months", ["13"]),
        ("tags", ["flying"]),
        ("mode", "either"),
        ("introduction", "あ" * 1001),
    ],
)
def test_what_can_not_be_is_said_at_its_field(field, value):
    advisor = AdvisorFactory()
    response = browser(advisor.user).post(edit_url(advisor), FORM | {field: value})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert (value if field == "introduction" else FORM["introduction"]) in response.content.decode()
    assert Advisor.objects.get(pk=advisor.pk).capacity == 2


def test_nobody_changes_another():
    advisor = AdvisorFactory()
    assert browser(AdvisorFactory().user).post(edit_url(advisor), FORM).status_code == 404
    assert browser(member(Role.AUDITOR)).post(edit_url(advisor), FORM).status_code == 403
    assert browser(member(Role.CONTACT, advisor.employer)).get(edit_url(advisor)).status_code == 403
    now = timezone.now()
    with pytest.raises(NotAllowed):
        change_profile(
            advisor=advisor,
            profile=profile_of(advisor, now),
            actor=actor_for(member(Role.AUDITOR)),
            now=now,
        )


def test_the_switch_closes_and_opens_the_year():
    advisor = AdvisorFactory()
    client, url = browser(advisor.user), reverse("advisor-close", args=[advisor.pk])
    client.post(url, {"closed": "1"})
    assert "切にして" in client.get(advisor.get_absolute_url()).content.decode()
    client.post(url, {"closed": "0"})
    assert Advisor.objects.get(pk=advisor.pk).closed_for_year is None
    assert Event.objects.filter(type="advisor.profile_changed").count() == 2


def test_me_is_one_s_own_page():
    advisor = AdvisorFactory()
    assert browser(advisor.user).get("/advisors/me/")["Location"] == advisor.get_absolute_url()
    assert browser(office()).get("/advisors/me/").status_code == 404


def test_a_town_reads_who_can_be_asked_but_no_contact_and_no_load():
    advisor = AdvisorFactory(introduction="窓口の並び替えが得意です")
    EngagementFactory(advisor=advisor.user)
    page = browser(member(Role.CONTACT, MunicipalityFactory())).get(advisor.get_absolute_url())
    text = page.content.decode()
    assert "窓口の並び替えが得意です" in text
    assert advisor.user.email not in text
    assert "2件のうち" not in text
    assert "2件のうち" in browser(office()).get(advisor.get_absolute_url()).content.decode()


def test_a_trainee_is_shown_to_the_office_and_to_themself_alone():
    trainee = AdvisorFactory(seat=Advisor.Seat.TRAINEE)
    statuses = {
        200: [trainee.user, office(), member(Role.AUDITOR)],
        404: [AdvisorFactory().user, member(Role.CONTACT, MunicipalityFactory())],
    }
    for status, people in statuses.items():
        for person in people:
            assert browser(person).get(trainee.get_absolute_url()).status_code == status


def test_the_office_finds_people_however_they_are_written():
    found = AdvisorFactory(user__name="髙橋 見本", employer__name="七ヶ浜見本町", section="市民課")
    AdvisorFactory(user__name="見本 次郎", tags=["system"])
    client = browser(office())
    for query in ("高橋", "七ケ浜", "市民課 高橋", "転入 髙橋"):
        rows = client.get("/advisors/", {"q": query}).context["rows"]
        assert [row.advisor.pk for row in rows] == [found.pk], query
    assert "見つかりませんでした" in client.get("/advisors/", {"q": "そんな人はいない"}).content.decode()


def test_the_list_says_who_is_free():
    AdvisorFactory(user__name="甲")
    AdvisorFactory(user__name="乙", certified=(date(2020, 4, 1), date(2021, 3, 31)))
    full = AdvisorFactory(user__name="丙", capacity=1)
    EngagementFactory(advisor=full.user)
    text = browser(office()).get("/advisors/").content.decode()
    assert all(word in text for word in ("あと2件", "認定切れ", "いっぱい", "1件のうち1件"))


def test_only_the_office_has_the_list():
    assert browser(AdvisorFactory().user).get("/advisors/").status_code == 403
    assert browser(member(Role.CONTACT, MunicipalityFactory())).get("/advisors/").status_code == 403
    assert browser(member(Role.AUDITOR)).get("/advisors/").status_code == 200


def test_an_empty_list_teaches():
    assert "まだアドバイザーの登録がありません" in browser(office()).get("/advisors/").content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_do_not_grow(number, django_assert_num_queries):
    for advisor in [AdvisorFactory() for _number in range(number)]:
        EngagementFactory(advisor=advisor.user)
    client, caller = browser(office()), browser(member(Role.AUDITOR))
    # Session, person, standings (2); two kinds of load, advisors, certifications; who is not registered, commissions.
    with django_assert_num_queries(9):
        assert len(client.get("/advisors/").context["rows"]) >= number
    with django_assert_num_queries(9):
        assert len(caller.get("/api/v1/advisors/").json()["results"]) >= number


def test_the_api_keeps_contact_and_limits_for_the_office_and_oneself():
    advisor = AdvisorFactory()
    url = f"/api/v1/advisors/{advisor.pk}/"
    private = {"email", "max_km", "capacity", "load", "closed", "certified_until"}
    private |= {"certificates", "commissions"}
    for person in (office(), member(Role.AUDITOR), advisor.user):
        assert private <= set(browser(person).get(url).json())
    for person in (AdvisorFactory().user, member(Role.CONTACT, MunicipalityFactory())):
        shown = browser(person).get(url).json()
        assert shown["employer"] == advisor.employer_id
        assert not private & set(shown)
    assert browser(member(Role.SECTION, MunicipalityFactory())).get(url).status_code == 403
