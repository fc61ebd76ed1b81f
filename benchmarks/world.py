"""The database that is measured: the demonstration, then as many copies as asked."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from engagements.programme import services as programme
from oversight.demo import loading, people
from oversight.demo.stages import Place, agreed, trained, walk_all
from tools.prepared import VARIABLE

FEW = (
    Place("374041", "contact-374041", 190, agreed("advisor2")),
    Place("033022", "town", 75, trained("advisor")),
)


@contextmanager
def database() -> Iterator[str]:
    """A scratch database, migrated, and the URL under which other processes find it; dropped afterwards.

    Where the suite has a migrated file, that is copied: migrating is no part of what is measured.
    """
    logging.getLogger("django-q").setLevel(logging.WARNING)
    name = str(Path(settings.DATA_DIR) / "bench.sqlite3")
    if connection.vendor == "postgresql":
        name = f"madoguchi_bench_{os.getpid()}"
    connection.settings_dict["TEST"]["NAME"] = name
    before = connection.settings_dict["NAME"]
    copied = connection.vendor == "sqlite" and VARIABLE in os.environ
    if copied:
        shutil.copyfile(os.environ[VARIABLE], name)
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=copied)
    try:
        yield (
            f"sqlite:///{name}"
            if connection.vendor == "sqlite"
            else _renamed(os.environ["DATABASE_URL"], name)
        )
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _renamed(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def load(*, quick: bool) -> None:
    """The registry and the demonstration; two towns of it when it has to be quick."""
    call_command("import_registry", verbosity=0, stdout=StringIO())
    now = timezone.now()
    if not quick:
        loading.load(now)
        return
    programme.seed()
    people.make_everybody(timezone.localdate(now))
    walk_all(now, FEW)


def grow(size: int) -> float:
    """Copies until there are so many engagements; the seconds it took."""
    start = time.perf_counter()
    loading.scale(size)
    return time.perf_counter() - start
