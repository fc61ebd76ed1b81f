"""The page of the correctable timeline: nothing typed is lost, both of two people are shown, sections hear why."""

from __future__ import annotations

from copy import deepcopy

import pytest
from django.core import mail

from accounts.models import FormDraft, Role
from engagements.survey import remarks, selectors
from engagements.survey.correction.history import with_changes
from tests.factories.engagements import contact_of, member
from tests.factories.sections import mailbox
from tests.factories.survey import SurveyFactory, save
from tests.survey.phone_route import RECORDED, SCENARIO, at, typed
from tests.survey.typed import fields_of
from workflow import outbox
from workflow.models import Event

pytestmark = pytest.mark.django_db


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


def url(survey, number=2):
    return f"/surveys/{survey.pk}/timeline/r1/?visit={number}"


def opened(town, survey):
    return fields_of(town.get(url(survey)), "base")


def route_of(survey):
    (route,) = selectors.latest_document(survey)["routes"]
    return route


def test_an_untouched_page_has_nothing_to_keep(town, survey):
    answer = town.post(url(survey), opened(town, survey) | {"what": "keep"})
    assert answer.status_code == 422
    assert "直したところがありません" in answer.content.decode()
    assert survey.versions.count() == 2


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


def test_a_look_shows_the_figures_before_and_after_and_keeps_nothing(town, survey):
    page = town.post(
        url(survey), opened(town, survey) | {"what": "look"} | typed(called_at="1003")
    ).content.decode()
    assert '<td class="num soft">20分</td><td class="num"><b>18分</b></td>' in page
    assert 'value="1003"' in page
    assert survey.versions.count() == 2


def test_what_was_typed_at_one_counter_is_kept_while_another_is_shown(town, survey):
    first = town.post(url(survey), opened(town, survey) | {"go": "3"} | typed(called_at="1003"))
    said = fields_of(first, "base")
    assert (said["v1-called_at"], said["v2-called_at"]) == ("1003", "10:20")
    town.post(url(survey), said | {"what": "keep", "v2-called_at": "10:21"})
    assert [one["called_at"] for one in route_of(survey)["visits"][1:]] == [at("10:03:00"), at("10:21:00")]


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


def test_rows_are_added_on_the_page_and_kept(town, survey):
    more = fields_of(town.post(url(survey), opened(town, survey) | {"more": "1"}), "base")
    said = typed(n1_field="date", n1_at="9:58", n1_form="1") | {"what": "keep"}
    town.post(url(survey), more | said)
    assert route_of(survey)["visits"][1]["forms"][1]["writes"] == [
        {"field": "date", "times": 1, "at": at("09:58:00")}
    ]


def test_each_change_is_taken_back_by_itself_and_the_others_stay(town, survey):
    said = opened(town, survey) | {"what": "look", "v0-finished_at": "9:53"} | typed(
        called_at="1003",
        place="町民生活課(町民生活課)",
        w0_times="1",
        w1_form="1",
        w2_gone="1",
        f0_name="異動届",
        fnew_name="委任状",
        o0_at="9:57",
        n0_field="date",
        n0_at="9:58",
        n0_form="1",
    )  # fmt: skip
    page = town.post(url(survey), said)
    found = page.context["changes"]
    assert [one.what for one, _fields in found] == [
        "終わった", "呼ばれた", "窓口", "1つ目の様式の名前", "3つ目の様式", "1本目の回数", "2本目の様式", "3本目 電話",
        "3本目 日付", "1件目の気づきの時刻",
    ]  # fmt: skip
    for taken, fields in found:
        assert f'name="undo" value="{fields}"' in page.content.decode()
        left = town.post(url(survey), said | {"undo": fields}).context["changes"]
        assert [one for one, _fields in left] == [one for one, _fields in found if one != taken], taken
    gone = town.post(url(survey), opened(town, survey) | {"what": "look"} | typed(gone="1"))
    ((_said, fields),) = gone.context["changes"]
    assert (
        town.post(url(survey), opened(town, survey) | {"undo": fields} | typed(gone="1")).context["changes"]
        == []
    )


def test_a_remark_goes_to_the_counter_to_which_it_belongs_and_its_old_one_may_go(town, survey):
    document = selectors.latest_document(survey)
    (noticed,) = document["routes"][0]["visits"][1]["observations"]
    later = noticed | {"text": "椅子が高い", "at": at("10:25:00")}
    document["routes"][0]["visits"][2]["observations"] = [later]
    save(survey, document, "気づきを足した")
    start = opened(town, survey)
    moved = start | {"what": "look"} | typed(o0_visit="3", o0_at="10:17")
    (place, time), fields = zip(*town.post(url(survey), moved).context["changes"], strict=True)
    assert (place.what, place.before, place.after) == (
        "1件目の気づきの窓口", "国保年金(国保年金課)", "子ども未来課(子ども課)",
    )  # fmt: skip
    assert (time.what, time.after) == ("1件目の気づきの時刻", "10:17")
    assert fields == ("v1-o0-visit", "v1-o0-at")
    for number in ("0", "4", "x"):
        refused = town.post(url(survey), start | {"what": "keep"} | typed(o0_visit=number))
        assert (refused.status_code, "国保年金 気づき" in refused.content.decode()) == (422, True)
    assert (
        town.post(url(survey), start | {"what": "keep", "v2-gone": "1"} | typed(o0_visit="3")).status_code
        == 422
    )
    town.post(url(survey), moved | {"what": "keep", "v1-gone": "1", "v1-o0-at": "9:56"})
    _first, last = route_of(survey)["visits"]
    assert last["observations"] == [noticed, later]
    ((_version, said), *_older) = with_changes(survey, selectors.versions_of(survey))
    assert [one.what for one in said] == ["窓口の記録", "1件目の気づきの窓口"]


def test_the_other_teams_of_the_survey_are_a_link_away(town, survey):
    assert "ほかの班" not in town.get(url(survey)).content.decode()
    document = selectors.latest_document(survey)
    document["routes"] += [
        deepcopy(RECORDED) | {"id": "r2", "team": "B"},
        deepcopy(RECORDED) | {"id": "r3", "visits": []},
    ]
    save(survey, document, "二つ目の班")
    page = town.get(url(survey)).content.decode()
    assert f'<a href="/surveys/{survey.pk}/timeline/r2/">B班</a>' in page
    assert "/timeline/r3/" not in page


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


def test_only_who_records_may_correct(client, survey):
    client.force_login(member(Role.APPROVER, survey.engagement.municipality))
    assert client.get(url(survey)).status_code in (403, 404)
    assert client.post(url(survey), {"what": "keep"}).status_code in (403, 404)


def test_results_and_grey_cells_lead_here_and_a_route_without_visits_leads_to_the_grid(town, survey):
    address = url(survey).partition("?")[0]
    assert address in town.get(f"/surveys/{survey.pk}/").content.decode()
    assert address in town.get(f"/surveys/{survey.pk}/grid/r1/").content.decode()
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


def test_nobody_is_written_to_where_nothing_was_shown(town, survey):
    mailbox(survey.engagement, "国保年金課", "kokuho@town.example")
    town.post(url(survey), opened(town, survey) | {"what": "keep"} | typed(called_at="1003"))
    assert survey.versions.count() == 3
    assert outbox.drain() == 0


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


def test_what_was_typed_at_each_counter_and_not_sent_goes_when_it_was_kept(town, survey):
    form = {"form": "f", "writing": "w", "base": "2", "values": [["v1-called_at", "1003"]]}
    for number in (2, 3):
        kept = form | {"page": url(survey, number)}
        assert town.post("/drafts/", kept, content_type="application/json").status_code == 200
    town.post(url(survey), opened(town, survey) | {"what": "keep"} | typed(called_at="1003"))
    assert not FormDraft.objects.filter(values__isnull=False).exists()
