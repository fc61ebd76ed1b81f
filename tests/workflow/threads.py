"""Many at once: threads that start together, each with its own connection to the database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

from workflow.errors import DoorError

PATIENCE_SECONDS = 30.0


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What ``work(0)`` … ``work(count - 1)`` gave; a door that stayed shut counts as an answer, other faults do not."""
    start = Barrier(count)

    def one(number: int) -> Any:
        try:
            start.wait(timeout=PATIENCE_SECONDS)
            return work(number)
        except DoorError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
