"""Reads of the programme."""

from __future__ import annotations

from datetime import date

from django.db.models import prefetch_related_objects

from engagements.programme.models import Programme, Question
from workflow.errors import Conflict


def version_for(day: date) -> Programme | None:
    """The version in force on that day, if there is one."""
    try:
        return Programme.in_force(day)
    except Conflict:
        return None


def questions(programme: Programme) -> list[Question]:
    """The questions of the application form in their order. One query for each programme instance, then none."""
    prefetch_related_objects([programme], "questions")
    return list(programme.questions.all())
