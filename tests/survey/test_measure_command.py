"""measure_survey as scripts use it: what it writes, what it says, and the code it ends with."""

import json
from io import StringIO

import pytest

from engagements.survey.management.commands.measure_survey import Command
from engagements.survey.measures import measure_survey, read_survey
from tests.survey.test_format import full, planted


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in.json").write_text(json.dumps(full()), encoding="utf-8")
    return tmp_path


def run(*arguments):
    """Run the command as manage.py does; return its exit code and the lines on stderr."""
    errors = StringIO()
    command = Command(stdout=StringIO(), stderr=errors, no_color=True)
    try:
        command.run_from_argv(["manage.py", "measure_survey", *map(str, arguments)])
    except SystemExit as ended:
        return ended.code, errors.getvalue().splitlines()
    return 0, errors.getvalue().splitlines()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_measures_are_written(folder):
    assert run("--input", folder / "in.json", "--output", folder / "out.json") == (0, [])
    written = json.loads((folder / "out.json").read_bytes())
    assert written == measure_survey(read_survey(json.dumps(full())))
    assert list(written) == ["routes", "scenarios", "counters"]
    assert names(folder) == ["in.json", "out.json"]


def test_an_earlier_survey_adds_the_effect(folder):
    arguments = (
        "--input",
        folder / "in.json",
        "--before",
        folder / "in.json",
        "--output",
        folder / "out.json",
    )
    assert run(*arguments) == (0, [])
    written = json.loads((folder / "out.json").read_bytes())
    assert list(written) == ["routes", "scenarios", "counters", "effect"]
    assert written["effect"]["s1"]["writes"]["change"] == 0


def test_an_existing_file_is_replaced_and_a_link_still_leads_to_it(folder):
    (folder / "old.json").write_text("old")
    (folder / "link.json").symlink_to(folder / "old.json")
    assert run("--input", folder / "in.json", "--output", folder / "link.json") == (0, [])
    assert (folder / "link.json").is_symlink()
    assert "routes" in json.loads((folder / "old.json").read_bytes())


def test_a_device_is_written_to_and_stays_a_device(folder):
    link = folder / "null"
    link.symlink_to("/dev/null")
    assert run("--input", folder / "in.json", "--output", link) == (0, [])
    assert link.is_char_device()


def test_faults_of_both_files_are_reported_and_nothing_is_written(folder):
    now = planted(full(), "survey.round", 0)
    earlier = planted(full(), "routes[0].visits[0].called_at", "2025-08-19T09:34:00+09:00")
    (folder / "in.json").write_text(json.dumps(now))
    (folder / "before.json").write_text(json.dumps(earlier))
    (folder / "out.json").write_text("kept")
    arguments = (
        "--input",
        folder / "in.json",
        "--before",
        folder / "before.json",
        "--output",
        folder / "out.json",
    )
    assert run(*arguments) == (
        1,
        [
            "survey.round: 1以上の整数にしてください。",
            "before: routes[0].visits[0].called_at: 呼ばれた時刻が、並んだ時刻より前です。直してください。",
        ],
    )
    assert (folder / "out.json").read_text() == "kept"
    assert names(folder) == ["before.json", "in.json", "out.json"]


def test_a_faulty_earlier_file_alone_refuses_too(folder):
    (folder / "before.json").write_text("{")
    arguments = (
        "--input",
        folder / "in.json",
        "--before",
        folder / "before.json",
        "--output",
        folder / "out.json",
    )
    code, lines = run(*arguments)
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("before: $: JSON")
    assert names(folder) == ["before.json", "in.json"]


@pytest.mark.parametrize("name", ["missing.json", ".", "a\nb.json"])
def test_a_file_that_cannot_be_read_is_a_fault(folder, name):
    code, lines = run("--input", folder / name, "--output", folder / "out.json")
    assert (code, len(lines)) == (1, 1)
    assert "ファイルを読めません" in lines[0]
    assert names(folder) == ["in.json"]


@pytest.mark.parametrize("name", [".", "missing/out.json", "in.json/out.json"])
def test_a_file_that_cannot_be_written_is_a_fault(folder, name):
    code, lines = run("--input", folder / "in.json", "--output", f"{folder}/{name}")
    assert (code, len(lines)) == (1, 1)
    assert "ファイルに書けません" in lines[0]
    assert names(folder) == ["in.json"]


@pytest.mark.parametrize("arguments", [(), ("--input", "in.json"), ("--output", "out.json"), ("--wrong",)])
def test_wrong_usage_ends_with_2(arguments, capsys):
    assert run(*arguments) == (2, [])
    assert "usage:" in capsys.readouterr().err
