"""Relations of people to documents; what other rooms do that makes or moves one."""

from __future__ import annotations

from datetime import datetime

from accounts import permissions
from engagements.documents import jobs, services  # noqa: F401  (jobs registers what the worker runs)
from engagements.documents.builders import register
from engagements.documents.builders.application import ApplicationBuilder
from engagements.documents.builders.case import CaseBuilder
from engagements.documents.builders.completion_report import CompletionReportBuilder
from engagements.documents.builders.decision_sheet import DecisionSheetBuilder
from engagements.documents.builders.reform_plan import ReformPlanBuilder
from engagements.documents.builders.survey_report import SurveyReportBuilder
from engagements.documents.models import Document, DocumentKind
from workflow import SYSTEM, sweep
from workflow.events import Happening, on

permissions.resource("document", Document)
permissions.scoped("document", "municipality", "municipality_id")
permissions.scoped("document", "engagement", "engagement_id")

register(ApplicationBuilder())
register(SurveyReportBuilder())
register(ReformPlanBuilder())
register(DecisionSheetBuilder())
register(CaseBuilder())
register(CompletionReportBuilder())


@on("application.submit")
@on("application.enter")
def print_application(happening: Happening) -> None:
    """A submission has its paper; what comes back with changes gets a new version."""
    services.request_document(DocumentKind.APPLICATION, happening.obj, actor=SYSTEM, now=happening.now)


@on("plan.finalise")
def print_plan(happening: Happening) -> None:
    """A finished plan has its paper and the one page for the meeting."""
    for kind in (DocumentKind.REFORM_PLAN, DocumentKind.DECISION_SHEET):
        services.request_document(kind, happening.obj, actor=SYSTEM, now=happening.now)


@on("case.publish")
def print_case(happening: Happening) -> None:
    """What other towns read is a file of the day on which the town agreed."""
    services.request_document(DocumentKind.CASE, happening.obj, actor=SYSTEM, now=happening.now)


@on("engagement.begin")
def hand_on_papers(happening: Happening) -> None:
    reference = happening.data.get("application")
    if reference:
        services.follow_engagement(reference, happening.obj.pk)


@sweep.task("documents-set-aside")
def give_up_set_aside(now: datetime) -> int:
    return services.give_up_set_aside(now)
