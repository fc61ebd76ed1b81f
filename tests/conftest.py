"""Plumbing of the suite: what a marker means on which database. Data come from factories, not from here."""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings

from workflow.audit import digest_folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything under tests/browser is marked browser; what needs PostgreSQL is skipped elsewhere."""
    on_postgresql = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("postgresql") and not on_postgresql:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))


@pytest.fixture(autouse=True)
def no_digest_outlives_its_rows() -> Iterator[None]:
    """A pass of the sweep writes the day's digest beside the database, which the end of the test rolls back."""
    yield
    shutil.rmtree(digest_folder(), ignore_errors=True)
