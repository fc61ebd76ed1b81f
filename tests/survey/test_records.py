"""The raw records behind the figures: who reads what of them."""

from __future__ import annotations

import pytest

from accounts.models import Role
from engagements.survey import selectors
from tests.factories.engagements import contact_of, member
from tests.factories.survey import SurveyFactory, save

pytestmark = pytest.mark.django_db
WORDS = "呼び方が聞き取れない"


@pytest.fixture
def survey():
    made = SurveyFactory(records__teams=2)
    document = selectors.latest_document(made)
    document["routes"][0]["visits"][0]["observations"] = [
        {"kind": "problem", "category": "service", "text": WORDS}
    ]
    save(made, document, reason="気づきを足した")
    return made


def page(client, user, survey, query=""):
    client.force_login(user)
    return client.get(f"/surveys/{survey.pk}/records/{query}")


def test_every_visit_stands_in_the_columns_of_the_grid(client, survey):
    said = page(client, contact_of(survey.engagement), survey).content.decode()
    routes = selectors.latest_document(survey)["routes"]
    assert any(route["visits"] for route in routes)
    for route in routes:
        assert f'id="route-{route["id"]}"' in said
        for visit in route["visits"]:
            assert visit["counter"] in said
    assert WORDS in said


def test_a_remark_is_not_read_here_before_its_section_has_it(client, survey):
    section = member(Role.SECTION, survey.engagement.municipality, email="madoguchi@town.example.test")
    answer = page(client, section, survey)
    assert (answer.status_code, WORDS in answer.content.decode()) == (200, False)


def test_an_earlier_version_says_what_it_said(client, survey):
    contact = contact_of(survey.engagement)
    said = page(client, contact, survey, "?version=1").content.decode()
    assert (WORDS in said, "いまの版は第2版です" in said) == (False, True)
    assert page(client, contact, survey, "?version=9").status_code == 404
    assert page(client, contact, survey, "?version=x").status_code == 200


def test_another_town_reads_nothing_and_an_empty_survey_says_so(client, survey):
    assert page(client, contact_of(SurveyFactory().engagement), survey).status_code == 404
    empty = SurveyFactory(records__empty=True)
    assert page(client, contact_of(empty.engagement), empty).status_code == 404


def test_the_counters_that_are_kept_blind_read_nothing_before_the_reveal(client, survey):
    document = selectors.latest_document(survey)
    document["preparation"]["rules"] |= {"blind": "counters", "reveal_at": "2030-01-01T12:00:00+09:00"}
    save(survey, document, reason="知らせない")
    section = member(Role.SECTION, survey.engagement.municipality, email="madoguchi@town.example.test")
    assert page(client, section, survey).status_code == 409


def test_thirty_routes_ask_no_more_than_one(client, django_assert_max_num_queries):
    counts = []
    for teams in (1, 30):
        made = SurveyFactory(records__teams=teams)
        client.force_login(contact_of(made.engagement))
        with django_assert_max_num_queries(20) as seen:
            client.get(f"/surveys/{made.pk}/records/")
        counts.append(len(seen))
    assert counts[0] == counts[1]
