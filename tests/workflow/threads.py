"""Many at once: threads that start together, each with its own connection to the database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection, connections

from workflow.errors import DoorError

#: Only a thread that never comes is waited for so long.
PATIENCE_SECONDS = 180.0


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What ``work(0)`` … ``work(count - 1)`` gave; a door that stayed shut counts as an answer, other faults do not."""
    start = Barrier(count)

    def one(number: int) -> Any:
        try:
            connection.ensure_connection()
            start.wait(timeout=PATIENCE_SECONDS)
            return work(number)
        except DoorError as refusal:
            return refusal
        except BaseException:
            start.abort()  # nobody waits for a thread that will not come
            raise
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
