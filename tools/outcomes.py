"""A pytest plugin that keeps what became of every test, and what reads it again.

``--outcomes FILE`` writes a line of JSON for each part (setup, call, teardown) of each test:
``test``, ``when``, ``outcome``, ``seconds``, ``error`` (one line, empty where nothing failed).
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

WIDTH = 300


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("madoguchi").addoption("--outcomes", metavar="FILE", help="keep every test's outcome")


def pytest_configure(config: pytest.Config) -> None:
    """Workers hand their reports to the process that started them; that one writes."""
    if (path := config.getoption("--outcomes")) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Keeper(Path(path)))


class Keeper:
    """Writes each report as it comes in, so that a run that breaks off has told what it knew."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w", encoding="utf-8", buffering=1)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._write(report, str(report.when), float(report.duration))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(report, "collect", 0.0)

    def pytest_unconfigure(self) -> None:
        self.file.close()

    def _write(self, report: Any, when: str, seconds: float) -> None:
        error = one_line(report.longrepr) if report.failed else ""
        row = {"test": report.nodeid, "when": when, "outcome": report.outcome, "seconds": round(seconds, 3)}
        self.file.write(json.dumps(row | {"error": error}, ensure_ascii=False) + "\n")


def one_line(problem: Any) -> str:
    """What failed, as pytest says it first: the exception and its message, without the traceback."""
    crash = getattr(problem, "reprcrash", None)
    text = crash.message if crash else str(problem).strip().rpartition("\n")[2]
    return " ".join(text.split())[:WIDTH] or "no message"


@dataclass
class Outcome:
    """One test: it failed if any part of it did, and passed if its call passed and nothing failed."""

    test: str
    seconds: float = 0.0
    outcomes: set[str] = field(default_factory=set)
    called: bool = False
    error: str = ""

    @property
    def failed(self) -> bool:
        return "failed" in self.outcomes

    @property
    def passed(self) -> bool:
        return self.called and self.outcomes == {"passed"}


def read(path: Path) -> list[Outcome]:
    """The outcomes in a file, one a test; a last line that was cut off counts for nothing."""
    found: dict[str, Outcome] = {}
    if not path.exists():
        return []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            break
        outcome = found.setdefault(row["test"], Outcome(row["test"]))
        outcome.seconds += row["seconds"]
        outcome.outcomes.add(row["outcome"])
        outcome.called |= row["when"] == "call"
        outcome.error = outcome.error or row["error"]
    return list(found.values())


def slowest(outcomes: Iterable[Outcome], number: int = 20) -> list[str]:
    """Lines ``87.1 s  tests/…::test_…``, the slowest first."""
    ordered = sorted(outcomes, key=lambda outcome: -outcome.seconds)
    return [f"{outcome.seconds:7.1f} s  {outcome.test}" for outcome in ordered[:number]]


def by_folder(outcomes: Iterable[Outcome]) -> list[str]:
    """Lines ``207.3 s    27  tests/browser``: seconds and tests of each folder under tests/, the most first."""
    folders: dict[str, list[float]] = defaultdict(list)
    for outcome in outcomes:
        folders["/".join(outcome.test.partition("::")[0].split("/")[:2])].append(outcome.seconds)
    ordered = sorted(folders.items(), key=lambda found: -sum(found[1]))
    return [f"{sum(seconds):7.1f} s  {len(seconds):5}  {name}" for name, seconds in ordered]
