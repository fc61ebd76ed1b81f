"""Records that leave for others: what could be read as blame stays until its section agrees."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from engagements.survey import remarks, selectors, services
from engagements.survey.measures import measure_survey, read_survey
from engagements.survey.models import SharedRemark
from tests.factories.engagements import actor as acting
from tests.factories.engagements import contact_of
from tests.factories.survey import SurveyFactory, save

pytestmark = pytest.mark.django_db
COVERED = "(窓口の課の了承があるまで伏せています)"
SAID = {
    "blame": {"kind": "problem", "category": "service", "text": "説明が早口だった", "photo": "p.jpg"},
    "thing": {"kind": "problem", "category": "facility", "text": "椅子が高い"},
    "good": {"kind": "good", "category": "service", "text": "声をかけてくれた"},
}


@pytest.fixture
def survey():
    made = SurveyFactory(records__teams=1)
    document = selectors.latest_document(made)
    for visit in document["routes"][0]["visits"]:
        visit["observations"] = []
    document["routes"][0]["visits"][0]["observations"] = list(SAID.values())
    document["routes"][0]["observations"] = [
        {"kind": "problem", "category": "service", "text": "入口で迷った"}
    ]
    save(made, document, reason="気づきを選んだ")
    return made


def shared(survey, *, agreed=False):
    items = selectors.observations(selectors.latest_document(survey))
    remarks.share(survey, [item for item in items if item.section], now=timezone.now())
    if agreed:
        rows = SharedRemark.objects.filter(survey=survey)
        key = rows.first().section_key
        said = {row.key: ("", True) for row in rows}
        remarks.keep_replies(survey, key, said, by="見本 課長", now=timezone.now())


def texts(survey, **more):
    actor = acting(contact_of(survey.engagement))
    export = services.export_document(survey, actor=actor, now=timezone.now(), **more)
    document = json.loads(export.data)
    visits = document["routes"][0]["visits"][0]["observations"]
    return [item["text"] for item in [*visits, *document["routes"][0]["observations"]]], export


def test_blame_is_covered_things_and_thanks_are_not(survey):
    shared(survey)
    found, export = texts(survey, for_others=True)
    assert found == [COVERED, "椅子が高い", "声をかけてくれた", "入口で迷った"]
    assert ("p.jpg" in export.data.decode(), "ほかへ渡す用" in export.name) == (False, True)


def test_the_section_agrees_and_may_take_it_back(survey):
    shared(survey, agreed=True)
    assert texts(survey, for_others=True)[0][0] == "説明が早口だった"
    rows = SharedRemark.objects.filter(survey=survey)
    remarks.keep_replies(
        survey,
        rows.first().section_key,
        {row.key: ("", False) for row in rows},
        by="見本 課長",
        now=timezone.now(),
    )
    assert texts(survey, for_others=True)[0][0] == COVERED


def test_what_no_section_was_shown_yet_is_covered_whatever_it_is(survey):
    assert texts(survey, for_others=True)[0] == [COVERED, COVERED, COVERED, "入口で迷った"]


def test_the_towns_own_file_keeps_every_word(survey):
    shared(survey)
    assert texts(survey)[0][0] == "説明が早口だった"


def test_who_walked_and_whom_to_call_stays_in_the_town(survey):
    prepared = json.loads(texts(survey, for_others=True)[1].data)["preparation"]
    own = json.loads(texts(survey)[1].data)["preparation"]
    assert ("見本 みどり" in str(own), "内線 123" in str(own)) == (True, True)
    assert ("見本 みどり" in str(prepared), "例示" in str(prepared), "内線 123" in str(prepared)) == (
        False,
    ) * 3
    assert (prepared["places"], prepared["answers"]) == (own["places"], own["answers"])
    assert [team["team"] for team in prepared["teams"]] == ["A班"]


def test_covering_changes_no_measure(survey):
    _texts, export = texts(survey, for_others=True)
    whole = selectors.latest_version(survey).content
    assert measure_survey(read_survey(export.data)) == measure_survey(read_survey(whole))


def test_the_page_and_the_address_offer_both(client, survey):
    shared(survey)
    client.force_login(contact_of(survey.engagement))
    page = client.get(survey.get_absolute_url()).content.decode()
    assert "気づき1件の文を伏せます" in page
    assert COVERED in client.get(f"/surveys/{survey.pk}/file/?for=others").content.decode()
    assert COVERED not in client.get(f"/surveys/{survey.pk}/file/").content.decode()
    api = client.get(f"/api/v1/surveys/{survey.pk}/document/?for=others")
    assert COVERED in api.content.decode()
