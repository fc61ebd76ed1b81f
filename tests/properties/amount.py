"""How much chance is enough: in full on SQLite, a quarter of it on PostgreSQL, ten times as much when asked for.

The rules are the same on both; what PostgreSQL may do otherwise (locks, constraints, isolation) has its own tests.
"""

from __future__ import annotations

import os

from django.conf import settings

PART_ON_POSTGRESQL = 4
#: ``HYPOTHESIS_PROFILE=deep`` walks longer and more often.
DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def examples(number: int) -> int:
    if DEEP:
        return number * 10
    if "postgresql" in settings.DATABASES["default"]["ENGINE"]:
        return max(1, number // PART_ON_POSTGRESQL)
    return number


def steps(number: int) -> int:
    return number * 2 if DEEP else number
