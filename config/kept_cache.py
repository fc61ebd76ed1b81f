"""The cache of an installation: a table that loses nothing before its time.

Django's own throws out a third of what still holds as soon as there are many rows: whoever asked for many refused pages
emptied the counts of wrong passwords.
"""

from typing import Any

from django.core.cache.backends.db import DatabaseCache


class KeptCache(DatabaseCache):
    """Only what has expired goes when the table is full."""

    def _cull(self, db: str, cursor: Any, now: Any, num: int) -> None:
        super()._cull(db, cursor, now, 0)  # type: ignore[misc]  # with none left to count, nothing else is thrown out
