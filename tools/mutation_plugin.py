"""How the suite runs under `make mutation`: many short sessions in one process and its forks."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test.utils import setup_databases
from hypothesis import Phase, is_hypothesis_test, settings

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
def django_db_setup(django_test_environment: None, django_db_blocker: "pytest.FixtureRequest") -> Iterator[None]:
    """The first session makes the database; each fork takes a copy, which a broken test may leave as it likes."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        if not _made_by:
            setup_databases(verbosity=0, interactive=False, keepdb=True)
            _made_by.append(os.getpid())
        with _own_copy():
            yield
            connections.close_all()


class _own_copy:
    """On SQLite, a file of this process's own; elsewhere the one database."""

    def __init__(self) -> None:
        self.shared = connection.settings_dict["NAME"]
        self.wanted = connection.vendor == "sqlite" and _made_by != [os.getpid()]

    def __enter__(self) -> None:
        if self.wanted:
            connection.settings_dict["NAME"] = f"{self.shared}.{os.getpid()}"
            shutil.copy(self.shared, connection.settings_dict["NAME"])

    def __exit__(self, *_fault: object) -> None:
        if self.wanted:
            Path(connection.settings_dict["NAME"]).unlink()
            connection.settings_dict["NAME"] = self.shared


def _cost(item: pytest.Item) -> tuple[bool, bool]:
    """Whether it needs the database, and whether it draws its examples."""
    needs = bool(item.get_closest_marker("django_db")) or "db" in getattr(item, "fixturenames", ())
    return needs, is_hypothesis_test(getattr(item, "function", None))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The cheapest tests first: the first that fails ends the session."""
    items.sort(key=_cost)
