"""The stages of many engagements in one query, for lists that filter and count by them."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Value, When

from engagements.journey.workflow import UNDER_WAY
from engagements.models import EngagementState
from engagements.sessions.checks import BEHIND, NOT_YET_PLANNED
from engagements.sessions.models import Session


def with_stage(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Engagements with ``stage``: the database's twin of ``standing.stage_of(…).code``."""
    still_open = Session.objects.filter(engagement=OuterRef("pk")).exclude(state__in=BEHIND)
    first = still_open.order_by("kind__number")
    found: QuerySet[Any] = rows.annotate(
        first_open=Subquery(first.values("kind__number")[:1]),
        first_open_state=Subquery(first.values("state")[:1]),
    ).annotate(
        stage=Case(
            When(state__in=set(EngagementState.values) - set(UNDER_WAY), then=F("state")),
            When(first_open=1, first_open_state__in=NOT_YET_PLANNED, then=Value("preparing")),
            When(first_open=1, then=Value("training")),
            When(first_open=2, then=Value("survey")),
            default=Value("reporting"),
            output_field=CharField(),
        )
    )
    return found
