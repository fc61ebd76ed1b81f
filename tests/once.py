"""A world that is built once for several tests: each finds it as it was made, whatever the one before did.

The world lives in a transaction that is rolled back when its fixture ends; each test's own changes in a savepoint in it::

    @pytest.fixture(scope="module")
    def made(django_db_setup, django_db_blocker):
        yield from built(django_db_blocker, make)

    @pytest.fixture
    def plan(made, db):
        return deepcopy(made)        # what a test changes on an object, the next one does not see

Not for tests that commit (``transaction=True``): those empty the tables, this world too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.db import transaction

World = TypeVar("World")


def built(blocker: Any, make: Callable[[], World]) -> Iterator[World]:
    """Yields what ``make`` gives. Between its making and its going, the database is open to tests alone."""
    block = transaction.atomic()
    block._from_testcase = True  # what must be outermost may be within it, as it is within a test
    with blocker.unblock():
        block.__enter__()
        world = make()
    try:
        yield world
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            block.__exit__(None, None, None)
