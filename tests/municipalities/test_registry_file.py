"""Reading and writing the registry as a file: every fault is named, with its line."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from municipalities.codes import full_code
from municipalities.management.commands.import_registry import PACKAGED
from municipalities.registry_file import COLUMNS, read, write
from municipalities.registry_rules import Known, RegistryRow

HEADER = ",".join(COLUMNS)
IWATE = "030007,岩手県,岩手県,イワテケン,prefecture,,,,,"
KUZUMAKI = "033022,岩手県,葛巻町,クズマキマチ,town,40.0399,141.4365,5634,1955-07-15,"


def faults(*lines: str, known: Known | None = None) -> list[tuple[int, str]]:
    parsed = read("\n".join(lines).encode(), known)
    return [(fault.line, fault.message) for fault in parsed.faults]


def with_cell(column: str, cell: str, row: str = KUZUMAKI) -> str:
    cells = row.split(",")
    cells[COLUMNS.index(column)] = cell
    return ",".join(cells)


def test_a_fit_file_becomes_rows():
    parsed = read("\r\n".join([HEADER, IWATE, KUZUMAKI, ""]).encode("utf-8-sig"))
    assert parsed.faults == []
    assert parsed.rows[1] == RegistryRow(
        "033022",
        "岩手県",
        "葛巻町",
        "クズマキマチ",
        "town",
        Decimal("40.0399"),
        Decimal("141.4365"),
        5634,
        date(1955, 7, 15),
    )


@pytest.mark.parametrize(
    ("column", "cell", "advice"),
    [
        ("code", "033021", "033022 なら合います"),
        ("code", "33022", "先頭の0"),
        ("code", "０３３０２２", "半角数字6桁"),
        ("code", "", "半角数字6桁"),
        ("code", "483010", "岩手県」の番号ではありません"),
        ("name", "", "空欄"),
        ("name", " 葛巻町", "前後の空白"),
        ("name", "葛\x00巻町", "制御文字"),
        ("name", "葛" * 51, "50字まで"),
        ("kana", "", "空欄"),
        ("kind", "hamlet", "designated_city, city, special_ward, town, village"),
        ("kind", "prefecture", "code と kind"),
        ("prefecture", "岩出県", "prefecture「岩出県」はありません"),
        ("lat", "north", "半角の数"),
        ("lat", "90.0001", "-90 から 90"),
        ("lat", "nan", "半角の数"),
        ("lat", "", "両方"),
        ("lon", "-180.5", "-180 から 180"),
        ("lon", "1e2", "半角の数"),
        ("population", "-1", "半角数字"),
        ("population", "5 634", "半角数字"),
        ("population", "2147483648", "半角数字"),
        ("valid_from", "1955/7/15", "2026-04-01 の形"),
        ("valid_from", "20260401", "2026-04-01 の形"),
        ("valid_to", "2026-02-30", "暦にある日"),
        ("valid_to", "1955-07-14", "valid_from より前"),
    ],
)
def test_each_kind_of_fault_names_its_line_and_the_way_out(column, cell, advice):
    found = faults(HEADER, IWATE, with_cell(column, cell))
    assert [line for line, _ in found] == [3]
    assert advice in found[0][1]


def test_all_faults_are_named_at_once_in_the_order_of_lines():
    found = faults(HEADER, IWATE, with_cell("kind", "x"), with_cell("population", "y"), "033022,岩手県")
    assert [line for line, _ in found] == [3, 4, 4, 5]
    assert "3行目にもあります" in found[1][1] + found[2][1]
    assert "10列" in found[3][1]


def test_two_faults_of_one_line_are_two_faults():
    broken = with_cell("lat", "x", with_cell("population", "x"))
    assert [line for line, _ in faults(HEADER, IWATE, broken)] == [3, 3]


def test_a_fault_is_one_line_whatever_the_cell_holds():
    row = with_cell("name", '"葛\n巻\u2028町"')
    [fault] = read("\n".join([HEADER, IWATE, row]).encode()).faults
    assert len(str(fault).splitlines()) == 1
    assert str(fault).startswith("3行目: ")


def test_lines_are_counted_past_cells_of_several_lines():
    note = with_cell("name", '"葛\n巻町"')
    assert [line for line, _ in faults(HEADER, IWATE, note, with_cell("kind", "x", KUZUMAKI))][-1] == 5


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"", "見出しの行"),
        (b"\n\n", "見出しの行"),
        (HEADER.encode(), "少なくとも1行"),
        ("コード,名前".encode("cp932"), "UTF-8"),
        (f"{HEADER}\n{KUZUMAKI}".encode("utf-16"), "UTF-8"),
        (f'{HEADER}\n"033022'.encode(), "引用符"),
    ],
)
def test_a_file_that_is_no_table(data, advice):
    [fault] = read(data).faults
    assert advice in str(fault)


def test_the_header_names_what_is_missing_unknown_and_doubled():
    found = faults(HEADER.replace("kana", "yomi").replace("lon", "lat"), KUZUMAKI)
    assert [line for line, _ in found] == [1] * 4
    text = "".join(message for _, message in found)
    assert "kana がありません" in text
    assert "lon がありません" in text
    assert "「yomi」" in text
    assert "lat が重なって" in text


def test_columns_may_stand_in_any_order():
    order = list(reversed(COLUMNS))
    row = dict(zip(COLUMNS, KUZUMAKI.split(","), strict=True))
    prefecture = dict(zip(COLUMNS, IWATE.split(","), strict=True))
    lines = [",".join(order)] + [",".join(cells[column] for column in order) for cells in (prefecture, row)]
    parsed = read("\n".join(lines).encode())
    assert parsed.faults == []
    assert parsed.rows[1].name == "葛巻町"


def test_a_loaded_prefecture_need_not_be_repeated():
    assert faults(HEADER, KUZUMAKI, known=Known(prefectures={"030007": "岩手県"})) == []
    assert "はありません" in faults(HEADER, KUZUMAKI)[0][1]


def test_a_code_must_belong_to_its_prefecture():
    aomori = "020001,青森県,青森県,アオモリケン,prefecture,,,,,"
    [(line, message)] = faults(HEADER, IWATE, aomori, with_cell("prefecture", "青森県"))
    assert (line, "青森県" in message) == (4, True)


def test_two_prefectures_can_not_share_a_name():
    twin = "020001,岩手県,岩手県,イワテケン,prefecture,,,,,"
    assert [line for line, _ in faults(HEADER, IWATE, twin)] == [3]
    assert [line for line, _ in faults(HEADER, twin, known=Known({"030007": "岩手県"}))] == [2]


def test_a_prefecture_names_itself():
    [(line, message)] = faults(HEADER, IWATE.replace("岩手県,岩手県", "岩手県,青森県"))
    assert (line, "同じ名前" in message) == (2, True)


def test_there_are_47_prefectures():
    [(line, message)] = faults(HEADER, IWATE.replace("030007", "480002"))
    assert (line, "01から47" in message) == (2, True)


def test_a_prefecture_has_no_successor():
    [(line, message)] = faults(f"{HEADER},merged_into", f"{IWATE},033022", f"{KUZUMAKI},")
    assert (line, "merged_into を空けて" in message) == (2, True)


SUCCESSOR_HEADER = f"{HEADER},merged_into"


@pytest.mark.parametrize(
    ("successor", "advice"),
    [("033022", "自分の番号"), ("033014", "ありません"), ("33014", "先頭の0"), ("030007", "ありません")],
)
def test_successors_that_can_not_be(successor, advice):
    found = faults(SUCCESSOR_HEADER, f"{IWATE},", f"{KUZUMAKI},{successor}")
    assert [line for line, _ in found] == [3]
    assert advice in found[0][1]


def test_a_successor_may_be_loaded_already():
    known = Known({"030007": "岩手県"}, {"033014": None})
    assert faults(SUCCESSOR_HEADER, f"{KUZUMAKI},033014", known=known) == []


def test_mergers_do_not_run_in_circles():
    other = with_cell("code", "033014")
    found = faults(SUCCESSOR_HEADER, f"{IWATE},", f"{KUZUMAKI},033014", f"{other},033022")
    assert [line for line, _ in found] == [3, 4]
    assert "元に戻ります" in found[0][1]


def test_an_end_is_held_against_the_loaded_beginning():
    row = with_cell("valid_to", "2020-01-01", with_cell("valid_from", ""))
    known = Known({"030007": "岩手県"}, {"033022": date(2021, 1, 1)})
    assert "2021-01-01" in faults(HEADER, row, known=known)[0][1]


def test_the_packaged_file_is_the_whole_country_and_written_as_we_write():
    data = PACKAGED.read_bytes()
    parsed = read(data)
    assert parsed.faults == []
    kinds = [row.kind for row in parsed.rows]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "prefecture": 47,
        "designated_city": 20,
        "special_ward": 23,
        "city": 772,
        "town": 743,
        "village": 183,
    }
    assert write(parsed.rows) == data
    assert all(row.lat and row.lon and row.population is None for row in parsed.rows)


def test_the_packaged_file_has_the_names_that_are_easily_wrong():
    rows = {row.code: row for row in read(PACKAGED.read_bytes()).rows}
    assert (rows["033022"].name, rows["033022"].kana) == ("葛巻町", "クズマキマチ")
    assert (rows["394050"].name, rows["403440"].name) == ("檮原町", "須惠町")
    assert (rows["133817"].name, rows["133817"].kana) == ("三宅村", "ミヤケムラ")
    assert (rows["134015"].name, rows["134015"].kana) == ("八丈町", "ハチジョウマチ")
    assert rows["143839"].kana == "マナヅルマチ"
    assert (rows["103446"].name, rows["103446"].kana) == ("榛東村", "シントウムラ")
    assert (rows["072036"].name, rows["212199"].name) == ("郡山市", "郡上市")
    assert [row.name for row in rows.values() if "郡" in row.name and row.kind in ("town", "village")] == [
        "上郡町"
    ]


LABELS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
DEGREES = st.decimals(-90, 90, places=4)
ROWS = st.lists(
    st.builds(
        RegistryRow,
        code=st.integers(3001, 3999).map(lambda number: full_code(f"{number:05}")),
        prefecture=st.just("岩手県"),
        name=LABELS,
        kana=LABELS,
        kind=st.sampled_from(["city", "town", "village"]),
        lat=DEGREES,
        lon=DEGREES,
        population=st.none() | st.integers(0, 2_147_483_647),
        valid_from=st.none() | st.dates(max_value=date(2000, 1, 1)),
        valid_to=st.none() | st.dates(min_value=date(2000, 1, 2)),
    ),
    unique_by=lambda row: row.code,
    min_size=1,
    max_size=5,
)


@given(ROWS)
def test_what_is_written_is_read_again(rows):
    parsed = read(write(rows), Known({"030007": "岩手県"}))
    assert parsed.faults == []
    assert parsed.rows == sorted(rows, key=lambda row: row.code)
    assert write(parsed.rows) == write(rows)


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: f"{HEADER}\n{text}".encode(errors="replace"))
)
def test_no_file_is_too_odd_to_be_answered(data):
    parsed = read(data)
    assert parsed.rows or parsed.faults


def test_the_header_of_a_written_file_is_the_contract():
    assert next(csv.reader(io.StringIO(write([]).decode()))) == [
        "code",
        "prefecture",
        "name",
        "kana",
        "kind",
        "lat",
        "lon",
        "population",
        "valid_from",
        "valid_to",
    ]
