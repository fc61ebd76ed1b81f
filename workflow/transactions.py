"""Transactions that are tried again when the database asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction

T = TypeVar("T")
TRIES = 5


def _is_passing(error: OperationalError) -> bool:
    """A deadlock or a serialisation failure (SQLSTATE class 40), or SQLite's busy: nothing is wrong with the work."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or ""
    return state.startswith("40") or "database is locked" in str(error)


def in_transaction(work: Callable[[], T]) -> T:
    """Run ``work`` atomically; tried up to five times, but only when no outer transaction holds locks already."""
    if connection.in_atomic_block:
        with transaction.atomic():
            return work()
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if attempt == TRIES or not _is_passing(error):
                raise
    raise AssertionError("unreachable")
