"""Surveys in the API."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from engagements.survey import selectors
from engagements.survey.measures import encode, measure_survey, read_survey
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.sample import sample_survey
from tests.factories.engagements import EngagementFactory, contact_of, office
from tests.factories.survey import HELD_ON, SurveyFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/surveys/"


@pytest.fixture
def engagement():
    return EngagementFactory()


@pytest.fixture
def town(client, engagement):
    client.force_login(contact_of(engagement))
    return client


@pytest.fixture
def document(engagement):
    return sample_survey(engagement.municipality_id, HELD_ON)


def post(client, address, body, **more):
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(address, text, content_type="application/json", **more)


def test_records_go_in_and_come_out(town, engagement, document):
    answer = post(town, URL, {"engagement": engagement.pk, "document": document})
    assert answer.status_code == 201
    assert (answer.json()["number"], answer.json()["source"]) == (1, "import")
    pk = answer.json()["survey"]
    detail = town.get(f"{URL}{pk}/").json()
    assert (detail["version"], detail["round"], detail["held_on"]) == (1, 1, "2026-09-17")
    wanted = measure_survey(read_survey(encode(document)))
    assert detail["measures"] == wanted
    assert town.get(f"{URL}{pk}/measures/").json() == wanted
    assert town.get(f"{URL}{pk}/document/").json() == document


def test_a_file_in_a_form_is_the_same(town, engagement, document):
    file = SimpleUploadedFile("調査.json", b"\xef\xbb\xbf" + encode(document))
    answer = town.post(URL, {"engagement": engagement.pk, "document": file})
    assert answer.status_code == 201
    assert SurveyVersion.objects.get().document == document


def test_the_same_key_is_one_import(town, engagement, document):
    body = {"engagement": engagement.pk, "document": document}
    answers = [post(town, URL, body, headers={"Idempotency-Key": "k1"}).json() for _ in range(2)]
    assert answers[0] == answers[1]
    other = deepcopy(body)
    other["document"]["survey"]["title"] = "別"
    assert post(town, URL, other, headers={"Idempotency-Key": "k1"}).status_code == 409
    assert SurveyVersion.objects.count() == 1


def test_a_correction_is_a_new_version_with_a_reason(town, engagement, document):
    survey = SurveyFactory(engagement=engagement, records=document)
    document["routes"][0]["team"] = "Z"
    address = f"{URL}{survey.pk}/versions/"
    refused = post(town, address, {"document": document})
    assert refused.status_code == 422
    assert list(refused.json()["fields"]) == ["reason"]
    answer = post(town, address, {"document": document, "reason": "班の名前"})
    assert (answer.status_code, answer.json()["number"], answer.json()["reason"]) == (201, 2, "班の名前")


def test_faults_are_named_by_path(town, engagement, document):
    document["routes"][0]["visits"][0]["distance_m"] = -1
    answer = post(town, URL, {"engagement": engagement.pk, "document": document})
    assert answer.status_code == 422
    assert answer.json()["fields"] == {"routes[0].visits[0].distance_m": ["0以上の整数にしてください。"]}
    assert not Survey.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[" * 100_000, 413),
        ("{", 400),
        ("[]", 422),
        ("{}", 422),
        ('{"document": null, "engagement": 1}', 422),
        ('{"document": {"format": "madoguchi-survey/1", "x": "\\ud800"}, "engagement": 1}', 422),
        ('{"document": {"format": "madoguchi-survey/1"}, "engagement": 1}', 422),
        ('{"document": 5, "engagement": 1}', 422),
        ('{"document": "text", "engagement": 1}', 422),
    ],
)
def test_bad_bodies_are_problems(town, body, status):
    answer = post(town, URL, body, headers={"Idempotency-Key": "bad"})
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("asked", [None, "", "x", "-1", 1.5, [], 10**30])
def test_an_engagement_that_is_no_id(town, document, asked):
    answer = post(town, URL, {"engagement": asked, "document": document})
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == ["engagement"]


@pytest.mark.parametrize("reason", ["a\x00", "\ud800", "長" * 301, ["x"]])
def test_a_reason_that_can_not_be_kept(town, engagement, document, reason):
    answer = post(town, URL, {"engagement": engagement.pk, "document": document, "reason": reason})
    assert answer.status_code == 422
    assert not Survey.objects.exists()


def test_too_large_a_body_is_refused_unread(town, engagement, document, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    assert post(town, URL, " " * 70_000 + "{").status_code == 413
    assert post(town, URL, {"engagement": engagement.pk, "document": document}).status_code == 413


def test_foreign_surveys_are_not_there(town, engagement, document):
    other = SurveyFactory(engagement=EngagementFactory(), title="よその調査")
    mine = SurveyFactory(engagement=engagement)
    assert [one["id"] for one in town.get(URL).json()["results"]] == [mine.pk]
    for part in ("", "document/", "measures/"):
        assert town.get(f"{URL}{other.pk}/{part}").status_code == 404
    assert post(town, f"{URL}{other.pk}/versions/", {"document": document}).status_code == 404
    body = {"engagement": other.engagement_id, "document": document}
    assert post(town, URL, body).status_code == 404
    assert selectors.latest_version(other).number == 1


def test_the_list_is_filtered_searched_and_costs_the_same(client, engagement, django_assert_num_queries):
    client.force_login(office())
    SurveyFactory(engagement=engagement)
    with django_assert_num_queries(5):
        assert len(client.get(URL).json()["results"]) == 1
    SurveyFactory(engagement=engagement, round=2)
    SurveyFactory(engagement=EngagementFactory(), title="おくやみの調査")
    with django_assert_num_queries(5):
        assert len(client.get(URL).json()["results"]) == 3
    assert len(client.get(f"{URL}?engagement={engagement.pk}&round=2").json()["results"]) == 1
    assert len(client.get(URL, {"search": "おくやみ"}).json()["results"]) == 1
