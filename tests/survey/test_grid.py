"""The keyboard grid: typed records are exactly the format's, and what the grid can't show is never touched."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from engagements.survey import selectors
from engagements.survey.grid import sheet as sheets
from engagements.survey.grid.cells import BadCell, parse_count, parse_time
from engagements.survey.measures import measure_survey, read_survey
from engagements.survey.sample import sample_survey
from tests.factories.engagements import EngagementFactory, contact_of
from tests.factories.survey import HELD_ON, SurveyFactory, save
from tests.survey import strategies
from tests.survey.typed import fields_of

SCENARIO = {
    "id": "s1",
    "life_event": "move_in",
    "household": [{"id": "p1", "relation": "世帯主", "age": 38}],
    "procedures": [{"id": "k1", "name": "転入届"}, {"id": "k2", "name": "国保"}, {"id": "k3", "name": "犬"}],
}
ROWS = [
    {
        "queued": "930",
        "called": "9:40",
        "finished": "９：５５",
        "counter": "1番",
        "section": "住民課",
        "building": "本庁舎",
        "floor": "1階",
        "distance": "３５",
        "names": "転入届、住民票の申請書",
        "w_name": "2",
        "w_address": "1",
        "avoided": "3",
        "procedures": "1",
        "again": "1",
        "problem": "番号札が見えない\r\n椅子が高い",
        "problem_category": "wayfinding",
    },
    {
        "queued": "9:58:30",
        "called": "10:05",
        "finished": "1015",
        "counter": "国保",
        "forms": "1",
        "w_name": "1",
        "procedures": "２",
        "good": "声をかけてくれた",
        "good_category": "service",
    },
    {"queued": "1020", "called": "1021", "finished": "1025", "counter": "税", "outcome": "wrong_counter"},
    {"queued": "1030", "called": "1032", "finished": "1040", "counter": "子育て", "problem": "遠い"},
    {"queued": "1045", "called": "1046", "finished": "1050", "counter": "学務"},
    {"queued": "1055", "called": "1056", "finished": "1100", "counter": "水道"},
    {"queued": "1105", "called": "1106", "finished": "1110", "counter": "介護", "building": "保健センター"},
    {
        "queued": "11時20分",
        "called": "11:21",
        "finished": "112530",
        "counter": "会計",
        "outcome": "come_again",
    },
]
HEAD = {"team": "A", "started": "9:25", "ended_at": "11:26", "ended": "finished", "actor": "newcomer"}


def at(clock):
    return f"2026-09-17T{clock}+09:00"


def visit(counter, queued, called, finished, **more):
    times = {"queued_at": at(queued), "called_at": at(called), "finished_at": at(finished)}
    return {"counter": counter, **times, **more}


EXPECTED = {
    "id": "r1",
    "scenario": "s1",
    "team": "A",
    "actor": "newcomer",
    "started_at": at("09:25:00"),
    "finished_at": at("11:26:00"),
    "ended": "finished",
    "visits": [
        visit("1番", "09:30:00", "09:40:00", "09:55:00", section="住民課", building="本庁舎", floor="1階",
              distance_m=35, explained_again=1, procedures=["k1"],
              forms=[{"name": "転入届", "writes": [
                  {"field": "name", "times": 2},
                  {"field": "address", "times": 1},
                  {"field": "other", "times": 3, "how": "prefilled"},
              ]}, {"name": "住民票の申請書"}],
              observations=[
                  {"kind": "problem", "category": "wayfinding", "text": "番号札が見えない"},
                  {"kind": "problem", "category": "wayfinding", "text": "椅子が高い"},
              ]),
        visit("国保", "09:58:30", "10:05:00", "10:15:00", procedures=["k2"],
              forms=[{"writes": [{"field": "name", "times": 1}]}],
              observations=[{"kind": "good", "category": "service", "text": "声をかけてくれた"}]),
        visit("税", "10:20:00", "10:21:00", "10:25:00", outcome="wrong_counter"),
        visit("子育て", "10:30:00", "10:32:00", "10:40:00",
              observations=[{"kind": "problem", "category": "operation", "text": "遠い"}]),
        visit("学務", "10:45:00", "10:46:00", "10:50:00"),
        visit("水道", "10:55:00", "10:56:00", "11:00:00"),
        visit("介護", "11:05:00", "11:06:00", "11:10:00", building="保健センター"),
        visit("会計", "11:20:00", "11:21:00", "11:25:30", outcome="come_again"),
    ],
}  # fmt: skip


def posted(rows, head=None, **more):
    fields = {f"visits-{n}-{key}": text for n, row in enumerate(rows) for key, text in row.items()}
    return {**(HEAD if head is None else head), "visits-TOTAL_FORMS": str(len(rows)), **fields, **more}


@pytest.fixture
def survey(db):
    made = SurveyFactory(engagement=EngagementFactory(), records__empty=True)
    document = selectors.latest_document(made) | {"scenarios": [SCENARIO]}
    save(made, document)
    return made


@pytest.fixture
def town(client, survey):
    client.force_login(contact_of(survey.engagement))
    return client


def url(survey, route=""):
    return f"/surveys/{survey.pk}/grid/" + (f"{route}/" if route else "")


def test_a_route_of_eight_visits_gives_exactly_its_document_and_measures(town, survey):
    page = town.get(url(survey))
    sent = fields_of(page, "visits-TOTAL_FORMS") | posted(ROWS)
    assert town.post(url(survey), sent).status_code == 302
    document = selectors.latest_document(survey)
    assert document["routes"] == [EXPECTED]
    route = selectors.measures(survey)["routes"]["r1"]
    assert route["visits"] == 8
    assert route["total_s"] == 121 * 60
    assert (route["forms"], route["writes"], route["writes_avoided"], route["repeated_writes"]) == (
        3,
        4,
        3,
        2,
    )
    assert route["procedures_missed"] == ["k3"]
    assert (route["wrong_counters"], route["come_again"], route["explained_again"]) == (1, 1, 1)


def test_what_was_typed_is_shown_again_and_saved_unchanged(town, survey):
    town.post(url(survey), fields_of(town.get(url(survey)), "visits-TOTAL_FORMS") | posted(ROWS))
    before = survey.versions.count()
    sent = fields_of(town.get(url(survey, "r1")), "visits-TOTAL_FORMS")
    assert sent["visits-0-queued"] == "9:30"
    assert sent["visits-0-names"] == "転入届、住民票の申請書"
    assert town.post(url(survey, "r1"), sent).status_code == 302
    assert survey.versions.count() == before


def awkward(survey):
    """An imported survey with all that a grid can't show."""
    document = sample_survey(survey.engagement.municipality_id, HELD_ON)
    route = document["routes"][0]
    route["zeta"] = {"x": [1.5, None]}
    route["started_at"] = "2026-09-17T00:30:00.250Z"
    first = route["visits"][0]
    first |= {"counter": " 1番\n住民 ", "alpha": True, "section": None, "floor": "", "outcome": None}
    first["queued_at"] = first["queued_at"].replace("+09:00", ".900+09:00")
    first["observations"].append(
        {"kind": "idea", "category": "form", "text": "1枚に\nまとめる", "photo": "a.jpg", "heading": "書類面"}
    )
    first["procedures"] = ["k1", "k1", ""]
    return document


def test_imported_opened_and_saved_unchanged_is_the_identical_file(town, survey):
    save(survey, awkward(survey), "入れ替え")
    before = survey.versions.latest("number")
    for route in ("r1", "r2", "r3"):
        sent = fields_of(town.get(url(survey, route)), "visits-TOTAL_FORMS")
        assert town.post(url(survey, route), sent).status_code == 302
    assert survey.versions.latest("number").content == before.content
    town.post(url(survey, "r3"), sent | {"visits-0-section": "住民課", "idempotency_key": "next"})
    after = survey.versions.latest("number").document
    wanted = before.document
    wanted["routes"][2]["visits"][0]["section"] = "住民課"
    assert after == wanted


@hypothesis_settings(max_examples=60, deadline=None)
@given(strategies.surveys())
def test_any_route_survives_the_sheet_unchanged(document):
    scenarios = {scenario["id"]: scenario for scenario in document.get("scenarios") or ()}
    for route in document.get("routes") or ():
        scenario = scenarios[route["scenario"]]
        shown = sheets.show(route, scenario, HELD_ON)
        sent = {cell.name: cell.value for cell in shown.head}
        sent |= {cell.name: cell.value for row in shown.rows for cell in row.cells}
        sent |= {f"{row.name}-source": row.source for row in shown.rows}
        sent["visits-TOTAL_FORMS"] = str(len(shown.rows))
        edited = sheets.edit(route, scenario, HELD_ON, sent)
        assert edited.faults == {}
        assert json.dumps(edited.route) == json.dumps(route)


def test_cells_with_more_than_the_grid_shows_are_locked_and_refused(town, survey):
    save(survey, awkward(survey), "入れ替え")
    page = town.get(url(survey, "r1"))
    sent = fields_of(page, "visits-TOTAL_FORMS")
    assert "出しきれない記録" in page.content.decode()
    before = survey.versions.count()
    answer = town.post(url(survey, "r1"), sent | {"visits-0-w_name": "9"})
    assert answer.status_code == 422
    assert "1行目 氏名" in answer.content.decode()
    assert survey.versions.count() == before


def test_bad_cells_get_a_sentence_each_and_nothing_typed_is_lost(town, survey):
    rows = [{"queued": "25:00", "counter": "窓<b>", "w_name": "二"}, {"called": "9:00", "procedures": "9"}]
    sent = fields_of(town.get(url(survey)), "visits-TOTAL_FORMS") | posted(rows)
    answer = town.post(url(survey), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("1行目 着いた", "時刻を 9:30 か 930", "1行目 氏名", "2行目 済んだ手続き", "3か所を直すと"):
        assert words in page
    again = fields_of(answer, "visits-TOTAL_FORMS")
    typed = posted(rows)
    assert {key: again[key] for key in typed} == typed
    assert "窓&lt;b&gt;" in page
    assert survey.versions.count() == 1


def test_faults_of_the_whole_stand_at_their_cells(town, survey):
    rows = [{"queued": "930", "called": "920", "counter": "1番"}, {"queued": "950"}]
    answer = town.post(url(survey), fields_of(town.get(url(survey)), "visits-TOTAL_FORMS") | posted(rows))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_visits-0-called"' in page
    assert 'href="#id_visits-1-counter"' in page
    assert survey.versions.count() == 1


def test_a_row_typed_late_finds_its_place(town, survey):
    rows = [
        ROWS[0],
        ROWS[3],
        {"queued": "1000", "called": "1001", "finished": "1002", "counter": "忘れていた"},
    ]
    town.post(url(survey), fields_of(town.get(url(survey)), "visits-TOTAL_FORMS") | posted(rows))
    (route,) = selectors.latest_document(survey)["routes"]
    assert [item["counter"] for item in route["visits"]] == ["1番", "忘れていた", "子育て"]


def test_a_row_is_deleted_only_when_it_is_ticked(town, survey):
    save(survey, sample_survey(survey.engagement.municipality_id, HELD_ON), "入れ替え")
    sent = fields_of(town.get(url(survey, "r1")), "visits-TOTAL_FORMS")
    number = len(selectors.latest_document(survey)["routes"][0]["visits"])
    emptied = sent | {key: "" for key in sent if key.startswith("visits-2-") and not key.endswith("-source")}
    assert town.post(url(survey, "r1"), emptied).status_code == 422
    assert town.post(url(survey, "r1"), sent | {"visits-2-delete": "1"}).status_code == 302
    assert len(selectors.latest_document(survey)["routes"][0]["visits"]) == number - 1


def test_more_rows_without_a_script(town, survey):
    sent = fields_of(town.get(url(survey)), "visits-TOTAL_FORMS") | posted(ROWS)
    page = town.post(url(survey), sent | {"more": "1"})
    again = fields_of(page, "visits-TOTAL_FORMS")
    assert again["visits-TOTAL_FORMS"] == "16"
    assert again["visits-7-counter"] == "会計"
    assert survey.versions.count() == 1


def test_a_stale_sheet_shows_both_and_saves_on_demand(town, survey):
    save(survey, sample_survey(survey.engagement.municipality_id, HELD_ON), "入れ替え")
    mine = fields_of(town.get(url(survey, "r1")), "visits-TOTAL_FORMS")
    other = dict(mine) | {"visits-0-section": "ほかの人の課", "idempotency_key": "other"}
    assert town.post(url(survey, "r1"), other).status_code == 302
    answer = town.post(url(survey, "r1"), mine | {"visits-0-section": "わたしの課", "visits-1-floor": "9階"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "ほかの人の課" in page
    assert "わたしの課" in page
    assert "どちらも消えていません" in page
    assert town.post(url(survey, "r1"), fields_of(answer, "visits-TOTAL_FORMS")).status_code == 302
    first, second = selectors.latest_document(survey)["routes"][0]["visits"][:2]
    assert (first["section"], second["floor"]) == ("わたしの課", "9階")


def test_another_teams_save_hinders_nobody(town, survey):
    save(survey, sample_survey(survey.engagement.municipality_id, HELD_ON), "入れ替え")
    sheets_of = {id: fields_of(town.get(url(survey, id)), "visits-TOTAL_FORMS") for id in ("r1", "r2")}
    for id, sent in sheets_of.items():
        assert town.post(url(survey, id), sent | {"visits-0-section": id}).status_code == 302
    routes = selectors.latest_document(survey)["routes"]
    assert [route["visits"][0]["section"] for route in routes[:2]] == ["r1", "r2"]


def test_a_double_submit_makes_one_route(town, survey):
    sent = fields_of(town.get(url(survey)), "visits-TOTAL_FORMS") | posted(ROWS)
    town.post(url(survey), sent)
    town.post(url(survey), sent)
    assert len(selectors.latest_document(survey)["routes"]) == 1


def test_going_back_and_saving_something_else_loses_nothing(town, survey):
    sent = fields_of(town.get(url(survey)), "visits-TOTAL_FORMS") | posted(ROWS)
    town.post(url(survey), sent)
    answer = town.post(url(survey), sent | {"visits-0-counter": "直した"})
    assert answer.status_code == 409
    assert fields_of(answer, "visits-TOTAL_FORMS")["visits-0-counter"] == "直した"


def test_two_teams_typed_from_one_empty_sheet_are_two_routes(town, survey):
    blank = fields_of(town.get(url(survey)), "visits-TOTAL_FORMS")
    town.post(url(survey), blank | posted(ROWS))
    town.post(url(survey), blank | posted(ROWS[:2], HEAD | {"team": "B", "ended": ""}, idempotency_key="b"))
    assert [route["team"] for route in selectors.latest_document(survey)["routes"]] == ["A", "B"]


def test_a_route_with_totals_only_is_not_opened(town, survey):
    document = selectors.latest_document(survey)
    document["routes"] = [{"id": "r1", "scenario": "s1", "totals": {"writes": 75}}]
    save(survey, document)
    page = town.get(url(survey, "r1"))
    assert "合計だけ" in page.content.decode()
    assert "visits-TOTAL_FORMS" not in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "read"),
    [("930", "09:30:00"), ("0930", "09:30:00"), ("9:30", "09:30:00"), ("9:30:15", "09:30:15"), ("９：３０", "09:30:00"),
     ("93015", "09:30:15"), ("１３４５", "13:45:00"), ("9時5分", "09:05:00"), (" 9:30 ", "09:30:00")],
)  # fmt: skip
def test_times_are_read_as_people_type_them(typed, read):
    assert str(parse_time(typed)) == read


@pytest.mark.parametrize(
    "typed", ["24:00", "960", "9:60", "9", "九時台", "9:30:61", "9.30", "-9:30", "9:30 pm"]
)
def test_other_times_are_refused(typed):
    with pytest.raises(BadCell):
        parse_time(typed)


@pytest.mark.parametrize("typed", ["-1", "1.5", "二回半", "1e3", "99999999"])
def test_other_counts_are_refused(typed):
    with pytest.raises(BadCell):
        parse_count(typed)


def test_the_sheet_edits_a_copy():
    route = deepcopy(EXPECTED)
    sheets.edit(route, SCENARIO, HELD_ON, posted([{"counter": "x", "queued": "800"}]))
    assert route == EXPECTED


def test_the_expected_document_is_a_valid_survey():
    document = {
        "format": "madoguchi-survey/1",
        "survey": {"municipality": "033022", "held_on": "2026-09-17", "round": 1},
        "scenarios": [SCENARIO],
        "routes": [EXPECTED],
    }
    assert measure_survey(read_survey(json.dumps(document)))["routes"]["r1"]["complete"]
