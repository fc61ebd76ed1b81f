"""Runs the whole suite on both databases; the last line of the output is the sum, `N passed, N failed`.

usage: tools/run_tests.py [PYTEST ARGUMENT ...]

PostgreSQL is the server at TEST_DATABASE_URL, else a cluster of our own in a temporary folder, on a free
port, that is removed at the end. Without either the run on PostgreSQL is left out, a failure where CI is set.
"""

import argparse
import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 20.0
PR_SET_PDEATHSIG = 1
# What a developer may have set for a service; the suite decides these itself.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "EMAIL_URL", "PORT", "Q_CLUSTER_NAME")


class Unavailable(Exception):
    """PostgreSQL cannot be had; the text says why and what to do."""


@dataclass(frozen=True)
class Result:
    """What a run counted; errors count as failed, skipped tests as neither."""

    passed: int
    failed: int

    def __add__(self, other: "Result") -> "Result":
        return Result(self.passed + other.passed, self.failed + other.failed)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


def count(report: Path, returncode: int) -> Result:
    """Reads a JUnit report. A run that broke off, or fails without a failed test, counts one more failure."""
    outcomes: dict[tuple[str, str], str] = {}
    try:
        cases = list(ET.parse(report).iter("testcase"))
    except (OSError, ET.ParseError):
        return Result(0, 1)
    for case in cases:
        key = (case.get("classname", ""), case.get("name", ""))
        outcomes[key] = max(outcomes.get(key, ""), _outcome(case))
    passed = sum(outcome == "1 passed" for outcome in outcomes.values())
    failed = sum(outcome == "3 failed" for outcome in outcomes.values())
    broken = returncode != 0 and not failed
    return Result(passed, failed + broken)


def _outcome(case: ET.Element) -> str:
    """Ordered by weight: a test that passed and then broke in its teardown is reported twice."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "3 failed"
    return "2 skipped" if case.find("skipped") is not None else "1 passed"


def run_suite(name: str, environment: Mapping[str, str], arguments: list[str]) -> Result:
    """One run of pytest on one database; its own output passes through."""
    print(f"--- {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="madoguchi-report-") as folder:
        report = Path(folder) / "junit.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "2",
            "--create-db",
            f"--junit-xml={report}",
        ]
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env={**environment, "MADOGUCHI_DATA": folder},
            preexec_fn=_end_with_parent,
        )
        try:
            return count(report, process.wait())
        except KeyboardInterrupt:
            _stop(process)
            raise


def suite_environment(database_url: str | None) -> dict[str, str]:
    """The caller's environment without what would lead the suite to another database, queue or mailbox."""
    environment = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    environment = {key: value for key, value in environment.items() if not key.startswith("MADOGUCHI_")}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    if database_url:
        environment["DATABASE_URL"] = database_url
    return environment


def postgresql_folder() -> Path:
    """Where initdb and postgres are; the newest version of Debian's folders when they are not on the path."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        raise Unavailable("no initdb here; install PostgreSQL or set TEST_DATABASE_URL")
    return max(folders, key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)


def server_account() -> pwd.struct_passwd:
    """Who runs the cluster: ourselves; as root, whom initdb refuses, postgres or else nobody."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Unavailable("initdb refuses root, and no account postgres or nobody exists; set TEST_DATABASE_URL")


@contextlib.contextmanager
def throwaway_cluster() -> Iterator[str]:
    """A PostgreSQL of our own; yields its URL, and leaves neither process nor folder behind."""
    programs, account = postgresql_folder(), server_account()
    as_account: dict[str, Any] = (
        {} if os.getuid() else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    )
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-postgresql-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        password = secrets.token_hex(16)
        (folder / "password").write_text(password)
        for path in (folder, folder / "password"):
            os.chown(path, account.pw_uid, account.pw_gid)
        _initialise(programs, folder, as_account)
        process, port = _start(programs, folder, as_account)
        yield _wait_until_ready(process, f"postgres://madoguchi:{password}@127.0.0.1:{port}/postgres", folder)
    finally:
        if process:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(programs: Path, folder: Path, as_account: dict[str, Any]) -> None:
    command = [str(programs / "initdb"), "--pgdata", str(folder / "data"), "--username", "madoguchi"]
    command += ["--auth", "scram-sha-256", "--pwfile", str(folder / "password")]
    command += ["--encoding", "UTF8", "--locale", "C", "--no-sync"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **as_account)
    except OSError as error:
        raise Unavailable(f"initdb cannot be started: {error}") from error
    if done.returncode != 0:
        raise Unavailable(f"initdb failed: {done.stderr.strip()}")


def _start(programs: Path, folder: Path, as_account: dict[str, Any]) -> "tuple[subprocess.Popen[bytes], int]":
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "max_connections": "200",
    }
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=_end_with_parent,
        **as_account,
    )
    log.close()
    return process, port


def _end_with_parent() -> None:
    """Should this script be killed, Linux interrupts what it started."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, folder: Path) -> str:
    import psycopg  # only needed here, and not where a server was named

    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return url
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise Unavailable(f"the cluster did not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """SIGINT is pytest's orderly end, which closes browsers and workers, and PostgreSQL's fast shutdown."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The URL of the server to test on: the one that was named, else our own."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    else:
        with throwaway_cluster() as url:
            yield url


def run_postgresql(arguments: list[str]) -> Result:
    """The run on PostgreSQL; where it cannot be had, nothing ran, and under CI that is a failure."""
    try:
        with postgresql() as url:
            return run_suite("postgresql", suite_environment(url), arguments)
    except Unavailable as error:
        print(f"postgresql: not run: {error}", flush=True)
        return Result(0, 1 if os.environ.get("CI", "").lower() not in ("", "0", "false") else 0)


def _interrupted(number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> int:
    """The command line; returns 0 when something ran and nothing failed, else 1; 130 when interrupted."""
    parser = argparse.ArgumentParser(description="Runs the suite on SQLite and on PostgreSQL.")
    _, arguments = parser.parse_known_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    try:
        results = {"sqlite": run_suite("sqlite", suite_environment(None), arguments)}
        results["postgresql"] = run_postgresql(arguments)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    total = sum(results.values(), start=Result(0, 0))
    for name, result in results.items():
        print(f"{name}: {result}")
    print(total, flush=True)
    return 0 if total.passed and not total.failed else 1


if __name__ == "__main__":
    sys.exit(main())
