"""Importing populations: the ministry's table as it comes, every fault named, all or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line

from municipalities.models import Municipality, Prefecture
from municipalities.registry_rules import RegistryRow
from municipalities.services import import_registry
from tests.packages import package, workbook

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 1)
TITLE = "令和8年1月1日住民基本台帳人口・世帯数、令和7年人口動態(市区町村別)(総計)"
REGISTERED = "令和8年1月1日住民基本台帳人口・世帯数"
HEADING = [
    ["団体コード", "都道府県名", "市区町村名", REGISTERED, None, None, None, "令和7年人口動態", None],
    [None, None, None, "人口", None, None, "世帯数", "転入者数", None],
    [None, None, None, "男", "女", "計", None, "国内", "計"],
]  # fmt: skip
ROWS = [
    ["-", "合計", "-", 60, 64, 124, 50, 1, 2],
    ["010006", "北海道", "-", 2_400, 2_600, 5_000, 2_000, 1, 2],
    ["011002", "北海道", "札幌市", 900, 1_000, 1_900, 800, 1, 2],
    ["011011", "北海道", "札幌市中央区", 90, 100, 190, 80, 1, 2],
    ["012203", "北海道", "士別市", 8_000, 8_650, "16,650", 8_000, 1, 2],
    ["122033", "千葉県", "市川市", 246_000, 246_283, 492_283, 252_000, 1, 2],
    ["033022", "岩手県", "岩手郡葛巻町", 2_700, 2_701, 5_401, 2_500, 1, 2],
    ["注 外国人を含みます。", None, None, None, None, None, None, None, None],
]  # fmt: skip


@pytest.fixture(autouse=True)
def registry():
    towns = [
        ("010006", "北海道", "北海道", "prefecture"), ("120006", "千葉県", "千葉県", "prefecture"),
        ("030007", "岩手県", "岩手県", "prefecture"), ("011002", "北海道", "札幌市", "designated_city"),
        ("012203", "北海道", "士別市", "city"), ("122033", "千葉県", "市川市", "city"),
        ("033022", "岩手県", "葛巻町", "town"),
    ]  # fmt: skip
    import_registry(
        [RegistryRow(code, area, name, "カナ", kind) for code, area, name, kind in towns], today=TODAY
    )


def table(*rows: list[object]) -> bytes:
    return workbook([TITLE], *HEADING, *(rows or ROWS))


def run(tmp_path: Path, data: bytes, *options: str) -> int:
    path = tmp_path / "population"
    path.write_bytes(data)
    try:
        call_command("import_population", str(path), *options)
    except SystemExit as stopped:
        return int(str(stopped.code))
    return 0


def loaded() -> dict[str, tuple[int | None, date | None]]:
    rows = [*Prefecture.objects.all(), *Municipality.objects.all()]
    return {row.code: (row.population, row.population_on) for row in rows if row.population is not None}


AS_TOLD = {"010006": 5_000, "011002": 1_900, "012203": 16_650, "122033": 492_283, "033022": 5_401}


def test_the_ministrys_table_comes_in_by_code_with_its_day(tmp_path, capsys):
    assert run(tmp_path, table()) == 0
    assert loaded() == {code: (number, date(2026, 1, 1)) for code, number in AS_TOLD.items()}
    assert Municipality.objects.get(code="033022").band == 2
    said = capsys.readouterr().out
    assert "令和8年(2026年)1月1日の人口 5件、うち変わるもの5件(規模の区分が変わる市区町村4件)" in said
    assert "1行は読みません" in said


def test_a_preview_shows_every_change_and_keeps_nothing(tmp_path, capsys):
    Municipality.objects.filter(code="033022").update(population=5_600)
    assert run(tmp_path, table(), "--preview") == 0
    said = capsys.readouterr().out
    assert "033022 岩手県葛巻町 5,600 → 5,401" in said
    assert "012203 北海道士別市 不明 → 16,650(規模の区分 不明 → 3)" in said
    assert "何も取り込んでいません" in said
    assert loaded() == {"033022": (5_600, None)}


@pytest.mark.parametrize("coding", ["cp932", "utf-8-sig"])
def test_csv_files_say_the_same(coding, tmp_path):
    rows = ["団体コード,都道府県名,市区町村名,人口_男,人口_女,人口_計,世帯数"]
    rows += [
        ",".join(f'"{cell:,}"' if isinstance(cell, int) else str(cell) for cell in row[:7])
        for row in ROWS[:-1]
    ]
    rows = [row.replace('"16,650"', "16650").replace(",16,650,", ",16650,") for row in rows]
    assert run(tmp_path, "\r\n".join(rows).encode(coding), "--on", "R8.1.1") == 0
    assert {code: number for code, (number, _day) in loaded().items()} == AS_TOLD


def test_again_changes_nothing_but_the_day(tmp_path, capsys):
    run(tmp_path, table())
    capsys.readouterr()
    assert run(tmp_path, table(), "--on", "令和8年4月1日") == 0
    assert "うち変わるもの0件" in capsys.readouterr().out
    assert {day for _number, day in loaded().values()} == {date(2026, 4, 1)}


def test_a_population_that_the_registry_states_has_no_day(tmp_path):
    run(tmp_path, table())
    iwate = RegistryRow("030007", "岩手県", "岩手県", "カナ", "prefecture")
    town = RegistryRow("033022", "岩手県", "葛巻町", "カナ", "town")
    import_registry([iwate, town], today=TODAY)
    assert loaded()["033022"] == (5_401, date(2026, 1, 1))
    import_registry([iwate, RegistryRow(**vars(town) | {"population": 5_300})], today=TODAY)
    assert loaded()["033022"] == (5_300, None)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([12203, 33022, 122033], {"012203", "033022", "122033"}),
        (["01220", "03302"], {"012203", "033022"}),
        ([1220, 3302], {"012203", "033022"}),
    ],
)
def test_codes_that_lost_a_zero_or_their_check_digit(codes, expected, tmp_path):
    rows = [[code, None, None, 1, 1, 2, 1, 0, 0] for code in codes]
    assert run(tmp_path, table(*rows)) == 0
    assert set(loaded()) == expected


@pytest.mark.parametrize(("name", "code"), [("市川市", "122033"), ("士別市", "012203")])
def test_the_name_decides_what_five_digits_mean(name, code, tmp_path):
    assert run(tmp_path, table([12203, None, name, 1, 1, 2, 1, 0, 0])) == 0
    assert set(loaded()) == {code}


GOOD = ["033022", "岩手県", "葛巻町", 1, 1, 2, 1, 0, 0]
FAULTS = {
    "two readings": ([[12203, None, None, 1, 1, 2, 1, 0, 0]],
                     "5行目: 団体コードは北海道士別市(012203)、千葉県市川市(122033)のどちらとも"),
    "another name": ([GOOD, ["012203", "北海道", "市川市", 1, 1, 2, 1, 0, 0]],
                     "6行目: 団体コードは北海道士別市(012203)のものですが"),
    "check digit": ([GOOD, ["012204", "北海道", "士別市", 1, 1, 2, 1, 0, 0]], "検査数字が合いません"),
    "unknown": ([GOOD, ["131016", "東京都", "千代田区", 1, 1, 2, 1, 0, 0]], "「131016」は登録にありません"),
    "twice": ([GOOD, GOOD], "6行目: 岩手県葛巻町の行が2つあります"),
    "no number": ([GOOD, ["012203", "北海道", "士別市", 1, 1, "約1万", 1, 0, 0]], "「約1万」"),
    "no code": ([GOOD, ["x", "北海道", "士別市", 1, 1, 2, 1, 0, 0]], "団体コード「x」を読めません"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_with_one_fault_nothing_is_kept(fault, tmp_path, capsys):
    rows, said = FAULTS[fault]
    assert run(tmp_path, table(*rows)) == 1
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
    assert loaded() == {}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Excelのファイル"),
        (b"\xd0\xcf\x11\xe0", "パスワード"),
        (package('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "XFD1048576"),
        (workbook(["町", "人口"], ["葛巻町", 5]), "「団体コード」がありません"),
        (workbook(["団体コード", "世帯数"], ["033022", 5]), "人口の列がありません"),
        (workbook(["団体コード", "人口"], ["x", "y"]), "数のある行がありません"),
        (workbook(["団体コード", "人口"], ["033022", 5]), "--on 2026-01-01"),
        (workbook(["団体コード", "人口(千人)"], ["033022", 5]), "千人単位"),
        (
            workbook(["団体コード", "令和7年1月1日人口", "令和8年1月1日人口"], ["033022", 5, 6]),
            "人口の列がいくつも",
        ),
        (workbook(["令和99年1月1日", None], ["団体コード", "人口"], ["033022", 5]), "今日より後"),
    ],
)
def test_other_files_are_refused_with_what_to_do(data, said, tmp_path, capsys):
    assert run(tmp_path, data) == 1
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        call_command("import_population", str(tmp_path / "none.xlsx"))
    assert stopped.value.code == 1
    assert "開けません" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [[], ["x.xlsx", "--on", "令和8年2月30日"], ["x.xlsx", "--nonsense"], ["a", "b"]]
)
def test_wrong_usage_ends_with_two(options, capsys):
    with pytest.raises(SystemExit) as stopped:
        execute_from_command_line(["manage.py", "import_population", *options])
    assert stopped.value.code == 2
    with pytest.raises(CommandError):
        call_command("import_population", *options)
