"""Importing the registry: what changes, what is refused, what stays."""

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command, execute_from_command_line

from municipalities.management.commands.import_registry import PACKAGED
from municipalities.models import Municipality, MunicipalityName, Prefecture
from municipalities.registry_file import read, write
from municipalities.registry_rules import RegistryRow
from municipalities.selectors import find, registry_rows
from municipalities.services import ImportResult, import_registry

TODAY = date(2026, 10, 1)
LATER = date(2027, 4, 1)
NOTHING = ImportResult(0, 0, 0, 0)
IWATE = RegistryRow("030007", "岩手県", "岩手県", "イワテケン", "prefecture")
KUZUMAKI = RegistryRow("033022", "岩手県", "葛巻町", "クズマキマチ", "town")
IWATE_TOWN = RegistryRow("033031", "岩手県", "岩手町", "イワテマチ", "town")

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def packaged() -> list[RegistryRow]:
    return read(PACKAGED.read_bytes()).rows


def run(*args: object) -> int:
    """The command's exit code."""
    try:
        call_command("import_registry", *map(str, args))
    except SystemExit as stopped:
        return int(str(stopped.code))
    return 0


def swap(rows: Iterable[RegistryRow], code: str, **values: object) -> list[RegistryRow]:
    return [replace(row, **values) if row.code == code else row for row in rows]


class TestRows:
    def test_the_whole_country_once_and_again(self, packaged):
        assert import_registry(packaged, today=TODAY) == ImportResult(1788, 0, 0, 0)
        assert (Prefecture.objects.count(), Municipality.objects.count()) == (47, 1741)
        assert import_registry(packaged, today=LATER) == NOTHING

    def test_again_takes_less_than_two_seconds(self, packaged):
        import_registry(packaged, today=TODAY)
        start = time.perf_counter()
        import_registry(packaged, today=TODAY)
        assert time.perf_counter() - start < 2

    def test_the_number_of_queries_does_not_grow_with_the_rows(self, packaged, django_assert_max_num_queries):
        import_registry(packaged, today=TODAY)
        with django_assert_max_num_queries(8):
            import_registry([IWATE, KUZUMAKI], today=TODAY)
        with django_assert_max_num_queries(8):
            import_registry(packaged, today=TODAY)

    def test_part_of_a_registry_only_adds_and_changes(self):
        assert import_registry([IWATE, KUZUMAKI], today=TODAY) == ImportResult(2, 0, 0, 0)
        assert import_registry([IWATE, IWATE_TOWN], today=TODAY) == ImportResult(1, 0, 0, 0)
        more = replace(KUZUMAKI, population=5634, kind="village")
        assert import_registry([more], today=TODAY) == ImportResult(0, 1, 0, 0)
        assert Municipality.objects.get(code="033022").population == 5634
        assert not Municipality.objects.exclude(valid_to=None).exists()

    def test_a_whole_registry_retires_what_it_lacks(self, packaged):
        import_registry(packaged, today=TODAY)
        fewer = [row for row in packaged if row.code != "033022"]
        assert import_registry(fewer, today=LATER) == ImportResult(0, 0, 0, 1)
        assert Municipality.objects.get(code="033022").valid_to == LATER
        assert import_registry(fewer, today=date(2028, 1, 1)) == NOTHING
        assert Municipality.objects.get(code="033022").valid_to == LATER

    def test_a_row_brings_back_what_was_retired_by_mistake(self, packaged):
        import_registry(packaged, today=TODAY)
        import_registry([row for row in packaged if row.code != "033022"], today=LATER)
        assert import_registry(packaged, today=LATER) == ImportResult(0, 1, 0, 0)
        assert Municipality.objects.get(code="033022").valid_to is None

    def test_nothing_ends_before_it_began(self, packaged):
        import_registry(swap(packaged, "033022", valid_from=LATER), today=TODAY)
        import_registry([row for row in packaged if row.code != "033022"], today=TODAY)
        assert Municipality.objects.get(code="033022").valid_to == LATER

    def test_a_changed_name_is_kept_and_still_found(self):
        import_registry([IWATE, KUZUMAKI], today=TODAY)
        renamed = replace(KUZUMAKI, name="くずまき町")
        assert import_registry([renamed], today=LATER) == ImportResult(0, 1, 0, 0)
        town = Municipality.objects.get(code="033022")
        assert (town.name_on(date(2027, 3, 31)), town.name_on(LATER)) == ("葛巻町", "くずまき町")
        assert find("葛巻", on=LATER) == find("くずまき町", on=LATER) == [town]
        assert import_registry([renamed], today=LATER) == NOTHING
        assert MunicipalityName.objects.count() == 1

    def test_names_follow_one_another(self):
        import_registry([IWATE, replace(KUZUMAKI, valid_from=date(1955, 7, 15))], today=TODAY)
        for name, day in (("新葛巻町", LATER), ("北葛巻町", date(2030, 4, 1))):
            import_registry([replace(KUZUMAKI, name=name)], today=day)
        kept = MunicipalityName.objects.values_list("name", "valid_from", "valid_to")
        assert list(kept) == [
            ("葛巻町", date(1955, 7, 15), LATER),
            ("新葛巻町", LATER, date(2030, 4, 1)),
        ]

    def test_a_corrected_reading_is_no_new_name(self):
        import_registry([IWATE, KUZUMAKI], today=TODAY)
        assert import_registry([replace(KUZUMAKI, kana="クズマキチョウ")], today=TODAY) == ImportResult(
            0, 1, 0, 0
        )
        assert not MunicipalityName.objects.exists()
        assert find("くずまきちょう", on=TODAY)

    def test_a_renamed_prefecture_is_found_by_its_new_name(self):
        import_registry([IWATE, KUZUMAKI], today=TODAY)
        new = replace(IWATE, prefecture="北東県", name="北東県")
        assert import_registry([new, replace(KUZUMAKI, prefecture="北東県")], today=TODAY).changed == 1
        assert find("北東県 葛巻", on=TODAY)

    def test_a_merger(self):
        import_registry([IWATE, KUZUMAKI, IWATE_TOWN], today=TODAY)
        merged = replace(KUZUMAKI, merged_into="033031")
        assert import_registry([merged], today=LATER) == ImportResult(0, 0, 1, 0)
        town = Municipality.objects.get(code="033022")
        assert (town.merged_into_id, town.valid_to) == ("033031", LATER)
        assert import_registry([merged], today=date(2028, 1, 1)) == NOTHING

    def test_a_merger_on_its_day_into_one_of_the_same_file(self):
        import_registry([IWATE, KUZUMAKI], today=TODAY)
        day = date(2026, 1, 1)
        rows = [replace(KUZUMAKI, merged_into="033031", valid_to=day), replace(IWATE_TOWN, valid_from=day)]
        assert import_registry(rows, today=TODAY) == ImportResult(1, 0, 1, 0)
        assert list(
            Municipality.objects.get(code="033031").predecessors.values_list("valid_to", flat=True)
        ) == [day]

    def test_a_merger_outlives_a_dump_and_ends_when_the_row_is_in_force_again(self):
        import_registry([IWATE, KUZUMAKI, IWATE_TOWN], today=TODAY)
        import_registry([replace(KUZUMAKI, merged_into="033031")], today=TODAY)
        assert import_registry(list(registry_rows()), today=LATER) == NOTHING
        assert Municipality.objects.get(code="033022").merged_into_id == "033031"
        assert import_registry([KUZUMAKI], today=LATER) == ImportResult(0, 1, 0, 0)
        assert Municipality.objects.get(code="033022").merged_into_id is None

    def test_a_stated_end_retires(self):
        import_registry([IWATE, KUZUMAKI], today=TODAY)
        assert import_registry([replace(KUZUMAKI, valid_to=LATER)], today=TODAY) == ImportResult(0, 0, 0, 1)

    def test_an_empty_cell_leaves_what_is_known(self, packaged):
        import_registry(packaged, today=TODAY)
        known = {"population": 5634, "valid_from": date(1955, 7, 15)}
        import_registry(swap(packaged, "033022", **known), today=TODAY)
        assert import_registry(packaged, today=TODAY) == NOTHING
        assert import_registry([replace(KUZUMAKI, kind="town")], today=TODAY) == NOTHING
        town = Municipality.objects.get(code="033022")
        assert (town.population, town.valid_from, str(town.lat)) == (5634, date(1955, 7, 15), "40.0399")


class TestCommand:
    def test_the_packaged_registry(self, capsys):
        assert run() == 0
        assert "added 1788, changed 0, merged 0, retired 0" in capsys.readouterr().out
        assert run() == 0
        assert "added 0, changed 0, merged 0, retired 0" in capsys.readouterr().out

    def test_a_dump_is_the_file_and_changes_nothing(self, capsys, tmp_path):
        first, second = tmp_path / "first.csv", tmp_path / "second.csv"
        run()
        assert run("--dump", first) == 0
        assert first.read_bytes() == PACKAGED.read_bytes()
        capsys.readouterr()
        assert run(first) == 0
        assert "added 0, changed 0, merged 0, retired 0" in capsys.readouterr().out
        run("--dump", second)
        assert second.read_bytes() == first.read_bytes()

    def test_a_dump_holds_all_that_an_operator_gave(self, packaged, tmp_path):
        rows = swap(packaged, "033022", population=5634, valid_from=date(1955, 7, 15), valid_to=LATER)
        rows = swap(rows, "030007", population=1_150_000)
        given, dumped = tmp_path / "given.csv", tmp_path / "dumped.csv"
        given.write_bytes(write(rows))
        assert run(given) == run("--dump", dumped) == 0
        assert dumped.read_bytes() == given.read_bytes()

    def test_faults_go_to_stderr_a_line_each_and_nothing_is_written(self, capsys, tmp_path):
        broken = tmp_path / "broken.csv"
        lines = PACKAGED.read_text(encoding="utf-8").splitlines()
        lines[5] = lines[5].replace("0", "9", 1)
        lines[9] = lines[8]
        broken.write_text("\n".join(lines), encoding="utf-8")
        assert run(broken) == 1
        errors = capsys.readouterr().err.splitlines()
        assert [error.split(":")[0] for error in errors] == ["6行目", "10行目"]
        assert not Prefecture.objects.exists()

    def test_a_missing_file_is_a_sentence(self, capsys, tmp_path):
        assert run(tmp_path / "none.csv") == 1
        [sentence] = capsys.readouterr().err.splitlines()
        assert "none.csv を開けません" in sentence

    def test_a_dump_that_can_not_be_written_is_a_sentence(self, capsys, tmp_path):
        assert run("--dump", tmp_path / "none" / "out.csv") == 1
        [sentence] = capsys.readouterr().err.splitlines()
        assert "out.csv を開けません" in sentence

    def test_successors_of_loaded_municipalities(self, capsys, tmp_path):
        run()
        merger = tmp_path / "merger.csv"
        header = f"{PACKAGED.read_text(encoding='utf-8').splitlines()[0]},merged_into\n"
        row = "033022,岩手県,葛巻町,クズマキマチ,town,,,,,2027-04-01,033031\n"
        merger.write_text(header + row, encoding="utf-8-sig")
        capsys.readouterr()
        assert run(merger) == 0
        assert "added 0, changed 0, merged 1, retired 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["a.csv", "--dump", "b.csv"], ["a.csv", "b.csv"], ["--dump"], ["--nothing"]]
)
def test_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        execute_from_command_line(["manage.py", "import_registry", *arguments])
    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_packaged_file_lies_where_the_documentation_says():
    assert Path(__file__).parent.parent.parent / "municipalities" / "data" / "registry.csv" == PACKAGED
