"""Reading workbooks as Excel and other programs write them: their values, or a sentence that says what to do."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from municipalities.workbooks import Unreadable, read_book, refusals
from municipalities.workbooks.package import MOST_PARTS
from tests.field import field
from tests.packages import STRICT_MAIN, STRICT_OFFICE, package, text, workbook

ROWS = f'<row r="1">{text("A1", "班")}</row><row r="2"><c r="A2"><v>1</v></c></row>'
#: Stored, not packed, so that a wrong byte stands in the XML itself.
DAMAGED = [package(ROWS, packed=ZIP_STORED), field("town-flat.xlsx")]
NAIVE = datetime.fromisoformat("2026-09-17T09:30")


def rows_of(data: bytes, place: int | None = None, most_rows: int = 100) -> list[list[Any]]:
    book = read_book(data)
    return book.table(book.first if place is None else place, most_rows=most_rows, most_columns=50).rows


def refusal(data: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        rows_of(data)
    return str(refused.value)


# --- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["dimension-a1", "empty-fill", "ruled-to-row-1000"]
)  # fmt: skip
def test_what_other_programs_write_around_the_cells_is_no_matter(name):
    rows = rows_of(field(f"{name}.xlsx"))
    assert (len(rows), rows[1][:3], rows[3][0]) == (4, ["1班", date(2026, 11, 18), time(10)], "2班")


def test_formats_that_only_a_japanese_excel_has_are_days_and_times():
    rows = rows_of(field("japanese-builtin-date-formats.xlsx"))
    assert rows[1][1:5] == [date(2026, 11, 18), time(10), time(10, 12), time(10, 30)]


def test_a_line_break_in_a_cell_is_one_line_break():
    assert rows_of(field("x000d.xlsx"))[1][5] == "番号札が見つけにくい\n同じ住所を2回書いた"
    assert rows_of(package(f'<row r="1">{text("A1", "上_x000B_下")}</row>')) == [["上\n下"]]
    assert rows_of(package(f'<row r="1">{text("A1", "_x005F_x000D_")}</row>')) == [["_x000D_"]]


def test_nothing_of_a_long_cell_is_cut():
    assert rows_of(field("remark-512-chars.xlsx"))[1][3].endswith("最後の一文は番号札の色の話です。")


def test_values_are_those_of_python():
    row = [1.0, 2.5, NAIVE, NAIVE.date(), time(9, 5), timedelta(hours=30), True, "x", "033022", None, "終"]
    found = rows_of(workbook(row))[0]
    assert found == [1, 2.5, NAIVE, NAIVE.date(), time(9, 5), timedelta(hours=30), True, *row[7:]]
    assert isinstance(found[0], int)


def test_readings_of_kanji_are_not_part_of_the_text():
    shared = '<is><r><t>住民</t></r><rPh sb="0" eb="2"><t>ジュウミン</t></rPh></is>'
    assert rows_of(package(f'<row r="1"><c r="A1" t="inlineStr">{shared}</c></row>')) == [["住民"]]


def test_an_error_is_not_an_empty_cell():
    assert rows_of(package(f'{ROWS}<row r="4"><c r="C4" t="e"><v>#N/A</v></c></row>'))[3] == [
        None,
        None,
        "#N/A",
    ]


def test_strict_files_and_days_since_1904_are_read():
    days = '<row r="1"><c r="A1" t="d"><v>2026-06-01</v></c><c r="B1" s="1"><v>44712</v></c></row>'
    strict = package(days, main=STRICT_MAIN, office=STRICT_OFFICE, book='<workbookPr date1904="1"/>')
    assert rows_of(strict) == [[date(2026, 6, 1), date(2026, 6, 1)]]


def test_rows_and_cells_without_their_reference_stand_in_their_order():
    assert rows_of(package("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>")) == [
        [1, 2],
        [3, None],
    ]


# --- sheets --------------------------------------------------------------------------------------------------------


def test_the_first_sheet_that_is_seen_is_meant_and_others_can_be_chosen():
    others = {'name="転入" ': f'<row r="1">{text("A1", "転入")}</row>', 'name="空"': ""}
    book = Workbook()
    book.active.title, book.active.sheet_state = "控え", "hidden"
    book.active.append(["隠れた表"])
    book.create_sheet("空")
    book.create_sheet("転入").append(["転入"])
    file = BytesIO()
    book.save(file)
    read = read_book(file.getvalue())
    assert [(sheet.name, sheet.hidden, sheet.rows) for sheet in read.sheets] == [
        ("控え", True, 1), ("空", False, 0), ("転入", False, 1),
    ]  # fmt: skip
    assert (read.first, rows_of(file.getvalue()), rows_of(file.getvalue(), 0)) == (
        2,
        [["転入"]],
        [["隠れた表"]],
    )
    assert [sheet.name for sheet in read_book(package(ROWS, sheets=others)).sheets] == ["表", "転入", "空"]


def test_merged_cells_are_known():
    book = read_book(field("title-row-two-row-heading.xlsx"))
    assert (2, 2, 4, 2) in book.table(0, most_rows=10, most_columns=10).merged


# --- extent --------------------------------------------------------------------------------------------------------


def test_cells_that_are_only_ruled_cost_nothing():
    ends = ["/>", " />", "></c>", ' t="n"/>']
    ruled = "".join(f'<c r="{get_column_letter(x)}3" s="1"{ends[x % 4]}' for x in range(1, 16_385))
    far = "".join(f'<row r="{y}" ht="15"><c r="A{y}" s="1"/></row>' for y in (*range(4, 20_000), 1_048_576))
    assert rows_of(package(f'{ROWS}<row r="3">{ruled}</row>{far}')) == [["班"], [1]]


@pytest.mark.parametrize("declared", ["A1", "A1:XFD1048576", "Z9:Z9", "x"])
def test_the_size_that_a_sheet_declares_is_no_matter(declared):
    assert rows_of(package(ROWS, before=f'<dimension ref="{declared}"/>')) == [["班"], [1]]


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD999"])
def test_a_value_far_from_the_table_is_named_before_anything_is_laid_out(cell):
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert f"「表」の{cell}に" in refusal(package(f'{ROWS}<row r="{row}"><c r="{cell}"><v>1</v></c></row>'))


@pytest.mark.parametrize("cell", ["A99999999999", "ZZZZ1", "XFE1", "A0", "1", "a1", ""])
def test_a_cell_that_no_sheet_has_is_refused(cell):
    assert "壊れています" in refusal(package(f'{ROWS}<row r="3"><c r="{cell}"><v>1</v></c></row>'))


def test_too_many_rows_or_columns_are_said():
    assert "100行まで" in refusal(workbook(*[[n] for n in range(101)]))
    assert "AX列まで" in refusal(workbook(list(range(51))))


def test_what_unpacks_into_too_much_is_refused_whatever_its_head_says(settings):
    settings.UPLOAD_MAX_BYTES = 20_000
    bomb = package(f'<row r="1">{text("A1", "x" * 3_000_000)}</row>')
    assert len(bomb) < 20_000
    assert "大きすぎます" in refusal(bomb)
    lying = bytearray(bomb)
    for at in range(len(lying) - 4):
        if lying[at : at + 4] in (b"PK\x01\x02", b"PK\x03\x04"):
            size = at + (24 if lying[at + 2] == 1 else 22)
            lying[size : size + 4] = (1).to_bytes(4, "little")
    assert refusal(bytes(lying))
    assert "大きすぎます" in refusal(b"PK" + b"x" * 30_000)


# --- refusals ------------------------------------------------------------------------------------------------------


def test_a_password_is_named_with_the_way_to_remove_it():
    said = refusal(field("password-protected.xlsx"))
    assert "パスワード" in said
    assert "「ブックの保護」" in said


def test_bad_xml_is_refused_with_its_place_where_one_is_known():
    assert "壊れています" in refusal(field("bad-xml.xlsx"))
    assert "シート「表」のA2のあたり" in refusal(package(ROWS + "\x0b"))
    assert "壊れています" in refusal(
        package(ROWS, more={"xl/styles.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"})
    )


def test_a_coding_that_nobody_knows_is_refused():
    strange = '<?xml version="1.0" encoding="NaN-8"?><x/>'
    assert "壊れています" in refusal(package(ROWS, more={"xl/styles.xml": strange}))


@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_never_more(data):
    """Bytes of a part, or of the whole, that came out wrong."""
    damaged = bytearray(data.draw(st.sampled_from(DAMAGED)))
    for _time in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Unreadable):
        book = read_book(bytes(damaged))
        assert book.table(book.first, most_rows=100, most_columns=50) is not None


def test_characters_that_nobody_sees_are_named_by_their_cell():
    assert refusal(package(f'{ROWS}<row r="3">{text("C3", "x_x0007_y")}</row>')).startswith("C3に")


def test_formulas_without_their_result_are_named():
    cells = '<c r="B3"><f>1+1</f></c><c r="C3"><f>1</f><v/></c><c r="D3" t="str"><f>""</f><v></v></c>'
    assert refusal(package(f'{ROWS}<row r="3">{cells}</row>')).startswith("B3、C3の式に")
    many = "".join(f'<c r="A{y}"><f>1</f></c>' for y in range(3, 15))
    assert "A12ほか2セルの式" in refusal(package(f'{ROWS}<row r="3">{many}</row>'))


def zipped(name: str) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        packed.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + "Workbook".encode("utf-16-le"), ".xlsの形"),
        (zipped("content.xml"), ".odsの形"),
        (zipped("xl/workbook.bin"), ".xlsbの形"),
        (zipped("word/document.xml"), "Excelのファイル(.xlsx)として開けません"),
        (zipped("xl/workbook.xml"), "Excelのファイル(.xlsx)として開けません"),
        (b"", "Excelのファイル(.xlsx)として開けません"),
        (b"PK\x03\x04", "Excelのファイル(.xlsx)として開けません"),
        (b"%PDF-1.7, x", "Excelのファイル(.xlsx)として開けません"),
        (
            package('<row r="1"><c r="A1" s="2"><v>1e300</v></c></row>'),
            "Excelのファイル(.xlsx)として開けません",
        ),
        (package('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'), "Excelのファイル(.xlsx)として開けません"),
    ],
)
def test_other_files_are_refused_with_what_to_do(data, said):
    assert said in refusal(data)


# --- CSV -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        "班,メモ\r\nA,\"上\n下\"\r\n".encode("cp932"),
        "班,メモ\r\nA,\"上\n下\"\r\n".encode("utf-8-sig"),
        "班\tメモ\nA\t\"上\n下\"\n".encode("utf-16"),
    ],
)  # fmt: skip
def test_csv_files_are_read_in_the_codings_that_excel_writes(data):
    assert rows_of(data) == [["班", "メモ"], ["A", "上\n下"]]


# --- how much -----------------------------------------------------------------------------------------------------


def endless(cells: int) -> str:
    """A row of numbers for every hundred cells."""
    return "".join(
        f'<row r="{y}">'
        + "".join(f'<c r="{get_column_letter(x)}{y}"><v>{x}</v></c>' for x in range(1, 101))
        + "</row>"
        for y in range(1, cells // 100 + 1)
    )


def test_cells_without_end_are_refused_whether_they_stand_in_one_sheet_or_in_many():
    most = refusals.MOST_CELLS
    assert f"{most}個まで" in refusal(package(endless(most + 100)))
    half = endless(most // 2 + 100)
    assert f"{most}個まで" in refusal(package(half, sheets={'name="次"': half}))
    formulas = "".join(f'<row r="{y}"><c r="A{y}"><f>B{y}</f></c></row>' for y in range(1, 301))
    assert "ほか290セルの式" in refusal(package(formulas))


@pytest.mark.parametrize(
    "data",
    [
        lambda: package(f'<row r="1">{text("A1", "x" * 50_000)}</row>'),
        lambda: package(ROWS, more={"xl/sharedStrings.xml": f"<sst>{'<si><t>x</t></si>' * 2_200_000}</sst>"}),
        lambda: package(ROWS, more={f"xl/worksheets/x{n}.xml": "<a/>" for n in range(MOST_PARTS)}),
        lambda: b"a,b\n" + b",\n" * 100_000,
    ],
    ids=["one cell", "shared texts", "parts", "rows of CSV"],
)
def test_what_is_too_much_in_another_way_is_refused(data):
    assert "大きすぎます" in refusal(data())


def test_cells_of_csv_without_end_are_refused_and_empty_ones_are_not_counted():
    assert "個まで" in refusal(b"a,b\n" + (b"1," * 99 + b"1\n") * (refusals.MOST_CELLS // 100))
    assert rows_of(b"a,b" + b"," * 40 + b"\n1,2" + b"," * 1_000_000 + b"\n") == [["a", "b"], ["1", "2"]]


def test_a_size_that_the_directory_admits_is_believed(settings):
    """Nothing of it is unpacked: the part is damaged, and nobody notices."""
    settings.UPLOAD_MAX_BYTES = 20_000
    bomb = bytearray(package(ROWS, more={"xl/media/x.xml": "x" * 3_000_000}))
    assert len(bomb) < 20_000
    assert "大きすぎます" in refusal(bytes(bomb))
