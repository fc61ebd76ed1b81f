"""How the suite runs under `make mutation`: many short sessions in one process and its forks."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test.utils import setup_databases
from hypothesis import Phase, is_hypothesis_test, settings
from pytest_django import DjangoDbBlocker

# The first counterexample is enough, and on a busy machine no example is too slow.
settings.register_profile(
    "mutation",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
)
_made_by: list[int] = []


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The first session makes the database; each fork takes a copy, which a broken test may leave as it likes."""
    with django_db_blocker.unblock():
        if not _made_by:
            setup_databases(verbosity=0, interactive=False, keepdb=True)
            _made_by.append(os.getpid())
        with _own_copy():
            yield
            connections.close_all()


@contextlib.contextmanager
def _own_copy() -> Iterator[None]:
    """On SQLite, a file of this process's own; elsewhere the one database."""
    shared = connection.settings_dict["NAME"]
    if connection.vendor != "sqlite" or _made_by == [os.getpid()]:
        yield
        return
    own = Path(f"{shared}.{os.getpid()}")
    shutil.copy(shared, own)
    connection.settings_dict["NAME"] = str(own)
    try:
        yield
    finally:
        connection.settings_dict["NAME"] = shared
        own.unlink()


def _cost(item: pytest.Item) -> tuple[bool, bool]:
    """Whether it needs the database, and whether it draws its examples."""
    needs = bool(item.get_closest_marker("django_db")) or "db" in getattr(item, "fixturenames", ())
    return needs, is_hypothesis_test(getattr(item, "function", None))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The cheapest tests first: the first that fails ends the session."""
    items.sort(key=_cost)
