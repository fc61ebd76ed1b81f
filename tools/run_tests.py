"""Runs the suite on SQLite and, what a database can change, on PostgreSQL; the sum is the last line of the output.

usage: python -m tools.run_tests [PYTEST ARGUMENT ...]

PostgreSQL is the server at TEST_DATABASE_URL, else a cluster of our own. Without either the run on PostgreSQL is
left out, a failure where CI is set. Each run is kept in var/tests/: output, outcomes and seconds of every test.
"""

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from tools import prepared
from tools.outcomes import Outcome, by_folder, read, slowest
from tools.postgresql import Unavailable, end_with_parent, postgresql, stop

ROOT = Path(__file__).resolve().parent.parent
KEPT_RUNS = 10
WORKERS = "2"
PROGRESS_SECONDS = 30.0
#: Failed tests that are repeated alone, a database, and how long that may take in all.
REPEATED = 5
REPEAT_SECONDS = 240.0
#: What the last 60 lines can hold beside the counts and the end of a failed check.
LISTED = 40
#: What a developer may have set for a service; the suite decides these itself.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "EMAIL_URL", "PORT", "Q_CLUSTER_NAME")
NOTHING_CHOSEN = 5


@dataclass(frozen=True)
class Result:
    """What was counted; errors count as failed, skipped tests as neither."""

    passed: int
    failed: int

    def __add__(self, other: "Result") -> "Result":
        return Result(self.passed + other.passed, self.failed + other.failed)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


@dataclass
class Run:
    """One pass of pytest over the suite on one database. ``folder`` keeps ``NAME.log`` and ``NAME.jsonl``."""

    name: str
    folder: Path
    environment: Mapping[str, str]
    arguments: list[str]
    root: Path = ROOT
    outcomes: list[Outcome] = field(default_factory=list)
    broken: str = ""
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def report(self) -> Path:
        return self.folder / f"{self.name}.jsonl"

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.failed]

    @property
    def result(self) -> Result:
        passed = sum(outcome.passed for outcome in self.outcomes)
        return Result(passed, len(self.failed) + bool(self.broken))

    def start(self) -> "subprocess.Popen[bytes]":
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            WORKERS,
            f"--outcomes={self.report}",
            *self.arguments,
        ]
        with self.log.open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=self.root,
                env=self.environment,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
            )

    def ended(self, returncode: int) -> None:
        """A run that broke off, or fails without a failed test, is a failure too."""
        self.outcomes = read(self.report)
        if returncode not in (0, NOTHING_CHOSEN) and not self.failed:
            self.broken = f"pytest ended with exit code {returncode} and no failed test"

    def repeat(self, outcome: Outcome, seed: str, seconds: float) -> None:
        """Alone, with the same seed: what passes now is decided by chance, and says so."""
        command = [sys.executable, "-m", "pytest", "-q", "-n0", f"--hypothesis-seed={seed}", outcome.test]
        with self.log.open("ab") as log:
            try:
                done = subprocess.run(
                    command, cwd=self.root, env=self.environment, stdout=log, stderr=log, timeout=seconds
                )
            except subprocess.TimeoutExpired:
                self.notes[outcome.test] = "not repeated to its end"
                return
        self.notes[outcome.test] = (
            "fails alone too" if done.returncode else "FLAKY: passes when repeated alone"
        )

    def lines(self, seed: str) -> list[str]:
        """A line a failure: where, which test, what it said, how it is repeated."""
        found = [f"FAILED {self.name}: {self.broken}; see {self.log}"] if self.broken else []
        for outcome in self.failed:
            note = self.notes.get(outcome.test, "not repeated")
            found.append(f"FAILED {self.name} {outcome.test} - {outcome.error} [seed {seed}; {note}]")
        return found


def suite_environment(database_url: str | None) -> dict[str, str]:
    """The caller's environment without what would lead the suite to another database, queue or mailbox."""
    environment = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    environment = {key: value for key, value in environment.items() if not key.startswith("MADOGUCHI_")}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    if database_url:
        environment["DATABASE_URL"] = database_url
    return environment


def run_together(runs: list[Run]) -> None:
    """Side by side: where one pass waits for a browser or a process, the other one goes on."""
    processes = {run.name: run.start() for run in runs}
    told = time.monotonic()
    try:
        while any(process.poll() is None for process in processes.values()):
            time.sleep(0.2)
            if time.monotonic() - told >= PROGRESS_SECONDS:
                told = time.monotonic()
                print(" · ".join(f"{run.name}: {_so_far(run)}" for run in runs), flush=True)
    except KeyboardInterrupt:
        for process in processes.values():
            stop(process)
        raise
    for run in runs:
        run.ended(processes[run.name].returncode)


def _so_far(run: Run) -> str:
    outcomes = read(run.report)
    return f"{len(outcomes)} done, {sum(outcome.failed for outcome in outcomes)} failed"


def repeat_failures(runs: list[Run], seed: str) -> None:
    deadline = time.monotonic() + REPEAT_SECONDS
    for run in runs:
        for outcome in run.failed[:REPEATED]:
            if (left := deadline - time.monotonic()) > 0 and "::" in outcome.test:
                run.repeat(outcome, seed, left)


def run_suite(arguments: list[str], seed: str) -> list[Run]:
    """Both passes and the repetitions, while the databases are there."""
    folder = _folder_of_this_run()
    arguments = [f"--hypothesis-seed={seed}", *arguments]
    with tempfile.TemporaryDirectory(prefix="madoguchi-data-") as data, contextlib.ExitStack() as servers:
        runs = [Run("sqlite", folder, _on_sqlite(data), arguments)]
        try:
            environment = _on_postgresql(data, servers)
        except Unavailable as error:
            print(f"postgresql: not run: {error}", flush=True)
            missing = Run("postgresql", folder, {}, [])
            missing.broken = "not run" if os.environ.get("CI", "").lower() not in ("", "0", "false") else ""
            run_together(runs)
            return [*runs, missing]
        runs.append(Run("postgresql", folder, environment, [*arguments, "--second-database"]))
        run_together(runs)
        repeat_failures(runs, seed)
    return runs


def _on_sqlite(data: str) -> dict[str, str]:
    environment = suite_environment(None) | {"MADOGUCHI_DATA": data}
    return environment | {prepared.VARIABLE: str(prepared.sqlite(ROOT, environment))}


def _on_postgresql(data: str, servers: contextlib.ExitStack) -> dict[str, str]:
    """Raises ``Unavailable``."""
    url = servers.enter_context(postgresql())
    environment = suite_environment(url) | {"MADOGUCHI_DATA": data}
    template = servers.enter_context(prepared.postgresql(ROOT, environment, url))
    return environment | {prepared.VARIABLE: template}


def _folder_of_this_run() -> Path:
    """A new folder in var/tests/; the oldest ones go."""
    base = ROOT / "var" / "tests"
    folder = base / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{os.getpid()}"
    folder.mkdir(parents=True)
    for old in sorted(base.iterdir())[:-KEPT_RUNS]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def report(runs: list[Run], seed: str) -> Iterator[str]:
    """What is printed at the end: the output of passes that failed, what took long, the failures, the counts."""
    for run in runs:
        if run.result.failed and run.log.exists():
            yield f"--- {run.name}: {run.log}"
            yield run.log.read_text(encoding="utf-8", errors="replace")
    for run in runs:
        if run.outcomes:
            yield f"--- {run.name}: the slowest of {sum(outcome.seconds for outcome in run.outcomes):.0f} s"
            yield from slowest(run.outcomes)
            yield from by_folder(run.outcomes)
    yield "---"
    for run in runs:
        yield f"{run.name}: {run.result}"
    lines = [line for run in runs for line in run.lines(seed)]
    yield from lines[:LISTED]
    if len(lines) > LISTED:
        yield f"… and {len(lines) - LISTED} more: {runs[0].folder}"
    if lines:
        yield f'Repeat one: make test ARGS="--hypothesis-seed={seed} TEST"'
    yield str(sum((run.result for run in runs), start=Result(0, 0)))


def _interrupted(number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> int:
    """The command line; returns 0 when something ran and nothing failed, else 1; 130 when interrupted."""
    parser = argparse.ArgumentParser(description="Runs the suite on SQLite and on PostgreSQL.")
    parser.add_argument("--hypothesis-seed", default=str(secrets.randbelow(10**9)), help="repeats a run")
    options, arguments = parser.parse_known_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    try:
        runs = run_suite(arguments, options.hypothesis_seed)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except prepared.Unprepared as error:
        print(f"FAILED the migrations do not apply:\n{error}\n{Result(0, 1)}")
        return 1
    for line in report(runs, options.hypothesis_seed):
        print(line)
    total = sum((run.result for run in runs), start=Result(0, 0))
    return 0 if total.passed and not total.failed else 1


if __name__ == "__main__":
    sys.exit(main())
