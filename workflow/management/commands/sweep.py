"""``manage.py sweep``: one pass over outbox and deadlines; with ``--forever`` the process that keeps doing it."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from workflow import sweep


class Command(BaseCommand):
    help = "One pass over outbox and deadlines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--forever", action="store_true", help="keep sweeping until told to stop")
        parser.add_argument("--interval", type=float, default=5.0, help="seconds between passes (default 5)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["forever"]:
            self.report(sweep.run(timezone.now(), sweep.holder()))
            return
        self.check(databases=["default"])
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        while not stop.is_set():
            close_old_connections()
            sweep.run(timezone.now(), sweep.holder())
            stop.wait(options["interval"])

    def report(self, done: dict[str, int] | None) -> None:
        if done is None:
            self.stdout.write("sweep: another process is at it")
        for name, count in (done or {}).items():
            self.stdout.write(f"{name}: {count}")
