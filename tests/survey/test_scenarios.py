"""The scenario form: a life event, its household and what it must get done."""

from __future__ import annotations

import pytest

from engagements.survey import selectors
from engagements.survey.sample import sample_survey
from tests.factories.engagements import contact_of
from tests.factories.survey import HELD_ON, SurveyFactory, save
from tests.survey.typed import fields_of


@pytest.fixture
def survey(db):
    made = SurveyFactory(records__empty=True)
    scenario = {"id": "s1", "life_event": "move_in"}
    save(made, selectors.latest_document(made) | {"scenarios": [scenario]})
    return made


@pytest.fixture
def town(client, survey):
    client.force_login(contact_of(survey.engagement))
    return client


def test_a_scenario_is_typed_corrected_and_kept(town, survey):
    address = f"/surveys/{survey.pk}/scenario/"
    sent = fields_of(town.get(address), "life_event") | {
        "life_event": "death",
        "planned_minutes": "１２０",
        "household-0-relation": "妻",
        "household-0-age": "68歳",
        "household-0-attributes": "世帯主になる、車いす",
        "procedures-0-name": "年金<i>",
        "procedures-1-name": "水道",
    }
    assert town.post(address, sent).status_code == 302
    made = selectors.latest_document(survey)["scenarios"][1]
    assert made == {
        "id": "s2",
        "life_event": "death",
        "planned_minutes": 120,
        "household": [{"id": "p1", "relation": "妻", "age": 68, "attributes": ["世帯主になる", "車いす"]}],
        "procedures": [{"id": "k1", "name": "年金<i>"}, {"id": "k2", "name": "水道"}],
    }
    page = town.get(f"{address}s2/")
    assert "年金&lt;i&gt;" in page.content.decode()
    before = survey.versions.count()
    town.post(f"{address}s2/", fields_of(page, "life_event"))
    assert survey.versions.count() == before


def test_a_scenario_with_faults_comes_back_as_typed(town, survey):
    address = f"/surveys/{survey.pk}/scenario/"
    sent = fields_of(town.get(address), "life_event") | {"household-0-age": "若い", "title": "場面"}
    answer = town.post(address, sent)
    assert answer.status_code == 422
    again = fields_of(answer, "life_event")
    assert (again["household-0-age"], again["title"]) == ("若い", "場面")
    assert "ライフイベントを選んでください" in answer.content.decode()


def test_a_procedure_in_use_can_not_go(town, survey):
    save(survey, sample_survey(survey.engagement.municipality_id, HELD_ON), "入れ替え")
    address = f"/surveys/{survey.pk}/scenario/s1/"
    sent = fields_of(town.get(address), "life_event")
    answer = town.post(address, sent | {"procedures-0-delete": "1"})
    assert answer.status_code == 422
    assert "使っている手続き" in answer.content.decode()
