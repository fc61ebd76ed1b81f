"""The pages of surveys: who sees them, what they say, and how much they ask of the database."""

from __future__ import annotations

from copy import deepcopy
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Role
from engagements.survey import selectors
from engagements.survey.measures import encode
from engagements.survey.models import Survey
from engagements.survey.sample import sample_survey
from tests.factories.engagements import EngagementFactory, advisor_of, contact_of, member, office
from tests.factories.survey import HELD_ON, SurveyFactory, save
from workflow.models import Event

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]


@pytest.fixture
def engagement():
    return EngagementFactory()


@pytest.fixture
def survey(engagement):
    return SurveyFactory(engagement=engagement, title="転入の調査")


@pytest.fixture
def town(client, engagement):
    client.force_login(contact_of(engagement))
    return client


def shown(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def list_url(engagement):
    return f"/engagements/{engagement.pk}/survey/"


def upload(data, name="survey.json"):
    return SimpleUploadedFile(name, data if isinstance(data, bytes) else encode(data), "application/json")


def test_an_empty_list_teaches(town, engagement):
    page = shown(town.get(list_url(engagement)))
    assert "まだ調査の記録はありません" in page
    assert "例: 転入" in page
    assert "新しい調査を作る" in page


def test_a_file_is_received_and_shown(town, engagement):
    document = sample_survey(engagement.municipality_id, HELD_ON, title="<b>調査</b>")
    answer = town.post(list_url(engagement), {"what": "import", "file": upload(document)}, follow=True)
    page = shown(answer)
    assert "記録を受け取りました。いまの版は第1版です。" in page
    assert "&lt;b&gt;調査" in page
    assert "<b>調査" not in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7", "PDFのファイルです"),
        (b"PK\x03\x04", "Excel"),
        (b"", "ファイルが空です"),
        (b"{", "JSONとして読めません"),
        (b'{"format": "madoguchi-survey/1"}', "survey.municipality"),
    ],
)
def test_a_bad_file_gets_a_sentence_and_leaves_nothing(town, engagement, data, words):
    answer = town.post(list_url(engagement), {"what": "import", "file": upload(data), "reason": "残る理由"})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "残る理由" in answer.content.decode()
    assert not Survey.objects.exists()


def test_paths_of_faults_are_escaped(town, engagement):
    document = sample_survey(engagement.municipality_id, HELD_ON)
    document["scenarios"][0]["life_event"] = "<script>alert(1)</script>"
    answer = town.post(list_url(engagement), {"what": "import", "file": upload(document)})
    assert "<script>alert" not in answer.content.decode()
    assert "scenarios[0].life_event" in answer.content.decode()


def test_no_file_and_too_large_a_file(town, engagement, settings):
    assert town.post(list_url(engagement), {"what": "import"}).status_code == 422
    settings.UPLOAD_MAX_BYTES = 10
    answer = town.post(list_url(engagement), {"what": "import", "file": upload(b"{" * 11)})
    assert answer.status_code == 413
    assert "ファイルが大きすぎます" in answer.content.decode()


def test_a_new_survey_is_made_once_a_round(town, engagement):
    sent = {"what": "new", "title": "調査", "held_on": "2026-09-17", "round": "1"}
    page = shown(town.post(list_url(engagement), sent, follow=True))
    assert "まだ記録はありません" in page
    assert "家族をひな型から選ぶ" in page
    answer = town.post(list_url(engagement), sent)
    assert answer.status_code == 422
    assert "1回目の調査はもうあります" in answer.content.decode()
    wrong = town.post(list_url(engagement), sent | {"held_on": "2026-02-30", "round": "2"})
    assert "日付を" in wrong.content.decode()


def test_missed_procedures_come_first_and_in_words(town, survey):
    page = shown(town.get(f"/surveys/{survey.pk}/"))
    assert "<b>犬の登録の変更</b>が、1班(A班)で案内のないまま終わりました。" in page
    assert page.index("犬の登録の変更") < page.index("かかった時間と回数")
    assert "C班は最後まで回っていないため、漏れとは数えず" in page
    assert "120分以上" in page
    assert 'class="lanes"' in page


def test_a_second_round_is_compared(town, survey, engagement):
    again = SurveyFactory(engagement=engagement, round=2, held_on=date(2027, 9, 16))
    page = shown(town.get(f"/surveys/{again.pk}/"))
    assert "前回と同じなので比べられます" in page
    share = selectors.measures(again)["effect"]["s1"]["total_s"]["change_share"]
    words = f"−{-share * 100:.1f}%"
    # The picture and the table say the same share: that of the measure, not of the rounded minutes.
    assert f", {words})" in page
    assert f'<td class="num">{words}</td>' in page
    document = selectors.latest_document(again)
    document["scenarios"][0]["household"][0]["age"] = 39
    save(again, document, "年齢を直した")
    page = shown(town.get(f"/surveys/{again.pk}/"))
    assert "差は効果とは言えません。家族設定が違います。" in page


def test_names_are_escaped(town, engagement):
    nasty = "<img src=x onerror=alert(1)>"
    document = sample_survey(engagement.municipality_id, HELD_ON)
    document["scenarios"][0] |= {"title": nasty}
    document["scenarios"][0]["procedures"][7]["name"] = nasty
    document["scenarios"][0]["household"][0]["relation"] = nasty
    for route in document["routes"]:
        route["team"] = nasty
        for visit in route["visits"]:
            visit |= {"counter": nasty, "section": nasty, "building": nasty}
            for noticed in visit["observations"]:
                noticed |= {"text": nasty, "heading": nasty}
    survey = SurveyFactory(engagement=engagement, records=document)
    for address in ("", "grid/r1/", "scenario/s1/", "delete/r1/"):
        assert "<img src=x" not in shown(town.get(f"/surveys/{survey.pk}/{address}"))


def test_the_file_goes_out_under_its_name_and_is_logged(town, survey, engagement):
    answer = town.get(f"/surveys/{survey.pk}/file/")
    assert answer.content == survey.versions.get().content.encode()
    assert "%E7%AA%93%E5%8F%A3" in answer["Content-Disposition"]
    assert Event.objects.filter(type="survey.exported", stream=f"survey:{survey.pk}").count() == 1


def test_a_route_is_deleted_with_a_reason(town, survey):
    address = f"/surveys/{survey.pk}/delete/r2/"
    assert "Bの記録を消す" in shown(town.get(address))
    assert town.post(address, {"base": "1"}).status_code == 422
    assert town.post(address, {"base": "1", "reason": "別の用紙"}).status_code == 302
    assert [route["id"] for route in selectors.latest_document(survey)["routes"]] == ["r1", "r3"]
    assert town.get(address).status_code == 404


def test_a_new_version_by_file_needs_a_reason_when_records_change(town, survey):
    document = deepcopy(selectors.latest_document(survey))
    document["routes"][0]["team"] = "Z"
    address = f"/surveys/{survey.pk}/import/"
    answer = town.post(address, {"file": upload(document)})
    assert answer.status_code == 422
    assert "直した理由を入れてください" in answer.content.decode()
    assert town.post(address, {"file": upload(document), "reason": "班の名前"}).status_code == 302
    assert "班の名前" in shown(town.get(f"/surveys/{survey.pk}/"))


def test_the_reader_sees_no_way_to_change(client, survey, engagement):
    client.force_login(member(Role.SECTION, engagement.municipality))
    page = shown(client.get(f"/surveys/{survey.pk}/"))
    assert "班の記録を足す" not in page
    assert "記録を受け取る" not in page
    assert client.get(f"/surveys/{survey.pk}/grid/r1/").status_code == 403
    assert client.post(f"/surveys/{survey.pk}/import/", {"file": upload(b"{}")}).status_code == 403


PAGES = ("", "file/", "grid/", "grid/r1/", "scenario/", "scenario/s1/", "delete/r1/")


def people(engagement):
    return {
        "contact": contact_of(engagement),
        "advisor": advisor_of(engagement),
        "office": office(),
    }


@pytest.mark.parametrize("who", ["contact", "advisor", "office"])
@pytest.mark.parametrize("page", PAGES)
def test_those_who_record_open_every_page(client, survey, engagement, who, page):
    client.force_login(people(engagement)[who])
    assert client.get(f"/surveys/{survey.pk}/{page}").status_code == 200


@pytest.mark.parametrize("who", ["contact", "advisor"])
def test_another_towns_people_find_nothing(client, survey, engagement, who):
    other = EngagementFactory()
    SurveyFactory(engagement=other, title="よその調査")
    client.force_login(people(other)[who])
    for page in PAGES:
        assert client.get(f"/surveys/{survey.pk}/{page}").status_code == 404
    assert client.post(f"/surveys/{survey.pk}/import/", {"file": upload(b"{}")}).status_code == 404
    assert client.get(list_url(engagement)).status_code == 404
    client.force_login(people(engagement)[who])
    assert "よその調査" not in shown(client.get(list_url(engagement)))


def test_strangers_are_asked_to_sign_in(client, survey, engagement):
    for address in (list_url(engagement), *(f"/surveys/{survey.pk}/{page}" for page in PAGES)):
        assert client.get(address).status_code == 302


def test_the_list_asks_the_same_of_one_and_of_three_surveys(town, engagement, django_assert_max_num_queries):
    counts = []
    for number in (1, 2, 3):
        SurveyFactory(engagement=engagement, round=number, held_on=date(2026, 9, number))
        if number in (1, 3):
            with django_assert_max_num_queries(30) as seen:
                shown(town.get(list_url(engagement)))
            counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


def test_thirty_routes_and_hundreds_of_remarks_ask_no_more_than_one(
    town, engagement, django_assert_max_num_queries
):
    counts = []
    for number, teams in ((1, 1), (2, 30)):
        one = SurveyFactory(
            engagement=engagement, round=number, records__teams=teams, records__unfinished=False
        )
        if number == 1:
            SurveyFactory(engagement=EngagementFactory())
        with django_assert_max_num_queries(30) as seen:
            shown(town.get(f"/surveys/{one.pk}/"))
        counts.append(len(seen))
    assert counts[0] == 8
    # The second round also reads the first, to compare.
    assert counts[1] == counts[0] + 1
