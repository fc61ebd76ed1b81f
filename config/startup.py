"""A damaged database is told in one sentence, whichever command or process meets it first."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.db.backends.signals import connection_created

from config import data


class Damaged(DatabaseError):
    """The sentence is the text."""


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Ends the process with exit code 1 and a sentence where the block finds the database's file damaged."""
    connection_created.connect(_look_at, dispatch_uid="config.startup")
    try:
        yield
    except DatabaseError as error:
        if isinstance(error, Damaged):
            sys.exit(str(error))
        path = data.sqlite_file()
        if path and data.is_damage(error):
            sys.exit(data.told(path, str(error)))
        raise
    finally:
        connection_created.disconnect(dispatch_uid="config.startup")


def _look_at(connection: Any, **_kwargs: Any) -> None:
    """Header and length, before anything is read: a page that is missing is else found by whoever needs it first."""
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        if path.is_file() and (fault := data.damage(path, thorough=False)):
            raise Damaged(fault)
