"""The correctable timeline: what was typed becomes the route, old and new are readable, and nothing is lost."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Role
from engagements.survey import remarks, selectors
from engagements.survey.correction.changes import changes
from engagements.survey.correction.effects import with_route
from engagements.survey.correction.history import with_changes
from engagements.survey.correction.page import places_of
from engagements.survey.correction.spoken import say
from engagements.survey.correction.typed import correct
from engagements.survey.correction.visits import EDGES, cells
from engagements.survey.measures import SurveyFaults, encode, read_survey
from engagements.survey.sample import sample_survey
from tests.factories.engagements import contact_of, member
from tests.factories.sections import mailbox
from tests.factories.survey import HELD_ON, SurveyFactory, save
from tests.survey.typed import fields_of
from workflow import outbox
from workflow.models import Event


def at(clock: str) -> str:
    return f"2026-09-17T{clock}+09:00"


def visit(counter: str, section: str, *times: str, **more: Any) -> dict[str, Any]:
    names = ("queued_at", "called_at", "finished_at")
    return {"counter": counter, "section": section} | dict(zip(names, map(at, times), strict=True)) | more


#: As a phone recorded it: persons and times with what was written, a form's mis-taps, a remark.
RECORDED: dict[str, Any] = {
    "id": "r1",
    "scenario": "s1",
    "team": "A",
    "started_at": at("09:30:00"),
    "finished_at": at("10:45:00"),
    "ended": "finished",
    "observations": [],
    "visits": [
        visit("町民生活課", "町民生活課", "09:30:00", "09:36:00", "09:54:00", forms=[], observations=[]),
        visit(
            "国保年金",
            "国保年金課",
            "09:55:00",
            "10:05:00",
            "10:14:00",
            procedures=["k3"],
            forms=[
                {
                    "writes": [
                        {"field": "name", "times": 2, "at": at("09:57:00"), "person": "p1"},
                        {"field": "address", "times": 1, "at": at("09:57:30"), "person": "p1"},
                        {"field": "phone", "times": 1, "at": at("10:06:20"), "person": "p2"},
                    ],
                    "name": "国保異動届",
                },
                {"writes": [], "name": "口座振替の依頼書"},
            ],
            observations=[
                {
                    "kind": "problem",
                    "category": "operation",
                    "text": "番号札が見えない",
                    "at": at("09:56:00"),
                }
            ],
        ),
        visit("子ども未来課", "子ども課", "10:16:00", "10:20:00", "10:33:00", forms=[], observations=[]),
    ],
}
SCENARIO = {
    "id": "s1",
    "life_event": "move_in",
    "household": [{"id": "p1", "relation": "世帯主"}, {"id": "p2", "relation": "妻"}],
    "procedures": [{"id": "k3", "name": "国保"}],
}
PLACES = places_of({"routes": [RECORDED]})


def typed(**said: str) -> dict[str, str]:
    """Fields of the second visit: ``typed(called_at="1003", w2_gone="1")``."""
    return {f"v1-{name if name in EDGES else name.replace('_', '-')}": value for name, value in said.items()}


def corrected(**said: str) -> Any:
    return correct(RECORDED, ["p1", "p2"], PLACES, typed(**said))


def lines(made: Any) -> list[str]:
    return [one.line for one in say(changes(RECORDED, made.route), SCENARIO)]


# --- pure -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"called_at": "１００３"}, "国保年金 呼ばれた 10:05 → 10:03"),
        ({"called_at": ""}, "国保年金 呼ばれた 10:05 → 記録なし"),
        ({"place": "子ども未来課(子ども課)"}, "国保年金 窓口 国保年金(国保年金課) → 子ども未来課(子ども課)"),
        ({"w2_form": "1"}, "国保年金 3本目の様式 国保異動届 → 口座振替の依頼書"),
        ({"w2_gone": "1"}, "国保年金 3本目 電話 国保異動届、妻 → 消した"),
        ({"w0_person": ""}, "国保年金 1本目の誰のこと 世帯主 → 記録なし"),
        ({"w0_times": "1"}, "国保年金 1本目の回数 2回 → 1回"),
        ({"w1_how": "prefilled"}, "国保年金 2本目の書き方 書いた → 印字済み"),
        ({"w1_field": "kana"}, "国保年金 2本目の項目 住所 → かな"),
        ({"w1_at": "9:58"}, "国保年金 2本目の時刻 9:57:30 → 9:58"),
        ({"n0_field": "date", "n0_at": "958", "n0_form": "1"}, "国保年金 3本目 日付 なし → 口座振替の依頼書"),
        ({"f1_name": "口座振替依頼書"}, "国保年金 2つ目の様式の名前 口座振替の依頼書 → 口座振替依頼書"),
        ({"f1_gone": "1"}, "国保年金 2つ目の様式 口座振替の依頼書 → 消した"),
        ({"fnew_name": "同意書"}, "国保年金 3つ目の様式 なし → 同意書"),
        ({"o0_at": "9:57"}, "国保年金 1件目の気づきの時刻 9:56 → 9:57"),
        ({"gone": "1"}, "国保年金 窓口の記録 国保年金(国保年金課) 9:55 → 消した"),
    ],
)
def test_a_correction_changes_what_it_names_and_nothing_else(said, line):
    made = corrected(**said)
    assert not made.faults
    assert lines(made) == [line]
    assert all(made.route[name] == RECORDED[name] for name in RECORDED if name != "visits")


def test_times_keep_the_day_and_the_offset_of_what_stood_there():
    walked = deepcopy(RECORDED)
    walked["visits"][1]["called_at"] = "2026-09-18T01:05:00+00:00"
    made = correct(walked, [], PLACES, typed(called_at="1:03"))
    assert made.route["visits"][1]["called_at"] == "2026-09-18T01:03:00+00:00"


def test_an_entry_moves_to_a_form_that_is_added_with_it():
    made = corrected(w2_form="new", fnew_name="同意書")
    forms = made.route["visits"][1]["forms"]
    assert [(form["name"], len(form["writes"])) for form in forms] == [
        ("国保異動届", 2),
        ("口座振替の依頼書", 0),
        ("同意書", 1),
    ]


@pytest.mark.parametrize(
    ("said", "name", "fault"),
    [
        ({"called_at": "25:00"}, "v1-called_at", "time"),
        ({"w0_times": "-1"}, "v1-w0-times", "count"),
        ({"w0_times": ""}, "v1-w0-times", "missing"),
        ({"w0_person": "p9"}, "v1-w0-person", "choice"),
        ({"w0_form": "7"}, "v1-w0-form", "choice"),
        ({"w0_form": "new"}, "v1-w0-form", "form_needed"),
        ({"place": "どこか"}, "v1-place", "choice"),
        ({"f0_gone": "1"}, "v1-f0-gone", "form_in_use"),
        ({"n0_at": "958", "n0_form": "0"}, "v1-n0-field", "missing"),
        ({"f0_name": "あ" * 2001}, "v1-f0-name", "text"),
    ],
)
def test_what_can_not_be_is_a_fault_at_its_field(said, name, fault):
    assert corrected(**said).faults == {name: fault}


def test_faults_of_the_format_find_the_field_also_where_a_visit_and_a_form_went():
    names = correct(
        RECORDED, ["p1", "p2"], PLACES, {"v0-gone": "1", "v1-f1-gone": "1"} | typed(w0_gone="1")
    ).names
    assert names["visits[0].called_at"] == "v1-called_at"
    assert names["visits[0].forms[0].writes[1].at"] == "v1-w2-at"
    assert names["visits[1].queued_at"] == "v2-queued_at"


WALKED = sample_survey("044041", HELD_ON, teams=1)
ROUTE = WALKED["routes"][0]
SHOWN = {name: text for v, one in enumerate(ROUTE["visits"]) for name, text in cells(one, v).items()}
NAMES = [
    *SHOWN,
    "v0-gone",
    "v0-w0-gone",
    "v0-f0-gone",
    "v0-n0-field",
    "v0-n0-at",
    "v0-n0-form",
    "v1-fnew-name",
]
SAID = st.one_of(
    st.text("0129:時あp \x00", max_size=8),
    st.sampled_from([*SHOWN.values(), "new", "", "930", "24:00", "10:30", "p2", "kana", "0"]),
)
PEOPLE = [person["id"] for person in WALKED["scenarios"][0]["household"]]


@given(st.dictionaries(st.sampled_from(NAMES), SAID, max_size=6))
@hypothesis_settings(max_examples=60)
def test_whatever_is_typed_gives_faults_or_a_route_that_can_be_read_and_the_old_one_comes_back(said):
    whole = places_of(WALKED)
    made = correct(ROUTE, PEOPLE, whole, said)
    assert set(made.faults) <= set(NAMES) | {
        f"v0-n0-{name}" for name in ("form", "field", "person", "how", "times")
    }
    if not made.faults:
        try:
            read_survey(encode(with_route(WALKED, made.route)))
        except SurveyFaults as refusal:  # each has a field of the form
            paths = [fault.path.removeprefix("routes[0].") for fault in refusal.faults]
            assert all(path in made.names for path in paths), paths
        assert (changes(ROUTE, made.route) == []) == (made.route == ROUTE)
    undone = correct(ROUTE, PEOPLE, whole, {name: SHOWN.get(name, "") for name in said})
    assert (undone.route, undone.faults) == (ROUTE, {})


# --- the page -------------------------------------------------------------------------------


@pytest.fixture
def survey():
    made = SurveyFactory(records__teams=1)
    document = selectors.latest_document(made)
    document["scenarios"][0] |= {"id": "s1", "procedures": SCENARIO["procedures"]}
    document["routes"] = [deepcopy(RECORDED)]
    save(made, document, "電話の記録")
    return made


@pytest.fixture
def town(client, survey):
    client.force_login(contact_of(survey.engagement))
    return client


def url(survey):
    return f"/surveys/{survey.pk}/timeline/r1/"


def opened(town, survey, number=2):
    return fields_of(town.get(f"{url(survey)}?visit={number}"), "base")


def route_of(survey):
    (route,) = selectors.latest_document(survey)["routes"]
    return route


@pytest.mark.django_db
def test_an_untouched_page_has_nothing_to_keep(town, survey):
    answer = town.post(url(survey), opened(town, survey) | {"what": "keep"})
    assert answer.status_code == 422
    assert "直したところがありません" in answer.content.decode()
    assert survey.versions.count() == 2


@pytest.mark.django_db
def test_a_correction_becomes_a_version_that_says_what_and_why(town, survey):
    said = (
        opened(town, survey)
        | {"what": "keep", "reason": "写真の時刻が10:03"}
        | typed(called_at="1003", w2_gone="1")
    )
    page = town.post(url(survey), said, follow=True).content.decode()
    assert route_of(survey)["visits"][1]["called_at"] == at("10:03:00")
    version = selectors.latest_version(survey)
    assert (version.source, version.reason) == ("timeline", "写真の時刻が10:03")
    assert version.created_by.name in page
    for words in (
        "記録の訂正",
        "直したところ 2",
        "呼ばれた",
        '<s class="soft">10:05</s>',
        "写真の時刻が10:03",
    ):
        assert words in page


@pytest.mark.django_db
def test_a_look_shows_the_figures_before_and_after_and_keeps_nothing(town, survey):
    page = town.post(
        url(survey), opened(town, survey) | {"what": "look"} | typed(called_at="1003")
    ).content.decode()
    assert '<td class="num soft">20分</td><td class="num"><b>18分</b></td>' in page
    assert 'value="1003"' in page
    assert survey.versions.count() == 2


@pytest.mark.django_db
def test_what_was_typed_at_one_counter_is_kept_while_another_is_shown(town, survey):
    first = town.post(url(survey), opened(town, survey) | {"go": "3"} | typed(called_at="1003"))
    said = fields_of(first, "base")
    assert said["visit"] == "3"
    town.post(url(survey), said | {"what": "keep", "v2-called_at": "10:21"})
    assert [one["called_at"] for one in route_of(survey)["visits"][1:]] == [at("10:03:00"), at("10:21:00")]


@pytest.mark.django_db
def test_times_out_of_order_are_refused_at_their_field_and_nothing_typed_is_lost(town, survey):
    said = opened(town, survey) | {"what": "keep", "reason": "残る理由"} | typed(called_at="1030", w0_at="xx")
    answer = town.post(url(survey), said)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "国保年金 1本目 時刻" in page
    again = fields_of(answer, "base")
    assert (again["v1-called_at"], again["v1-w0-at"], again["reason"]) == ("1030", "xx", "残る理由")
    answer = town.post(url(survey), said | typed(w0_at="9:57"))
    assert "終わった時刻が、呼ばれた時刻より前です" in answer.content.decode()
    assert 'href="#id_v1-finished_at"' in answer.content.decode()
    assert survey.versions.count() == 2


@pytest.mark.django_db
def test_rows_are_added_on_the_page_and_kept(town, survey):
    more = fields_of(town.post(url(survey), opened(town, survey) | {"more": "1"}), "base")
    said = typed(n1_field="date", n1_at="9:58", n1_form="1") | {"what": "keep"}
    town.post(url(survey), more | said)
    assert route_of(survey)["visits"][1]["forms"][1]["writes"] == [
        {"field": "date", "times": 1, "at": at("09:58:00")}
    ]


@pytest.mark.django_db
def test_two_people_at_once_see_both_and_the_second_decides(town, survey):
    mine = opened(town, survey) | {"what": "keep"} | typed(called_at="1003")
    town.post(url(survey), opened(town, survey) | {"what": "keep"} | typed(finished_at="1013"))
    answer = town.post(url(survey), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    for words in (
        "ほかの方が直したところ",
        "10:14</s> → <b>10:13",
        "あなたが直したところ",
        "10:05</s> → <b>10:03",
    ):
        assert words in page
    town.post(url(survey), fields_of(answer, "base") | {"what": "keep"})
    assert route_of(survey)["visits"][1]["called_at"] == at("10:03:00")
    assert route_of(survey)["visits"][1]["finished_at"] == at("10:14:00")


@pytest.mark.django_db
def test_only_who_records_may_correct(client, survey):
    client.force_login(member(Role.APPROVER, survey.engagement.municipality))
    assert client.get(url(survey)).status_code in (403, 404)
    assert client.post(url(survey), {"what": "keep"}).status_code in (403, 404)


@pytest.mark.django_db
def test_results_and_grey_cells_lead_here_and_a_route_without_visits_leads_to_the_grid(town, survey):
    assert url(survey) in town.get(f"/surveys/{survey.pk}/").content.decode()
    assert url(survey) in town.get(f"/surveys/{survey.pk}/grid/r1/").content.decode()
    document = selectors.latest_document(survey)
    document["routes"][0]["visits"] = []
    save(survey, document, "空に")
    assert town.get(url(survey)).url == f"/surveys/{survey.pk}/grid/r1/"


# --- sections -------------------------------------------------------------------------------


@pytest.fixture
def shown(survey, django_capture_on_commit_callbacks):
    """The section of the second counter and one that this route does not come to were shown remarks."""
    items = selectors.observations(selectors.latest_document(survey))
    remarks.share(survey, items, now=survey.versions.last().created_at)
    mailbox(survey.engagement, "国保年金課", "kokuho@town.example")
    mailbox(survey.engagement, "子ども課", "kodomo@town.example")
    return survey


@pytest.mark.django_db
def test_a_survey_that_sections_saw_asks_why_and_the_section_concerned_reads_it(town, shown):
    said = opened(town, shown) | {"what": "keep"} | typed(called_at="1003")
    answer = town.post(url(shown), said)
    assert answer.status_code == 422
    assert "直す理由を入れてください" in answer.content.decode()
    assert shown.versions.count() == 2
    town.post(url(shown), said | {"reason": "写真の時刻が10:03"})
    outbox.drain()
    (letter,) = mail.outbox
    assert letter.to == ["kokuho@town.example"]
    for words in ("国保年金 呼ばれた 10:05 → 10:03", "写真の時刻が10:03", "もとの記録も残っています"):
        assert words in letter.body
    assert Event.objects.filter(type="survey.corrected").count() == 1


@pytest.mark.django_db
def test_nobody_is_written_to_where_nothing_was_shown(town, survey):
    mailbox(survey.engagement, "国保年金課", "kokuho@town.example")
    town.post(url(survey), opened(town, survey) | {"what": "keep"} | typed(called_at="1003"))
    assert survey.versions.count() == 3
    assert outbox.drain() == 0


@pytest.mark.django_db
def test_a_remark_keeps_its_reply_where_only_the_counter_s_name_was_wrong(town, shown):
    """In the same section. What comes to another section was not shown to that one."""
    document = selectors.latest_document(shown)
    document["preparation"] = {"places": [{"counter": "年金", "section": "国保年金課"}]}
    save(shown, document, "窓口を足した")
    why = {"what": "keep", "reason": "窓口の押し間違い"}
    town.post(url(shown), opened(town, shown) | why | typed(place="年金(国保年金課)"))
    (item,) = remarks.noted(shown, selectors.observations(selectors.latest_document(shown)))
    assert (item.counter, item.shared_on is None) == ("年金", False)
    town.post(url(shown), opened(town, shown) | why | typed(place="子ども未来課(子ども課)"))
    (item,) = remarks.noted(shown, selectors.observations(selectors.latest_document(shown)))
    assert (item.counter, item.shared_on) == ("子ども未来課", None)


@pytest.mark.django_db
def test_a_list_of_corrections_costs_one_query_however_long(town, survey, django_assert_max_num_queries):
    for minute in ("1003", "1004", "1006"):
        town.post(url(survey), opened(town, survey) | {"what": "keep"} | typed(called_at=minute))
    versions = selectors.versions_of(survey)
    with django_assert_max_num_queries(1):
        said = with_changes(survey, versions)
    assert [[one.after for one in found] for _version, found in said] == [
        ["10:06"],
        ["10:04"],
        ["10:03"],
        [],
        [],
    ]
