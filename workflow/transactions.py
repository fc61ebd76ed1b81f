"""Transactions that are tried again when the database asks for it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
T = TypeVar("T")
TRIES = 5
_left_over: ContextVar[list[Callable[[], object]] | None] = ContextVar("left_over", default=None)


def _is_passing(error: OperationalError) -> bool:
    """A deadlock or a serialisation failure (SQLSTATE class 40), or SQLite's busy: nothing is wrong with the work."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or ""
    return state.startswith("40") or "database is locked" in str(error)


def in_transaction(work: Callable[[], T]) -> T:
    """Run ``work`` atomically; tried up to five times, but only when no outer transaction holds locks already."""
    if _left_over.get() is not None:
        with transaction.atomic():
            return work()
    left_over: list[Callable[[], object]] = []
    token = _left_over.set(left_over)
    try:
        return _tried_again(work, left_over)
    finally:
        _left_over.reset(token)
        for task in left_over:
            task()


def atomic(service: Callable[P, T]) -> Callable[P, T]:
    """``in_transaction`` as a decorator: for services, whose refusals have to outlast the roll-back."""

    @wraps(service)
    def whole(*args: P.args, **kwargs: P.kwargs) -> T:
        return in_transaction(lambda: service(*args, **kwargs))

    return whole


def outlasting(task: Callable[[], object]) -> None:
    """Run ``task`` once the outermost ``in_transaction`` is over, so that it stands whatever is rolled back."""
    left_over = _left_over.get()
    if left_over is None:
        task()
    else:
        left_over.append(task)


def _tried_again(work: Callable[[], T], left_over: list[Callable[[], object]]) -> T:
    tries = 1 if connection.in_atomic_block else TRIES
    for attempt in range(1, tries + 1):
        left_over.clear()
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if attempt == tries or not _is_passing(error):
                raise
    raise AssertionError("unreachable")
