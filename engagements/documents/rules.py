"""Relations of people to documents; what other rooms do that makes or moves one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts import permissions
from accounts.models import Role
from engagements.documents import jobs, services  # noqa: F401  (jobs registers what the worker runs)
from engagements.documents.builders import register
from engagements.documents.builders.application import ApplicationBuilder
from engagements.documents.builders.case import CaseBuilder
from engagements.documents.builders.completion_report import CompletionReportBuilder
from engagements.documents.builders.day_cards import ActorCardBuilder, AnswerKeyBuilder
from engagements.documents.builders.day_notices import CounterNoticeBuilder, ResidentNoticeBuilder
from engagements.documents.builders.day_sheets import DummyCardsBuilder, RecorderSheetBuilder
from engagements.documents.builders.decision_sheet import DecisionSheetBuilder
from engagements.documents.builders.dispatch_request import DispatchRequestBuilder
from engagements.documents.builders.office_plan import OfficePlanBuilder
from engagements.documents.builders.reform_plan import ReformPlanBuilder
from engagements.documents.builders.result_notice import (
    ResultListBuilder,
    ResultNoticeBuilder,
    ResultNoticesBuilder,
)
from engagements.documents.builders.round_record import RoundRecordBuilder
from engagements.documents.builders.session_report import SessionReportBuilder
from engagements.documents.builders.survey_report import SurveyReportBuilder
from engagements.documents.models import Document, DocumentKind
from engagements.rounds.models import Offer, OfferState
from workflow import SYSTEM, sweep
from workflow.actors import Actor
from workflow.events import Happening, on

permissions.resource("document", Document)
_DISPATCH = Q(kind=DocumentKind.DISPATCH_REQUEST)
#: What would tell an actor the scenario beforehand, were they an executive or an approver: only who prepares reads it.
_SECRET = (
    DocumentKind.ACTOR_CARD,
    DocumentKind.ANSWER_KEY,
    DocumentKind.DUMMY_CARDS,
    DocumentKind.RECORDER_SHEET,
)


def _kept_from(role: str) -> tuple[str, ...]:
    """The kinds of paper that this role of a town does not read."""
    lent = (DocumentKind.DISPATCH_REQUEST,)
    return lent if role == Role.CONTACT else (*lent, *_SECRET)


def _is_of_town(actor: Actor, role: str, obj: Any) -> bool:
    own = obj.municipality_id in actor.scopes(role, "municipality")
    return own and obj.kind not in _kept_from(role)


def _of_town(actor: Actor, role: str) -> Q:
    own = Q(municipality__in=sorted(actor.scopes(role, "municipality")))
    return own & ~Q(kind__in=_kept_from(role))


def _is_lent(actor: Actor, role: str, obj: Any) -> bool:
    own = obj.municipality_id in actor.scopes(role, "municipality")
    return own and obj.kind == DocumentKind.DISPATCH_REQUEST


def _lent(actor: Actor, role: str) -> Q:
    """A dispatch request is read by those who answer for the employer, not by its other people."""
    return Q(municipality__in=sorted(actor.scopes(role, "municipality"))) & _DISPATCH


def _is_requested_for(actor: Actor, role: str, obj: Any) -> bool:
    people = [int(pk) for pk in actor.scopes(role, "person")]
    asked = Offer.objects.filter(reference=obj.subject, advisor__user__in=people)
    return obj.kind == DocumentKind.DISPATCH_REQUEST and asked.exists()


def _requested_for(actor: Actor, role: str) -> Q:
    own = Offer.objects.filter(advisor__user__in=sorted(actor.scopes(role, "person")))
    return _DISPATCH & Q(subject__in=own.values("reference"))


def _body(obj: Any) -> str:
    return f"municipality:{obj.municipality_id}"


permissions.register("document", permissions.Relation("municipality", _is_of_town, _of_town, _body))
permissions.register("document", permissions.Relation("lender", _is_lent, _lent, _body))
permissions.register("document", permissions.Relation("requested_for", _is_requested_for, _requested_for))
permissions.scoped("document", "engagement", "engagement_id")

register(ApplicationBuilder())
register(DispatchRequestBuilder())
register(ResultNoticeBuilder())
register(ResultNoticesBuilder())
register(ResultListBuilder())
register(RoundRecordBuilder())
register(SessionReportBuilder())
register(SurveyReportBuilder())
for day_paper in (
    ActorCardBuilder,
    RecorderSheetBuilder,
    CounterNoticeBuilder,
    ResidentNoticeBuilder,
    AnswerKeyBuilder,
    DummyCardsBuilder,
):
    register(day_paper())
register(ReformPlanBuilder())
register(OfficePlanBuilder())
register(DecisionSheetBuilder())
register(CaseBuilder())
register(CompletionReportBuilder())


@on("application.submit")
@on("application.enter")
@on("application.substitute")
def print_application(happening: Happening) -> None:
    """A submission has its paper; what comes back with changes, or with another approver, gets a new version."""
    services.request_document(DocumentKind.APPLICATION, happening.obj, actor=SYSTEM, now=happening.now)


@on("application.accept")
@on("application.waitlist")
@on("application.decline")
def print_result(happening: Happening) -> None:
    """A decision has its letter, whether it was made alone or released with others."""
    services.request_document(DocumentKind.RESULT_NOTICE, happening.obj, actor=SYSTEM, now=happening.now)


@on("offer.accept")
@on("offer.resend_request")
def print_dispatch_request(happening: Happening) -> None:
    """The employer's paper, where the programme asks the employer. It is written to when the file exists."""
    offer = happening.obj
    if offer.state == OfferState.ACCEPTED and offer.application.call.programme.employer_consent:
        services.request_document(DocumentKind.DISPATCH_REQUEST, offer, actor=SYSTEM, now=happening.now)


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
