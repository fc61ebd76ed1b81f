"""An engagement with everything that its pages say about it, read together for any number of engagements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions
from engagements.applications.models import Application
from engagements.documents.models import Document, DocumentKind
from engagements.journey import road, story, waits
from engagements.journey.selectors import People, is_office, people, visible_events
from engagements.journey.standing import Stage, Standing, stand
from engagements.journey.waits import NextAction
from engagements.plans.models import Decision, Plan
from engagements.sessions import selectors as session_reads
from engagements.sessions.checks import BEHIND
from municipalities.dates import fiscal_year_label
from workflow import Actor
from workflow.models import Event, Outbox

MAIL_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Dossier:
    """One engagement for one reader."""

    engagement: Any
    sessions: list[Any]
    application: Any
    plan: Any
    people: People
    standing: Standing
    road: list[road.Station]
    deadline: date

    @property
    def stage(self) -> Stage:
        return self.standing.stage

    @property
    def turn(self) -> waits.Wait | None:
        return self.standing.turn

    @property
    def waits(self) -> list[waits.Wait]:
        return self.standing.turns

    @property
    def next(self) -> NextAction:
        return self.standing.next

    @property
    def contexts(self) -> list[str]:
        own = [f"engagement:{self.engagement.pk}"]
        return own + ([f"application:{self.application.pk}"] if self.application else [])

    @property
    def current(self) -> Any:
        """The session that comes next; the last one when all are behind."""
        return next((row for row in self.sessions if row.state not in BEHIND), self.sessions[-1])

    @property
    def advisor_name(self) -> str:
        return self.people.advisor_name(self.engagement.pk)


def dossiers(engagements: Iterable[Any], actor: Actor, today: date) -> list[Dossier]:
    """Twelve queries at most, however many engagements there are."""
    rows = list(engagements)
    ids = [row.pk for row in rows]
    sessions = session_reads.of_engagements(ids)
    applications = {
        row.engagement_id: row
        for row in Application.objects.filter(engagement__in=ids).select_related("call")
    }
    written = Plan.objects.filter(engagement__in=ids).order_by("number").prefetch_related("budget")
    plans = {row.engagement_id: row for row in written}
    known = waits.Known({row.pk: row for row in rows}, sessions, people(rows, today))
    contexts = [f"engagement:{pk}" for pk in ids] + [f"application:{row.pk}" for row in applications.values()]
    found = waits.waits(waits.open_spans(contexts), actor, known, today)
    return [
        _dossier(row, actor, today, known, found, applications.get(row.pk), plans.get(row.pk)) for row in rows
    ]


def _dossier(
    engagement: Any,
    actor: Actor,
    today: date,
    known: waits.Known,
    found: list[waits.Wait],
    application: Any,
    plan: Any,
) -> Dossier:
    sessions = known.sessions[engagement.pk]
    own = [row for row in found if row.engagement == engagement.pk]
    received = application.received_at if application else None
    answered = plan.answered_at if plan else None
    deadline = road.budget_deadline(engagement, plan.budget.all() if plan else ())
    stands = stand(engagement, actor, own, sessions, today)
    return Dossier(
        engagement=engagement,
        sessions=sessions,
        application=application,
        plan=plan,
        people=known.people,
        standing=stands,
        road=road.road(
            engagement,
            sessions,
            stands.stage,
            today=today,
            deadline=deadline,
            received=timezone.localdate(received) if received else None,
            answered=timezone.localdate(answered) if answered else None,
        ),
        deadline=deadline,
    )


@dataclass(frozen=True, slots=True)
class Countdown:
    """Days until the budget request, and what lies before it as points on a line (per cent of the way)."""

    title: str
    deadline: date
    days: int
    points: list[tuple[float, str, str]]
    words: str


def countdown(dossier: Dossier, today: date) -> Countdown | None:
    """None once the deadline is over."""
    deadline = dossier.deadline
    days = (deadline - today).days
    if days < 0:
        return None
    marks = [
        (day, str(session.kind))
        for session in dossier.sessions
        if session.state == "scheduled"
        and (day := session_reads.first_day(session))
        and today < day <= deadline
    ]
    goal = road.report_by(dossier.engagement, deadline)
    if goal > today and dossier.sessions[-1].state in ("unscheduled", "postponed"):
        marks.append((goal, _("%(session)sの目安") % {"session": dossier.sessions[-1].kind}))
    points = [(_share(day, today, days), name, f"{day.month}/{day.day}") for day, name in sorted(marks)]
    spoken = "、".join(f"{name} {when}" for _x, name, when in points)
    year = deadline.year + 1 if deadline.month >= 4 else deadline.year
    title = _("%(year)s当初予算の要求まで") % {"year": fiscal_year_label(year)}
    words = _("今日から締切の%(day)sまで%(days)d日。%(points)s") % {
        "day": road.short(deadline),
        "days": days,
        "points": spoken,
    }
    return Countdown(title, deadline, days, points, words)


def _share(day: date, today: date, days: int) -> float:
    return round(100 * (day - today) / timedelta(days=days), 1) if days else 100.0


def blocked(dossier: Dossier) -> list[dict[str, str]]:
    """What can't be done yet, why, and where it is unblocked; from rows that are read already."""
    found, page = [], f"/engagements/{dossier.engagement.pk}/"
    open_sessions = [row for row in dossier.sessions if row.state in ("unscheduled", "postponed")]
    for first, later in pairwise(open_sessions[:2]):
        found.append(
            {
                "title": _("%(session)sの日程を入れる") % {"session": later.kind},
                "reason": _("%(first)sの日程が決まると、入れられます。") % {"first": first.kind},
                "url": f"{page}#session-{first.pk}",
                "link_text": _("%(first)sを開く") % {"first": first.kind},
            }
        )
    survey = next((row for row in dossier.sessions if row.kind.code == "survey"), None)
    if survey is not None and survey.state not in BEHIND:
        found.append(
            {
                "title": _("首長報告の資料を作る"),
                "reason": _("体験調査の結果が入ると、作れます。"),
                "url": f"{page}survey/",
                "link_text": _("体験調査を開く"),
            }
        )
    return found


def documents(dossier: Dossier, actor: Actor) -> list[Any]:
    """The papers of the engagement and of its application that the reader may open, newest first."""
    papers = Q(engagement=dossier.engagement.pk)
    if dossier.application:
        papers |= Q(kind=DocumentKind.APPLICATION, subject=dossier.application.reference)
    return list(permissions.visible(actor, "document.view", Document.objects.filter(papers)).distinct())


def log(dossier: Dossier, actor: Actor, limit: int | None) -> list[story.Line]:
    found = visible_events(actor, dossier.contexts).exclude(type__in=story.SILENT)
    events = list(found[:limit] if limit else found)
    return story.lines(events, actor, _names(dossier, events))


def _names(dossier: Dossier, events: Iterable[Event]) -> dict[str, str]:
    """What the log calls the sessions and decisions of these events, by stream. One query."""
    streams = {event.stream for event in events}
    numbers = [int(stream.partition(":")[2]) for stream in streams if stream.startswith("decision:")]
    titles = Decision.objects.filter(pk__in=numbers).values_list("pk", "title") if numbers else ()
    names = {f"session:{session.pk}": str(session.kind) for session in dossier.sessions}
    return names | {f"decision:{pk}": f"「{title}」" for pk, title in titles}


def mails(dossier: Dossier, actor: Actor) -> list[dict[str, Any]]:
    """Who was told what, when. The parties see what went to one of them; the office sees every address."""
    rows = Outbox.objects.filter(kind="mail", context__in=dossier.contexts).order_by("-pk")
    helpers = dossier.people.helpers.get(dossier.engagement.pk, {})
    parties = [
        *dossier.people.contacts.get(dossier.engagement.municipality_id, []),
        *helpers.get("advisor", []),
    ]
    names = {user.email: user.name for user in parties}
    if not is_office(actor):
        rows = rows.filter(address__in=list(names))
    return [
        {
            "subject": row.subject,
            "address": row.address,
            "to": names.get(row.address) or row.address,
            "at": row.done_at or row.created_at,
            "state": row.state,
        }
        for row in rows[:MAIL_LIMIT]
    ]
