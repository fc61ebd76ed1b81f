"""Matching rounds, and rounds that were solved."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from engagements.rounds.matching import services
from engagements.rounds.matching.models import Round, Shortlist
from tests.factories.advisors import AdvisorFactory
from tests.factories.rounds import AcceptedFactory, call, office_actor
from workflow.doors import begin, perform
from workflow.models import Outbox
from workflow.outbox import deliver

WEIGHTS = {"expertise": 4, "preference": 3, "size": 1, "distance": 1, "continuity": 1}


def round_of(**changes: Any) -> Round:
    """An open round of the one call, over the whole year."""
    values: dict[str, Any] = {
        "call": call(),
        "title": "見本のラウンド",
        "starts_on": date(2026, 4, 1),
        "ends_on": date(2027, 3, 31),
        "months": list(range(1, 13)),
        "fairness": "total",
        "weights": WEIGHTS,
        "max_leads": None,
    }
    return services.create_round(values | changes, actor=office_actor(), now=timezone.now())


def solve(obj: Round, **data: Any) -> Round:
    """Solve as the office and the worker do; the round is then proposed, or open again with the fault."""
    perform("solve", obj, office_actor(), **data)
    row = Outbox.objects.filter(kind="solve-round").latest("pk")
    assert deliver(row.pk), Outbox.objects.get(pk=row.pk).last_error
    return Round.objects.get(pk=obj.pk)


def shortlist_of() -> Shortlist:
    """A town that is asked to rank two candidates."""
    made = Shortlist.objects.create(
        round=round_of(),
        application=AcceptedFactory(),
        candidates=[AdvisorFactory().pk, AdvisorFactory().pk],
        asked_at=timezone.now(),
        due_on=timezone.localdate() + timedelta(days=7),
    )
    with transaction.atomic():
        begin(made, office_actor(), now=timezone.now())
    return made
