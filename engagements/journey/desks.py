"""What the homes of approver, executive, employer, trainee and counter section show beside what waits on them.

Each reads a constant number of queries; none of them evaluates a guard.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from advisors.models import Advisor
from engagements.applications import selectors as application_reads
from engagements.applications.models import Application, ApplicationState
from engagements.documents.models import Document, DocumentKind
from engagements.journey import dossiers
from engagements.journey.selectors import OPEN_STATES, readable
from engagements.plans.models import Decision, Plan, PlanState
from engagements.rounds.models import Offer, OfferState
from engagements.sections import selectors as section_reads
from engagements.sessions.models import Meeting
from workflow import Actor

SHOWN = 20
#: A paper of the town's that its approver has something to do with.
UNSENT = (ApplicationState.DRAFT, ApplicationState.WITHDRAWN)
SHOWN_TO_EXECUTIVE = (PlanState.FINAL, PlanState.REPORTED, PlanState.ANSWERED)
#: From the advisor's acceptance on, the employer has something to do with an offer.
LENT = (OfferState.ACCEPTED, OfferState.EMPLOYER_CONSENTED, OfferState.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Paper:
    """An application with the very PDF that is consented to, and whether that is still waited for."""

    application: Application
    url: str
    waits: bool


def approver(actor: Actor) -> dict[str, Any]:
    """The town's applications, those that await the consent first, and its plans in review. Two queries."""
    codes = sorted(actor.scopes("approver", "municipality"))
    rows = Application.objects.filter(municipality__in=codes).exclude(state__in=UNSENT).select_related("call")
    papers = [
        Paper(row, application_reads.document_url(row), _awaits(row))
        for row in rows.order_by("-received_at", "-pk")[:SHOWN]
    ]
    plans = Plan.objects.filter(engagement__municipality__in=codes, state=PlanState.IN_REVIEW)
    return {
        "papers": sorted(papers, key=lambda paper: not paper.waits),
        "plans_in_review": list(plans.select_related("engagement").order_by("pk")),
    }


def _awaits(row: Application) -> bool:
    waiting = row.state in (ApplicationState.SUBMITTED, ApplicationState.WAITLISTED)
    return waiting and bool(row.issued_hash) and not row.has_consent


@dataclass(frozen=True, slots=True)
class Reported:
    """A plan that the executive is asked about or has answered, with its one page of decisions."""

    plan: Plan
    decisions: int
    sheet: Document | None


def executive(actor: Actor) -> dict[str, Any]:
    """The town's plans from final on, the newest first, each with its decision sheet. Two queries."""
    codes = sorted(actor.scopes("executive", "municipality"))
    plans = Plan.objects.filter(engagement__municipality__in=codes, state__in=SHOWN_TO_EXECUTIVE)
    rows = list(
        plans.select_related("engagement").annotate(number_of=Count("decisions")).order_by("-pk")[:SHOWN]
    )
    made = Document.objects.filter(
        kind=DocumentKind.DECISION_SHEET,
        subject__in=[row.reference for row in rows],
        progress=Document.Progress.READY,
    )
    sheets = {row.subject: row for row in made.defer("snapshot").order_by("version")}
    return {"reported": [Reported(row, row.number_of, sheets.get(row.reference)) for row in rows]}


@dataclass(frozen=True, slots=True)
class Lending:
    """An employee's dispatch, and the days on which they are away, as far as they are set."""

    offer: Offer
    days: list[Meeting]


def employer(actor: Actor, today: date) -> dict[str, Any]:
    """The employees who are asked for or lent, and their days from today on. Three queries."""
    codes = sorted(actor.scopes("employer", "municipality"))
    offers = Offer.objects.filter(advisor__employer__in=codes, state__in=LENT)
    rows = list(
        offers.select_related("advisor__user", "application__municipality__prefecture").order_by("-pk")[
            :SHOWN
        ]
    )
    served = {row.application.engagement_id for row in rows} - {None}
    days = _days(served, today)
    staff = Advisor.objects.filter(employer__in=codes, user__is_active=True).select_related("user")
    return {
        "lending": [Lending(row, days.get(row.application.engagement_id or 0, [])) for row in rows],
        "staff": list(staff.order_by("user__name", "pk")),
    }


def _days(engagements: Iterable[Any], today: date) -> dict[int, list[Meeting]]:
    """The days from today on, by engagement, the next one first. One query."""
    rows = Meeting.objects.filter(
        session__engagement__in=list(engagements), called_off=False, ends_at__date__gte=today
    )
    found: dict[int, list[Meeting]] = {}
    for row in rows.select_related("session__kind", "session__engagement").order_by("starts_at", "pk"):
        found.setdefault(row.session.engagement_id, []).append(row)
    return found


def trainee(actor: Actor, today: date) -> dict[str, Any]:
    """The engagements in which a trainee shadows, the days to come, and who leads. A constant number of queries."""
    shadowed = [int(pk) for pk in actor.scopes("trainee", "engagement") if pk.isdecimal()]
    running = readable(actor).filter(pk__in=shadowed, state__in=OPEN_STATES).order_by("opened_at", "pk")
    found = dossiers.dossiers(running, actor, today)
    days = sorted(
        (day for rows in _days(shadowed, today).values() for day in rows), key=lambda day: day.starts_at
    )
    profile = Advisor.objects.filter(user=actor.user_id).select_related("employer__prefecture").first()
    return {"shadowing": found, "shadow_days": days, "profile": profile}


def section(actor: Actor, today: date) -> dict[str, Any]:
    """What happens at the section's counter and when, its figures, and the decisions that it carries."""
    refs = sorted(actor.scopes("section", "section"))
    codes = sorted({ref.partition("/")[0] for ref in refs})
    running = readable(actor).filter(municipality__in=codes, state__in=OPEN_STATES)
    ids = list(running.values_list("pk", flat=True))
    days = sorted((day for rows in _days(ids, today).values() for day in rows), key=lambda day: day.starts_at)
    rows = list(section_reads.visible(actor).filter(section_ref__in=refs))
    own = Decision.objects.filter(owner_ref__in=refs).exclude(state="rejected")
    current = own.filter(Q(plan__engagement__in=ids)).select_related("plan__engagement")
    return {
        "counter_days": days,
        "section_done": [row for row in rows[:SHOWN] if not row.is_open],
        "section_figures": section_reads.newest(rows),
        "carried": list(current.order_by("plan_id", "position", "pk")),
    }
