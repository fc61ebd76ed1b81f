"""A damaged database is told in one sentence, whichever command or process meets it first."""

import contextlib
import sys
from collections.abc import Iterator

from django.db import DatabaseError

from config import data


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Ends the process with exit code 1 and a sentence where the block finds the database's file damaged.

    SQLite itself finds it, at the first reading. Nobody here opens the file beside it: closing that handle would
    take away the locks of every connection of this process, and the next one to end would clear the log from under them.
    """
    try:
        yield
    except DatabaseError as error:
        path = data.sqlite_file()
        if path and data.is_damage(error):
            sys.exit(data.told(path, str(error)))
        raise
