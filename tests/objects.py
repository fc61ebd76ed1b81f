"""One object of every resource of the permission table, put into any state for the generated tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from engagements.applications.models import Application
from engagements.documents.models import Document
from tests.factories import applications, entry, matching
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import EngagementFactory, session_of
from tests.factories.plans import CaseFactory, PlanFactory, decision_of
from tests.factories.programme import seeded
from tests.factories.rounds import OfferFactory
from tests.factories.sections import SectionRequestFactory
from tests.factories.survey import SurveyFactory
from tests.municipalities.factories import MunicipalityFactory
from workflow.actors import SYSTEM
from workflow.log import record


def _document() -> Document:
    engagement = EngagementFactory()
    return Document.objects.create(
        kind="reform-plan",
        subject=f"P-{engagement.pk}",
        version=1,
        title="窓口改革計画書",
        municipality=engagement.municipality,
        engagement_id=engagement.pk,
        snapshot={"body_name": "見本町"},
        requested_at=timezone.now(),
    )


def _application() -> Application:
    """One that the office typed, so that every relation of the table holds for somebody."""
    made = applications.draft()
    Application.objects.filter(pk=made.pk).update(typed_by_office=True)
    made.refresh_from_db()
    return made


def _event() -> Any:
    engagement = EngagementFactory()
    return record(
        "survey.version_saved",
        SYSTEM,
        stream=f"survey:{engagement.pk}",
        context=engagement.stream,
        visibility="parties",
    )


_MAKE: dict[str, Callable[[], Any]] = {
    "advisor": AdvisorFactory,
    "application": _application,
    "call": applications.call,
    "case": CaseFactory,
    "decision": lambda: decision_of(PlanFactory(), scenario="", measure="", change=None),
    "document": _document,
    "engagement": EngagementFactory,
    "event": _event,
    "handover": entry.handover,
    "invitation": entry.invitation,
    "mailbox": entry.mailbox,
    "municipality": MunicipalityFactory,
    "offer": OfferFactory,
    "plan": PlanFactory,
    "registration": entry.registration,
    "release": applications.release,
    "round": matching.round_of,
    "programme": seeded,
    "section_request": SectionRequestFactory,
    "session": lambda: session_of(EngagementFactory(), 1),
    "shortlist": matching.shortlist_of,
    "survey": SurveyFactory,
}


def _maker(make: Callable[[], Any]) -> Callable[..., Any]:
    def made(state: str = "") -> Any:
        obj = make()
        if state:
            type(obj)._base_manager.filter(pk=obj.pk).update(state=state)
        return obj

    return made


MAKERS: dict[str, Callable[..., Any]] = {resource: _maker(make) for resource, make in _MAKE.items()}
