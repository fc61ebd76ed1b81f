"""How the suite's runs are counted, what a red one says at its end, and the cluster that it starts for itself."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.processes import DEADLINE_SECONDS, ROOT, environment, eventually, is_running, run, start
from tools import prepared
from tools.outcomes import by_folder, read, slowest
from tools.postgresql import postgresql_folder
from tools.run_tests import Result, Run, report, suite_environment

pytestmark = pytest.mark.long
SUITE = """
import os, pytest
from pathlib import Path

HERE = Path(__file__).parent

@pytest.fixture
def breaks_afterwards():
    yield
    raise RuntimeError("the teardown broke")

def test_passes(): pass
def test_fails(): assert [2, 2] == [1, 2], "two tried again"
def test_teardown(breaks_afterwards): pass
def test_fails_twice(breaks_afterwards): assert False
@pytest.mark.skip(reason="not here")
def test_skipped(): pass
def test_by_chance():
    first = not (HERE / "ran").exists()
    (HERE / "ran").touch()
    assert not first
"""
CHOSEN = ("-p", "tools.outcomes", "-p", "no:cacheprovider")
#: The small suites need no plugin that has to be loaded first.
BARE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def planted(folder: Path, suite: str = SUITE, *, name: str = "sqlite") -> Run:
    """A small suite that pytest has run once, and what the runner makes of it."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_planted.py").write_text(suite)
    kept = Run(name, folder, suite_environment(None) | {"PYTHONPATH": str(ROOT)}, [], root=folder)
    command = [sys.executable, "-m", "pytest", *CHOSEN, f"--outcomes={kept.report}"]
    done = subprocess.run(command, cwd=folder, env={**kept.environment, **BARE}, capture_output=True)
    kept.log.write_bytes(done.stdout)
    kept.ended(done.returncode)
    return kept


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return planted(tmp_path_factory.mktemp("suite"))


def test_errors_count_as_failed_and_skipped_tests_as_neither(kept: Run) -> None:
    """A test that breaks in its teardown is one failure and no pass, also where it had failed before."""
    assert kept.result == Result(1, 4)
    assert {outcome.test.rpartition("::")[2] for outcome in kept.failed} == {
        "test_fails",
        "test_teardown",
        "test_fails_twice",
        "test_by_chance",
    }


def test_a_red_run_says_which_test_with_what_error_and_how_it_is_repeated(kept: Run) -> None:
    for outcome in kept.failed:
        if outcome.test.endswith(("::test_fails", "::test_by_chance")):
            kept.repeat(outcome, "42", 60)
    other = Run("postgresql", kept.folder, {}, [], broken="not run")
    last = "\n".join(report([kept, other], "42")).splitlines()[-60:]
    assert last[-1] == "1 passed, 5 failed"
    counts = last.index("sqlite: 1 passed, 4 failed")
    assert last[counts + 1] == "postgresql: 0 passed, 1 failed"
    told = last[counts + 2 : -1]
    failure = next(line for line in told if line.startswith("FAILED sqlite test_planted.py::test_fails - "))
    assert "AssertionError: two tried again" in failure
    assert failure.endswith("[seed 42; fails alone too]")
    chance = next(line for line in told if "::test_by_chance" in line)
    assert chance.endswith("[seed 42; FLAKY: passes when repeated alone]")
    assert any(line.startswith("FAILED postgresql: not run") for line in told)
    assert told[-1] == 'Repeat one: make test ARGS="--hypothesis-seed=42 TEST"'


def test_more_failures_than_lines_are_counted_and_the_sum_is_still_last(tmp_path: Path) -> None:
    kept = planted(
        tmp_path, "import pytest\n@pytest.mark.parametrize('n', range(70))\ndef test_n(n): assert not n + 1\n"
    )
    last = list(report([kept], "1"))[-60:]
    assert "sqlite: 0 passed, 70 failed" in last
    assert f"… and 30 more: {tmp_path}" in last
    assert last[-1] == "0 passed, 70 failed"


@pytest.mark.parametrize("suite", ["import nothing_of_that_name\n", "def test_broken(:\n"])
def test_a_file_that_cannot_be_read_is_a_failure_with_its_reason(tmp_path: Path, suite: str) -> None:
    kept = planted(tmp_path, suite)
    assert kept.result == Result(0, 1)
    assert "Error" in kept.failed[0].error


def test_a_run_that_breaks_off_counts_one_failure(tmp_path: Path) -> None:
    kept = planted(tmp_path, "import os\ndef test_passes(): pass\ndef test_dies(): os._exit(3)\n")
    assert kept.result == Result(1, 1)
    assert kept.lines("7") == [
        f"FAILED sqlite: pytest ended with exit code 3 and no failed test; see {tmp_path / 'sqlite.log'}"
    ]


def test_a_choice_that_leaves_nothing_for_a_database_is_no_failure(tmp_path: Path) -> None:
    assert planted(tmp_path, "").result == Result(0, 0)


def test_a_report_that_was_cut_off_tells_what_it_knew(kept: Run, tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl").write_text(kept.report.read_text()[:-10])
    assert {outcome.test for outcome in read(tmp_path / "cut.jsonl")} == {
        outcome.test for outcome in kept.outcomes
    }


def test_what_took_long_is_named_by_test_and_by_folder(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    row = '{{"test": "{}", "when": "call", "outcome": "passed", "seconds": {}, "error": ""}}\n'
    rows = [
        ("tests/a/test_x.py::test_1", 2),
        ("tests/a/test_y.py::test_2", 30),
        ("tests/test_z.py::test_3", 4),
    ]
    path.write_text("".join(row.format(*each) for each in rows))
    assert slowest(read(path), 2) == [
        "   30.0 s  tests/a/test_y.py::test_2",
        "    4.0 s  tests/test_z.py::test_3",
    ]
    assert by_folder(read(path)) == ["   32.0 s      2  tests/a", "    4.0 s      1  tests/test_z.py"]


def test_what_cannot_be_migrated_says_why_and_leaves_no_file_to_copy(tmp_path: Path) -> None:
    """A folder without a manage.py stands for migrations that do not apply."""
    with pytest.raises(prepared.Unprepared, match=r"manage\.py"):
        prepared.sqlite(tmp_path, environment())
    assert list((tmp_path / "var" / "tests" / "prepared").glob("*.sqlite3")) == []


def test_the_sum_reads_as_promised() -> None:
    assert str(Result(3, 1) + Result(4, 0)) == "7 passed, 1 failed"


def test_the_suite_hears_nothing_of_the_callers_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY", "MADOGUCHI_DATA", "MADOGUCHI_DEMO"):
        monkeypatch.setenv(name, "theirs")
    assert not {value for value in suite_environment(None).values() if value == "theirs"}
    assert suite_environment("postgres://ours")["DATABASE_URL"] == "postgres://ours"


#: Wakes now and then: a signal that comes just before a pause would be slept over.
WAITS = "while True: select.select([], [], [], 0.1)"
CLUSTER = (
    "import os, select, signal\n"
    "from tools.postgresql import throwaway_cluster\n"
    "from tools.run_tests import _interrupted\n"
    "import psycopg\n"
    "signal.signal(signal.SIGTERM, _interrupted)\n"
    # A suite that was started in the background hands on that Ctrl-C is to be ignored.
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "with throwaway_cluster() as url:\n"
    "    with psycopg.connect(url) as connection:\n"
    "        folder, = connection.execute('SHOW data_directory').fetchone()\n"
    "    pid = open(folder + '/postmaster.pid').readline().strip()\n"
    "    print('cluster', pid, folder, flush=True)\n"
    "    {then}\n"
)


def test_the_throwaway_cluster_is_removed_at_the_end() -> None:
    finished = run("-c", CLUSTER.format(then="pass"))
    assert finished.returncode == 0, finished.stderr
    _, pid, folder = finished.stdout.split()
    assert not is_running(int(pid))
    assert not Path(folder).parent.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_throwaway_cluster_is_removed_when_interrupted(number: signal.Signals) -> None:
    with start("-c", CLUSTER.format(then=WAITS)) as process:
        _, pid, folder = process.read_until(bool)[-1].split()
        process.send_signal(number)
        process.wait(timeout=DEADLINE_SECONDS)
    assert not is_running(int(pid))
    assert not Path(folder).parent.exists()


def test_the_server_of_the_cluster_ends_when_the_script_is_killed() -> None:
    with start("-c", CLUSTER.format(then=WAITS)) as process:
        _, pid, folder = process.read_until(bool)[-1].split()
        process.kill()
    assert eventually(lambda: not is_running(int(pid)))
    shutil.rmtree(Path(folder).parent)


@pytest.mark.parametrize(("ci", "failed"), [("true", 1), ("", 0)])
def test_without_postgresql_ci_fails_and_a_developer_is_told(ci: str, failed: int, tmp_path: Path) -> None:
    """An initdb that cannot work stands first on the path; the suite is the three cases of one test."""
    (tmp_path / "initdb").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "initdb").chmod(0o755)
    env = environment(CI=ci)
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    finished = run(
        "-m", "tools.run_tests", "-n0", "tests/commands/test_mail.py::test_the_usual_ports", env=env
    )
    assert finished.returncode == failed, finished.stderr
    assert "postgresql: not run: initdb" in finished.stdout
    lines = finished.stdout.splitlines()
    assert lines[-1] == f"3 passed, {failed} failed"
    counts = lines.index("sqlite: 3 passed, 0 failed")
    assert lines[counts + 1] == f"postgresql: 0 passed, {failed} failed"


def test_the_newest_servers_programs_are_found() -> None:
    assert (postgresql_folder() / "initdb").exists()
    assert os.access(postgresql_folder() / "postgres", os.X_OK)
