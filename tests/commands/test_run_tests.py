"""How the suite's runs are counted, and the cluster that it starts for itself."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.commands.processes import DEADLINE_SECONDS, environment, eventually, is_running, run, start
from tools.run_tests import Result, count, postgresql_folder, suite_environment

CASES = {
    "passed": '<testcase classname="t" name="{name}"/>',
    "failed": '<testcase classname="t" name="{name}"><failure message="no"/></testcase>',
    "error": '<testcase classname="t" name="{name}"><error message="no"/></testcase>',
    "skipped": '<testcase classname="t" name="{name}"><skipped message="no"/></testcase>',
}


def report(folder: Path, *cases: tuple[str, str]) -> Path:
    path = folder / "junit.xml"
    body = "".join(CASES[kind].format(name=name) for name, kind in cases)
    path.write_text(f'<?xml version="1.0"?><testsuites><testsuite>{body}</testsuite></testsuites>')
    return path


def test_errors_count_as_failed_and_skipped_tests_as_neither(tmp_path: Path) -> None:
    path = report(
        tmp_path, ("a", "passed"), ("b", "failed"), ("c", "error"), ("d", "skipped"), ("e", "passed")
    )
    assert count(path, 1) == Result(2, 2)


def test_a_test_that_breaks_in_its_teardown_is_one_failure_and_no_pass(tmp_path: Path) -> None:
    assert count(report(tmp_path, ("a", "passed"), ("a", "error"), ("b", "passed")), 1) == Result(1, 1)


def test_a_failed_test_that_breaks_in_its_teardown_too_is_one_failure(tmp_path: Path) -> None:
    assert count(report(tmp_path, ("a", "failed"), ("a", "error")), 1) == Result(0, 1)


def test_a_run_that_fails_without_a_failed_test_counts_one(tmp_path: Path) -> None:
    assert count(report(tmp_path, ("a", "passed")), 3) == Result(1, 1)


def test_a_run_without_a_report_counts_one_failure(tmp_path: Path) -> None:
    assert count(tmp_path / "junit.xml", 4) == Result(0, 1)


def test_a_broken_report_counts_one_failure(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text("<testsuites><testsuite><testcase")
    assert count(tmp_path / "junit.xml", 0) == Result(0, 1)


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
    "from tools.run_tests import throwaway_cluster, _interrupted\n"
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
    finished = run("tools/run_tests.py", "-n0", "tests/commands/test_mail.py::test_the_usual_ports", env=env)
    assert finished.returncode == failed, finished.stderr
    assert "\npostgresql: not run: initdb" in finished.stdout
    assert finished.stdout.splitlines()[-3:] == [
        "sqlite: 3 passed, 0 failed",
        f"postgresql: 0 passed, {failed} failed",
        f"3 passed, {failed} failed",
    ]


def test_the_newest_servers_programs_are_found() -> None:
    assert (postgresql_folder() / "initdb").exists()
    assert os.access(postgresql_folder() / "postgres", os.X_OK)
