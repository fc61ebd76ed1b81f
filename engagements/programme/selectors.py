"""Reads of the programme."""

from __future__ import annotations

from django.db.models import prefetch_related_objects

from engagements.programme.models import Programme, Question


def questions(programme: Programme) -> list[Question]:
    """The questions of the application form in their order. One query for each programme instance, then none."""
    prefetch_related_objects([programme], "questions")
    return list(programme.questions.all())
