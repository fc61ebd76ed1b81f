"""``make soak``: random requests as everybody against two nodes while workers are killed and the database goes away.

usage: python -m soak [--minutes N] [--kill-every SECONDS] [--away SECONDS] [--clients N] [--seed N] [--output FOLDER]

The report is the end of the output and var/soak/report.json: answers by status, killed workers, 5xx (none but while the
database was away, and each with its number in the log), memory by process, and whether ``verify_log`` is clean.
Exit codes: 0 all of that held; 1 something did not, or the soak could not run; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from crawl.installation import ROOT, Unavailable
from soak.clients import Client, Tally
from soak.nodes import Service, service

#: A process may hold so much more at the end than after its first minutes: caches fill, nothing else does.
GROWTH = 1.3
SLACK_KB = 20_000
SAMPLE_SECONDS = 10.0
#: What was asked for before the database came back may still be answered with 5xx for so long.
AFTERMATH_SECONDS = 15.0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description="Uses and abuses a whole service.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--kill-every", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument(
        "--away", type=float, default=10.0, metavar="SECONDS", help="the database, half-way; 0: never"
    )
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "soak", metavar="FOLDER")
    return parser.parse_args(argv)


class Soak:
    """One run: ``clients`` ask, this thread kills, takes the database away and measures."""

    def __init__(self, running: Service, asked: argparse.Namespace) -> None:
        self.service, self.asked = running, asked
        self.tally, self.stop = Tally(), threading.Event()
        self.random = random.Random(asked.seed)
        self.killed = 0
        self.away: tuple[float, float] | None = None
        self.memory: dict[str, list[int]] = {}

    def run(self) -> None:
        clients = [
            Client(self.service.sites, self.tally, self.stop, self.asked.seed + number)
            for number in range(self.asked.clients)
        ]
        for client in clients:
            client.start()
        began = time.monotonic()
        ends, half = began + 60 * self.asked.minutes, began + 30 * self.asked.minutes
        kill_at, measure_at = began + self.asked.kill_every, began + SAMPLE_SECONDS
        while (now := time.monotonic()) < ends:
            if now >= kill_at:
                self._kill()
                kill_at += self.asked.kill_every
            if now >= measure_at:
                self._measure()
                measure_at += SAMPLE_SECONDS
            if self.asked.away and self.away is None and now >= half:
                self._take_database_away()
            self.stop.wait(min(kill_at, measure_at, ends) - time.monotonic())
        self.stop.set()
        for client in clients:
            client.join(90)

    def _kill(self) -> None:
        if workers := self.service.workers():
            try:
                os.kill(self.random.choice(workers), signal.SIGKILL)
                self.killed += 1
            except ProcessLookupError:  # it has ended by itself
                return

    def _take_database_away(self) -> None:
        began = time.time()
        self.service.cluster.stop()
        self.stop.wait(self.asked.away)
        self.service.cluster.start()
        self.away = (began, time.time() + AFTERMATH_SECONDS)

    def _measure(self) -> None:
        for (pid, words), kilobytes in self.service.memory().items():
            if kilobytes:
                self.memory.setdefault(f"{pid} {words.split(' Process-')[0][:60]}", []).append(kilobytes)

    # --- what is said at the end ----------------------------------------------------------------------

    def report(self) -> dict[str, Any]:
        said = self.service.said()
        faults = [
            fault | {"excused": self._is_excused(fault), "logged": _stands_in(fault, said)}
            for fault in self.tally.faults
        ]
        return {
            "seed": self.asked.seed,
            "answers": dict(sorted(self.tally.statuses.items())),
            "cut by a killed worker": dict(self.tally.cut),
            "workers killed": self.killed,
            "5xx": len(faults),
            "5xx while the database was there": [fault for fault in faults if not fault["excused"]],
            "5xx without a number in the log": [fault for fault in faults if not fault["logged"]],
            "memory that grew": self._grown(),
            "memory": {
                name: [series[0], series[-1]] for name, series in self.memory.items() if len(series) > 5
            },
            "verify_log": self.service.verify_log(),
        }

    def _is_excused(self, fault: dict[str, Any]) -> bool:
        return self.away is not None and self.away[0] <= fault["at"] <= self.away[1]

    def _grown(self) -> dict[str, list[int]]:
        """Of processes that lived long enough: kilobytes after the first third, and over the last."""
        found = {}
        for name, series in self.memory.items():
            third = len(series) // 3
            if third >= 6:
                middle, end = median(series[third : 2 * third]), median(series[-third:])
                if end > GROWTH * middle + SLACK_KB:
                    found[name] = [int(middle), int(end)]
        return found


def _stands_in(fault: dict[str, Any], said: str) -> bool:
    return bool(fault["number"]) and fault["number"] in said


FAILS = (
    "5xx while the database was there",
    "5xx without a number in the log",
    "memory that grew",
    "verify_log",
)


def main(argv: Sequence[str] | None = None) -> int:
    asked = _arguments(argv)
    asked.output.mkdir(parents=True, exist_ok=True)
    for old in asked.output.glob("*.log"):
        old.unlink()
    try:
        with service(asked.output) as running:
            soak = Soak(running, asked)
            soak.run()
            told = soak.report()
    except Unavailable as error:
        print(f"soak: {error}", file=sys.stderr)
        return 1
    (asked.output / "report.json").write_text(json.dumps(told, ensure_ascii=False, indent=1))
    print(json.dumps(told, ensure_ascii=False, indent=1))
    bad = [name for name in FAILS if told[name]]
    print(f"soak: {'; '.join(bad) if bad else 'all held'} (seed {asked.seed})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
