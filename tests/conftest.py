"""Plumbing of the suite: which test runs on which database. Data come from factories, not from here."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import TransactionTestCase
from xdist.scheduler.loadscope import LoadScopeScheduling

from tools.prepared import VARIABLE
from workflow.audit import digest_folder

pytest_plugins = ["tools.outcomes"]
#: With one of these, or with the marker ``django_db``, pytest-django lets a test reach the database; else it refuses.
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
#: A folder whose files share what a session sets up.
INSTALLED = "tests/faults/"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("madoguchi").addoption(
        "--second-database",
        action="store_true",
        help="leave out what ran on the first database and never reaches one",
    )


def on_postgresql() -> bool:
    return "postgresql" in settings.DATABASES["default"]["ENGINE"]


def reaches_database(item: pytest.Item) -> bool:
    """Whether pytest-django lets this test in, or it says that processes of its own reach the database."""
    if item.get_closest_marker("django_db") or item.get_closest_marker("own_database"):
        return True
    test_class = getattr(item, "cls", None)
    if test_class and issubclass(test_class, TransactionTestCase):
        return True
    return not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def runs_here(item: pytest.Item, *, second: bool) -> bool:
    if item.get_closest_marker("sqlite" if on_postgresql() else "postgresql"):
        return False
    return not second or reaches_database(item)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browsers and processes come first: what takes long must not begin last."""
    second = config.getoption("--second-database")
    left_out = [item for item in items if not runs_here(item, second=second)]
    config.hook.pytest_deselected(items=left_out)
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
    chosen = set(items) - set(left_out)
    items[:] = sorted((item for item in items if item in chosen), key=lambda item: not _takes_long(item))


def _takes_long(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("browser") or item.get_closest_marker("long"))


class ByFile(LoadScopeScheduling):
    """A file's tests stay with one worker, in the order given: one set-up, one browser, one installation."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file.rpartition("/")[0] if file.startswith(INSTALLED) else file


def pytest_collection_finish() -> None:
    """What was imported stays until the end: the collector need not look through it again and again."""
    gc.freeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """A copied database is used as it is; it goes with its folder, or with the cluster that was started for it."""
    ours = not on_postgresql() or "TEST_DATABASE_URL" not in os.environ
    return django_db_keepdb or (VARIABLE in os.environ and ours)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """A migrated database is copied, where ``make test`` has made one."""
    if template := os.environ.get(VARIABLE):
        test = settings.DATABASES["default"]["TEST"]
        if on_postgresql():
            test["TEMPLATE"] = template
        else:
            shutil.copyfile(template, Path(test["NAME"]))


@pytest.fixture(autouse=True)
def no_digest_outlives_its_rows() -> Iterator[None]:
    """A pass of the sweep writes the day's digest beside the database, which the end of the test rolls back."""
    yield
    shutil.rmtree(digest_folder(), ignore_errors=True)
