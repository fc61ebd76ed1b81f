"""A town's own Excel sheet: read, mapped, shown before it is kept, and refused cell by cell."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from html import unescape
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from engagements.survey import foreign, selectors
from engagements.survey.measures import encode, measure_survey, read_survey
from tests.factories.engagements import contact_of
from tests.factories.survey import SurveyFactory, save
from tests.survey.typed import fields_of

pytestmark = pytest.mark.django_db
#: A time of day as Excel keeps it: on its day zero, without a zone.
NAIVE = datetime.fromisoformat("1899-12-31T09:30")
HEADINGS = [
    "班名",
    "窓口名",
    "課名",
    "到着",
    "呼出",
    "終了",
    "氏名",
    "住所",
    "枚数",
    "結果",
    "気づき",
    "備考",
]
WALKS = [
    [
        "A班",
        "1番 住民",
        "住民会計課",
        time(9, 35),
        time(9, 42),
        time(9, 58),
        3,
        2,
        2,
        "済んだ",
        "番号札が見えない",
        "x",
    ],
    [None, "3番 国保", "健康福祉課", time(10, 5), "10:15", "1030", 2, 1, 1, "出直し", None, None],
    ["B班", "1番 住民", "住民会計課", "９時40分", None, time(10, 2), 4, 3, 2, None, "字が小さい", None],
]


def workbook(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def survey():
    made = SurveyFactory(records__teams=1)
    document = selectors.latest_document(made)
    save(made, document | {"routes": []}, reason="これから")
    return made


@pytest.fixture
def town(client, survey):
    client.force_login(contact_of(survey.engagement))
    return client


def address(survey):
    return f"/surveys/{survey.pk}/sheet/"


def sent(town, survey, data, layout="visits"):
    file = SimpleUploadedFile("町の表.xlsx", data)
    return town.post(address(survey), {"what": "read", "file": file, "layout": layout, "scenario": "s1"})


def going_on(answer, what, columns=None):
    fields = fields_of(answer, "table")
    shown = answer.context["headings"]
    mapping = [chosen for _heading, chosen, _values in shown]
    for place, name in (columns or {}).items():
        mapping[place] = name
    return {**fields, "column": mapping, "what": what}


def routes(survey):
    return selectors.latest_document(survey)["routes"]


def test_a_sheet_is_guessed_shown_and_kept_only_when_told(town, survey):
    answer = sent(town, survey, workbook(HEADINGS, *WALKS))
    assert (answer.status_code, routes(survey)) == (200, [])
    guessed = [chosen for _heading, chosen, _values in answer.context["headings"]]
    assert guessed[:6] == ["h:team", "v:counter", "v:section", "v:queued", "v:called", "v:finished"]
    assert guessed[-1] == ""
    assert [(row["team"], row["visits"]) for row in answer.context["rows"]] == [("A班", 2), ("B班", 1)]
    kept = town.post(
        address(survey),
        going_on(answer, "keep", {3: "v:queued", 6: "v:w_name", 7: "v:w_address", 8: "v:forms"}),
    )
    assert kept.status_code == 302, kept.context["faults"]
    one, two = routes(survey)
    first, second = one["visits"]
    assert (first["queued_at"][11:16], second["outcome"], second["finished_at"][11:16]) == (
        "09:35",
        "come_again",
        "10:30",
    )
    assert first["observations"][0]["text"] == "番号札が見えない"
    assert two["visits"][0]["queued_at"][11:16] == "09:40"
    version = survey.versions.order_by("-number").first()
    assert version.source == "sheet"


def test_the_same_sheet_sent_twice_is_kept_once(town, survey):
    answer = sent(town, survey, workbook(HEADINGS, *WALKS))
    fields = going_on(answer, "keep", {3: "v:queued"})
    for _time in (1, 2):
        assert town.post(address(survey), fields).status_code == 302
    assert len(routes(survey)) == 2


def test_what_cant_be_read_is_named_by_its_cell_and_nothing_is_kept(town, survey):
    broken = [*WALKS[0][:3], "朝", *WALKS[0][4:6], "たくさん", *WALKS[0][7:]]
    answer = sent(town, survey, workbook(HEADINGS, broken))
    again = town.post(address(survey), going_on(answer, "keep", {6: "v:w_name"}))
    cells = {fault.cell for fault in again.context["faults"]}
    assert (again.status_code, cells, routes(survey)) == (422, {"D2", "G2"}, [])
    assert json.loads(fields_of(again, "table")["table"])[1][3] == "朝"


def test_times_that_cant_have_happened_are_named(town, survey):
    late = [*WALKS[0][:4], time(9, 30), *WALKS[0][5:]]
    answer = sent(town, survey, workbook(HEADINGS, late))
    said = [fault.sentence for fault in answer.context["faults"]]
    assert any("呼ばれた時刻" in sentence for sentence in said)


def test_totals_from_paper_are_a_baseline(town, survey):
    rows = [["班", "所要時間", "待ち時間", "記入回数", "窓口数", "終わり方"]]
    rows += [
        ["A", "2:30", 45, "75回", 5, "最後まで回った"],
        ["B", timedelta(minutes=95), "30分", 60, 5, None],
    ]
    answer = sent(town, survey, workbook(*rows), "totals")
    kept = town.post(address(survey), going_on(answer, "keep"))
    assert kept.status_code == 302, kept.context["faults"]
    one, two = routes(survey)
    assert one["totals"] == {"total_s": 9000, "waiting_s": 2700, "writes": 75, "counters": 5}
    assert two["totals"]["total_s"] == 5700
    measured = measure_survey(read_survey(encode(selectors.latest_document(survey))))
    assert measured["scenarios"]["s1"]["writes"]["max"] == 75


def test_two_rows_of_totals_for_one_team_are_a_fault(town, survey):
    answer = sent(town, survey, workbook(["班", "記入回数"], ["A", 1], ["A", 2]), "totals")
    assert [fault.cell for fault in answer.context["faults"]] == ["A3"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"%PDF-1.4", workbook(), workbook(["班"])])
def test_what_is_no_sheet_is_refused_with_a_sentence(data, town, survey):
    answer = sent(town, survey, data) if data else town.post(address(survey), {"what": "read"})
    assert (answer.status_code, bool(answer.context["refused"])) == (422, True)


@pytest.mark.parametrize(
    "table", ["", "{}", "[]", '[["a"]]', '[["a"], [1]]', '[["a"], 3]', '[["\\ud800"], ["a"]]', "[[],[]]"]
)
def test_a_table_that_was_tampered_with_is_refused(table, town, survey):
    answer = town.post(
        address(survey), {"what": "keep", "table": table, "column": ["h:team"], "layout": "visits"}
    )
    assert answer.status_code == 422


def test_a_sheet_without_its_team_column_says_so(town, survey):
    answer = sent(town, survey, workbook(["なにか", "窓口名"], ["x", "税"]))
    assert [fault.sentence for fault in answer.context["faults"]] == ["「班」の列を選んでください。"]


def test_without_a_scenario_the_page_says_what_to_do_first(client):
    empty = SurveyFactory(records__empty=True)
    client.force_login(contact_of(empty.engagement))
    assert "先に場面を決めると" in client.get(address(empty)).content.decode()
    answer = sent(client, empty, workbook(HEADINGS, *WALKS))
    assert answer.status_code == 422


def test_markup_in_a_sheet_is_text(town, survey):
    row = ["<script>", *WALKS[0][1:]]
    page = sent(town, survey, workbook(HEADINGS, row)).content.decode()
    assert "<script>A" not in page
    assert "&lt;script&gt;" in page
    assert "<script>班" in unescape(page)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (NAIVE.replace(2026, 9, 17), "2026-09-17 9:30:00"),
        (NAIVE, "9:30:00"),
        (time(9, 5), "9:05:00"),
        (timedelta(hours=2, minutes=30), "2:30:00"),
        (3.0, "3"),
        (2.5, "2.5"),
        (None, ""),
    ],
)
def test_a_cell_reads_as_somebody_would_type_it(value, said):
    table = foreign.read(workbook(["班", "x"], ["A", value]))
    assert (table[1] + [""])[1] == said
