"""``manage.py sweep``: one pass over outbox and deadlines; with ``--forever`` the process that keeps doing it."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections, connection
from django.utils import timezone

from workflow import sweep

logger = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "One pass over outbox and deadlines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--forever", action="store_true", help="keep sweeping until told to stop")
        parser.add_argument("--interval", type=float, default=5.0, help="seconds between passes (default 5)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["forever"]:
            self.report(sweep.run(timezone.now(), sweep.holder()))
            return
        try:
            self.check(databases=["default"])
        except Error:  # one that is away is waited for, like at every pass
            self.check()
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        is_there = True
        while not stop.is_set():
            is_there = attempt(is_there)
            stop.wait(options["interval"])

    def report(self, done: dict[str, int] | None) -> None:
        if done is None:
            self.stdout.write("sweep: another process is at it")
        for name, count in (done or {}).items():
            self.stdout.write(f"{name}: {count}")


def attempt(was_there: bool) -> bool:
    """One pass that a database which is away or locked does not end; whether it was there. Said once, each way."""
    try:
        close_old_connections()
        sweep.run(timezone.now(), sweep.holder())
    except Error as error:
        if was_there:
            logger.error(
                "the database is away or locked, trying again at each pass", fault=type(error).__name__
            )
        connection.close()
        return False
    if not was_there:
        logger.error("the database is back")
    return True
