"""The programme as data: seeded from a file, versioned, never changed once it is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from engagements.programme.models import ChecklistItem, Programme, Question, SessionKind

FIRST_VERSION = Path(__file__).parent / "data" / "programme.yaml"
NESTED = ("sessions", "questions")


def seed() -> Programme:
    """Load the first version that comes with the service; a database that has it is left alone."""
    return seed_programme(_first_version())


@cache
def _first_version() -> Mapping[str, Any]:
    """Read once: it comes with the code."""
    return yaml.safe_load(FIRST_VERSION.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@transaction.atomic
def seed_programme(data: Mapping[str, Any]) -> Programme:
    """Create a version with its sessions, checklists and questions, all or nothing.

    A version that exists is returned as it is: calls and engagements pin it, and the office may have edited it.
    """
    if (known := Programme.objects.filter(version=data["version"]).first()) is not None:
        return known
    programme = Programme.objects.create(
        **{name: value for name, value in data.items() if name not in NESTED}
    )
    for session in data.get("sessions", ()):
        _seed_session(programme, session)
    Question.objects.bulk_create(Question(programme=programme, **row) for row in data.get("questions", ()))
    return programme


def _seed_session(programme: Programme, row: Mapping[str, Any]) -> None:
    kind = SessionKind.objects.create(
        programme=programme, **{name: value for name, value in row.items() if name != "checklist"}
    )
    ChecklistItem.objects.bulk_create(_checklist(kind, row.get("checklist", ())))


def _checklist(kind: SessionKind, rows: Iterable[Mapping[str, Any]]) -> list[ChecklistItem]:
    return [ChecklistItem(kind=kind, position=number, **row) for number, row in enumerate(rows, start=1)]
