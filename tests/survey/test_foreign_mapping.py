"""A town's own sheet on the mapping page: its heading found and moved, columns guessed, faults mended where they show."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from engagements.survey import foreign, selectors
from engagements.survey.foreign import own_headings
from tests.factories.engagements import contact_of
from tests.factories.survey import SurveyFactory, save
from tests.field import field
from tests.packages import package, text, workbook
from tests.survey.typed import fields_of

pytestmark = pytest.mark.django_db
TOWNS_OWN = [
    ["令和8年度 窓口利用体験調査(転入) まとめ"],
    ["調査日 R8.9.17"],
    [],
    ["No.", "日付", "班", "窓口", "担当", "受付", "呼出", "終了", "書いた回数", None, None, "申請書", "気づいた", "欄外"],
    [None] * 8 + ["氏名", "住所", "生年月日", "枚数", "こと", None],
    [1, "R8.9.17", "Ａ班", "１番　町民", "町民課", "９：３２", "９：４１", "１０時００分", 3, 2, 2, "1枚", "見本", "a"],
    [2, "〃", "Ａ班", "３番　国保", "町民課", "1005", "1017", "10:41", 4, 4, 3, "３枚", "同じ住所", None],
    [3, "〃", "Ａ班", "５番", "子ども課", "午前10時45分", "11:02", "10:52", 5, 4, 3, "数枚", None, None],
    [4, "〃", "Ｂ班", "５番", "子ども課", "10時半", "11:02", "11:10", 5, 4, 3, "多数", None, None],
    ["合計"] + [None] * 7 + [17, 14, 11, 4],
    ["平均"] + [None] * 7 + [4.3, 3.5, 2.8, 1],
]  # fmt: skip


@pytest.fixture
def survey():
    made = SurveyFactory(records__teams=1)
    save(made, selectors.latest_document(made) | {"routes": []}, reason="これから")
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


def pressed(town, survey, answer, **changes):
    """The page as a browser sends it back, with these fields changed or (None) left out."""
    columns = [column.chosen for column in answer.context["columns"]]
    fields = {**fields_of(answer, "table"), "column": columns} | changes
    return town.post(address(survey), {name: value for name, value in fields.items() if value is not None})


def chosen(answer):
    return [column.chosen for column in answer.context["columns"]]


def causes(answer):
    return {
        group["cause"][:12]: [cell["cell"] for cell in group["cells"]] for group in answer.context["groups"]
    }


def routes(survey):
    return selectors.latest_document(survey)["routes"]


# --- what the field sent -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "visits"),
    [
        ("dimension-a1", [2, 1]), ("japanese-builtin-date-formats", [1, 1]), ("x000d", [1]), ("empty-fill", [2, 1]),
        ("ruled-to-row-1000", [2, 1]), ("remark-512-chars", [1]), ("title-row-two-row-heading", [1]),
        ("town-flat", [3]),
    ],
)  # fmt: skip
def test_each_sheet_of_the_field_is_kept_without_choosing_a_column(town, survey, name, visits):
    answer = sent(town, survey, field(f"{name}.xlsx"))
    assert (answer.status_code, answer.context["faults"], answer.context["left_out"]) == (200, [], [])
    assert pressed(town, survey, answer, what="keep").status_code == 302
    assert [len(route["visits"]) for route in routes(survey)] == visits


def test_nothing_is_cut_and_every_line_is_a_remark(town, survey):
    pressed(town, survey, sent(town, survey, field("remark-512-chars.xlsx")), what="keep")
    pressed(town, survey, sent(town, survey, field("x000d.xlsx")), what="keep")
    long, short = (route["visits"][0]["observations"] for route in routes(survey))
    assert long[0]["text"].endswith("最後の一文は番号札の色の話です。")
    assert [item["text"] for item in short] == [
        "番号札が見つけにくい",
        "同じ住所を2回書いた",
        "案内の人がいた",
    ]


def test_a_towns_words_are_read_cell_by_cell(town, survey):
    pressed(town, survey, sent(town, survey, field("town-flat.xlsx")), what="keep")
    (route,) = routes(survey)
    assert (route["team"], route["started_at"][:16]) == ("C班", "2026-12-14T09:32")
    first = route["visits"][0]
    assert (first["counter"], first["finished_at"][11:16], len(first["forms"])) == ("１番　住民", "10:00", 1)
    assert {write["field"]: write["times"] for write in first["forms"][0]["writes"]} == {
        "name": 3, "address": 2, "birth_date": 2,
    }  # fmt: skip


def test_figures_are_shown_before_they_are_kept_and_a_doubtful_one_is_asked(town, survey):
    answer = sent(town, survey, field("totals-words.xlsx"), "totals")
    stored = {column.heading: column.stored for column in answer.context["columns"]}
    assert [shown for shown, _bad in stored["待ち時間"]] == ["90分", "65分", "12分30秒"]
    assert [shown for shown, _bad in stored["記入回数"]] == ["12回", "3回", "4回"]
    (group,) = answer.context["groups"]
    assert [choice.said for choice in group["cells"][0]["choices"]] == ["12時間34分", "12分34秒"]
    assert [(row.number, row.skipped) for row in answer.context["sums"]] == [(5, True)]
    kept = pressed(town, survey, answer, what="keep", **{"fix-B2": "12分34秒"})
    assert kept.status_code == 302
    assert [route["totals"]["total_s"] for route in routes(survey)] == [754, 5400, 5400]


# --- heading and columns -------------------------------------------------------------------------------------------


def test_the_heading_is_found_under_a_title_and_two_rows_are_joined(town, survey):
    answer = sent(town, survey, workbook(*TOWNS_OWN))
    reading = answer.context["reading"]
    assert (reading.heading, reading.depth) == (3, 2)
    assert chosen(answer) == [
        "", "h:day", "h:team", "v:counter", "v:section", "v:queued", "v:called", "v:finished",
        "v:w_name", "v:w_address", "v:w_birth_date", "v:forms", "v:problem", "",
    ]  # fmt: skip
    assert [column.letter for column in answer.context["left_out"]] == ["N"]
    assert [row.kind for row in answer.context["sheet_rows"]][:5] == ["x-no", "x-no", "x-no", "x-hd", "x-hd"]


def test_people_move_the_heading_and_columns_are_guessed_again(town, survey):
    answer = sent(town, survey, workbook(["班", "メモ"], ["チーム", "窓口名"], ["A", "税"], ["B", "住民"]))
    assert (answer.context["reading"].heading, chosen(answer)) == (1, ["h:team", "v:counter"])
    up = pressed(town, survey, answer, what="up")
    assert (up.context["reading"].heading, chosen(up)) == (0, ["h:team", ""])
    joined = pressed(town, survey, up, what="look", joined="on")
    assert (joined.context["reading"].depth, chosen(joined)) == (2, ["h:team", "v:counter"])
    down = pressed(town, survey, pressed(town, survey, answer, what="down"), what="down")
    assert down.context["reading"].heading == 2


@pytest.mark.parametrize(
    ("heading", "cells", "name"),
    [
        ("日付", ["R8.9.17", "9/17"], "h:day"), ("日付", ["2", "1"], "v:w_date"), ("氏名", ["3", "２回"], "v:w_name"),
        ("氏名", ["見本 花子", "見本 太郎"], ""), ("場所名", ["1番 住民", "税務窓口"], "v:counter"),
        ("その所", ["2階", "１階"], "v:floor"),
        ("どうなった", ["済んだ", "出直し"], "v:outcome"), ("いつ", ["9:30", "１０時"], "v:queued"),
        ("こ", ["税務課", "住民係"], "v:section"),
        ("開始", ["9:30", "10:00"], "v:called"), ("枚数(枚)", ["1", "2"], "v:forms"), ("備考", ["x", "y"], ""),
        ("連番", ["1", "2"], ""),
    ],
)  # fmt: skip
def test_a_column_is_guessed_by_its_heading_and_by_what_stands_in_it(town, survey, heading, cells, name):
    rows = [["A班", cell] for cell in cells]
    assert chosen(sent(town, survey, workbook(["班", heading], *rows)))[1] == name


def test_a_team_on_two_days_is_two_routes(town, survey):
    rows = [
        ["A", "9/16", "税", "9:30"],
        ["A", "〃", "国保", "10:00"],
        ["A", "9/17", "税", "9:30"],
        [None, None, "住民", "9:50"],
    ]
    answer = sent(town, survey, workbook(["班", "日付", "窓口", "着いた"], *rows))
    pressed(town, survey, answer, what="keep")
    assert [(route["started_at"][5:10], len(route["visits"])) for route in routes(survey)] == [
        ("09-16", 2),
        ("09-17", 2),
    ]


def test_japanese_words_are_read_for_somebody_who_reads_english(town, survey):
    contact = contact_of(survey.engagement)
    contact.language = "en"
    contact.save()
    rows = [["班", "窓口", "着いた", "結果", "終わり方"], ["A", "税", "9:30", "出直し", "時間切れ"]]
    answer = sent(town, survey, workbook(*rows))
    assert chosen(answer) == ["h:team", "v:counter", "v:queued", "v:outcome", "h:ended"]
    assert pressed(town, survey, answer, what="keep").status_code == 302
    (route,) = routes(survey)
    assert (route["ended"], route["visits"][0]["outcome"]) == ("out_of_time", "come_again")


def test_a_merged_cell_is_that_of_all_its_rows_but_a_count_in_one_is_said_once(town, survey):
    book = Workbook()
    for row in (
        ["班", "窓口", "課", "着いた", "枚数", "気づき"],
        ["A", "1番", "住民課", "9:30", 2, "暗い"],
        [None, None, None, "9:50", None, None],
    ):
        book.active.append(row)
    for column in "ABCEF":
        book.active.merge_cells(f"{column}2:{column}3")
    file = BytesIO()
    book.save(file)
    answer = pressed(town, survey, sent(town, survey, file.getvalue()), what="look")
    assert pressed(town, survey, answer, what="keep").status_code == 302
    first, second = routes(survey)[0]["visits"]
    assert (first["counter"], first["section"]) == (second["counter"], second["section"]) == ("1番", "住民課")
    assert (len(first["forms"]), "forms" in second, "observations" in second) == (2, False, False)


def test_one_thing_in_two_columns_is_asked_and_what_no_column_is_is_left_out(town, survey):
    answer = sent(town, survey, workbook(["班", "窓口", "着いた", "欄"], ["A", "税", "9:30", "9:40"]))
    twice = pressed(town, survey, answer, what="keep", column=["h:team", "v:counter", "v:queued", "v:queued"])
    assert [fault.sentence for fault in twice.context["faults"]] == [
        "「着いた」の列が2つあります。1つにしてください。"
    ]
    strange = pressed(town, survey, answer, what="look", column=["h:team", "v:nothing", "t:writes", "x"])
    assert chosen(strange) == ["h:team", "", "", ""]


# --- sums ----------------------------------------------------------------------------------------------------------


def test_sums_are_left_out_unless_somebody_wants_them(town, survey):
    rows = [["班", "記入回数"], ["A", 2], ["B", 3], ["合 計", 5], ["平均", 2.5]]
    answer = sent(town, survey, workbook(*rows), "totals")
    assert [(row.number, row.adds_up) for row in answer.context["sums"]] == [(4, True), (5, None)]
    assert [row["team"] for row in answer.context["rows"]] == ["A班", "B班"]
    wanted = pressed(town, survey, answer, what="look", **{"skip-4": None})
    assert [row["team"] for row in wanted.context["rows"]] == ["A班", "B班", "合 計班"]
    wrong = sent(town, survey, workbook(*rows[:3], ["計", 6]), "totals")
    assert [row.adds_up for row in wrong.context["sums"]] == [False]


# --- faults --------------------------------------------------------------------------------------------------------


def test_one_cause_is_one_fault_with_its_cells_and_is_mended_on_the_page(town, survey):
    answer = sent(town, survey, workbook(*TOWNS_OWN))
    assert causes(answer) == {"数として読めません。0以": ["L8", "L9"], "終わった時刻が、呼ばれた": ["H8"]}
    refused = pressed(town, survey, answer, what="keep")
    assert (refused.status_code, routes(survey)) == (422, [])
    mended = pressed(
        town, survey, answer, what="look", **{"fix-L8": "３枚", "fix-L9": "何枚か", "fix-H8": "11:12"}
    )
    assert causes(mended) == {"数として読めません。0以": ["L9"]}
    assert pressed(town, survey, mended, what="keep", **{"fix-L9": "4"}).status_code == 302
    assert [len(route["visits"]) for route in routes(survey)] == [3, 1]
    assert len(routes(survey)[0]["visits"][2]["forms"]) == 3


def test_cells_can_be_kept_empty(town, survey):
    answer = sent(
        town,
        survey,
        workbook(["班", "窓口", "着いた"], ["A", "税", "朝"], ["A", "国保", "昼"], ["A", "住民", "9:30"]),
    )
    emptied = pressed(town, survey, answer, blank="C2,C3", what=None)
    assert (emptied.context["faults"], emptied.context["rows"][0]["visits"]) == ([], 3)
    tampered = pressed(town, survey, answer, blank="ZZZ9999999,x,,B99", what=None)
    assert tampered.status_code == 200


def test_writings_without_a_form_are_one_fault_with_one_remedy(town, survey):
    rows = [["A", "税", "9:30", 1, 2, 3], ["A", "国保", "9:50", 1, 2, 3], ["A", "住民", "10:10", 1, 2, 3]]
    answer = sent(town, survey, workbook(["班", "窓口", "着いた", "氏名", "住所", "生年月日"], *rows))
    (cause,) = causes(answer).values()
    assert len(cause) == 9
    one = pressed(town, survey, answer, what="one_form")
    assert (one.context["faults"], one.context["counts"]["forms"]) == ([], 3)
    assert pressed(town, survey, one, what="keep").status_code == 302


def test_a_team_without_visits_is_refused_where_rows_are_visits(town, survey):
    answer = sent(town, survey, workbook(["班", "欄"], ["A", "x"]))
    assert [fault.cell for fault in answer.context["faults"]] == ["A2"]


def test_a_day_that_no_calendar_has_is_named(town, survey):
    answer = sent(town, survey, workbook(["班", "日付", "窓口"], ["A", "令和8年2月30日", "税"]))
    assert causes(answer) == {"暦にない日付です。年、月": ["B2"]}


@pytest.mark.parametrize(
    ("name", "said"), [("password-protected.xlsx", "パスワード"), ("bad-xml.xlsx", "壊れています")]
)
def test_files_that_cant_be_opened_say_why(town, survey, name, said):
    answer = sent(town, survey, field(name))
    assert (answer.status_code, said in answer.context["refused"][0]) == (422, True)


def test_a_value_far_from_the_table_and_a_formula_without_a_result_are_named(town, survey):
    row = f'<row r="1">{text("A1", "班")}</row>'
    far = sent(town, survey, package(f'{row}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))
    formula = sent(town, survey, package(f'{row}<row r="2"><c r="A2"><f>B2</f></c></row>'))
    assert "XFD1048576" in far.context["refused"][0]
    assert formula.context["refused"][0].startswith("A2の式に")


# --- sheets and our own template -----------------------------------------------------------------------------------


def several():
    book = Workbook()
    book.active.title, book.active.sheet_state = "控え", "hidden"
    for row in (["班", "窓口"], ["隠", "x"]):
        book.active.append(row)
    for name, team in (("転入", "A"), ("おくやみ", "B")):
        sheet = book.create_sheet(name)
        sheet.append(["班", "窓口"])
        sheet.append([team, "税"])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_another_sheet_can_be_chosen(town, survey):
    answer = sent(town, survey, several())
    assert answer.context["sheets"] == ["控え(非表示) 2行", "転入 2行", "おくやみ 2行"]
    assert [row["team"] for row in answer.context["rows"]] == ["A班"]
    other = pressed(town, survey, answer, what="sheet", sheet="2")
    assert [row["team"] for row in other.context["rows"]] == ["B班"]
    gone = pressed(town, survey, answer, what="sheet", upload="x" * 64)
    assert (gone.status_code, "もう一度選んでください" in gone.context["refused"][0]) == (422, True)


@pytest.mark.parametrize("layout", ["visits", "totals"])
def test_our_own_template_comes_back_without_mapping(town, survey, layout):
    template = town.get(address(survey), {"template": layout})
    book = load_workbook(BytesIO(b"".join(template)))
    headings = [cell.value for cell in book.active[1]]
    assert headings == [word for _name, word in own_headings(layout)]
    filled = {
        "班": "A",
        "窓口": "税",
        "着いた": "9:30",
        "手で書いた回数 氏名": 3,
        "申請書の数": 1,
        "書いた回数(回)": 75,
    }
    book.active.append([filled.get(heading) for heading in headings])
    file = BytesIO()
    book.save(file)
    answer = sent(town, survey, file.getvalue(), "totals" if layout == "visits" else "visits")
    assert (answer.context["own"], answer.context["layout"], answer.context["faults"]) == (True, layout, [])
    assert "列を選ぶ必要はありません" in answer.content.decode()
    assert pressed(town, survey, answer, what="keep").status_code == 302
    (route,) = routes(survey)
    assert route.get("totals", {"writes": 75}) == {"writes": 75}
    assert [visit["counter"] for visit in route.get("visits", ())] == (["税"] if layout == "visits" else [])


def test_a_sheet_without_end_is_refused_as_a_file_and_as_what_a_page_sends_back(town, survey):
    """Empty cells are not counted: a table that is only wide passes."""
    filled = [["1"] * 100 for _row in range(foreign.MOST_ROWS)]
    sparse = [["窓口", *[""] * 199], *([["住民係", *[""] * 199]] * (foreign.MOST_ROWS - 1))]
    as_csv = "\n".join(",".join(row) for row in filled).encode()
    assert "個まで" in sent(town, survey, as_csv).content.decode()
    for table, status in ((filled, 422), (sparse, 200)):
        form = {"what": "look", "layout": "visits", "heading": "0", "table": json.dumps(table)}
        assert town.post(address(survey), form).status_code == status
    assert routes(survey) == []
