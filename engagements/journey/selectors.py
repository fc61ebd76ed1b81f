"""Who may read which event, and what the engagement's list and page show. Each read is a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from accounts import permissions
from accounts.models import TOWN_ROLES, Membership, User
from engagements.applications.models import Application
from engagements.journey.models import Journey
from engagements.journey.stages import with_stage
from engagements.models import Engagement, EngagementRole
from engagements.rounds.models import Offer
from municipalities.text import fold
from workflow import Actor
from workflow.models import Event, Span, Visibility

OPEN_STATES = (
    "preparing",
    "training",
    "survey",
    "reporting",
    "agreed",
    "following_up",
    "paused",
    "reassigning",
)
OVER = ("closed", "cancelled")
OFFICE_ROLES = ("secretariat", "auditor", "admin")


def is_office(actor: Actor) -> bool:
    return any(actor.holds(role, "office") for role in OFFICE_ROLES)


# --- the log ---------------------------------------------------------------------


def _contexts(engagements: QuerySet[Any], applications: QuerySet[Any]) -> list[str]:
    own = [f"engagement:{pk}" for pk in engagements.values_list("pk", flat=True)]
    return own + [f"application:{pk}" for pk in applications.values_list("pk", flat=True)]


def _for_town(actor: Actor, role: str) -> Q:
    """The town reads its own thread, but never who was asked to help it and declined."""
    towns = sorted(actor.scopes(role, "municipality"))
    contexts = _contexts(
        Engagement.objects.filter(municipality__in=towns), Application.objects.filter(municipality__in=towns)
    )
    readable = Q(context__in=contexts, visibility__in=(Visibility.PARTIES, Visibility.TOWN))
    return readable & (~Q(type__startswith="offer.") | Q(type="offer.confirm"))


def _for_helper(actor: Actor, role: str) -> Q:
    """A helper reads the engagement, the application that led to it, and of the offers only their own."""
    served = [int(pk) for pk in actor.scopes(role, "engagement") if pk.isdecimal()]
    kinds = (Visibility.PARTIES, Visibility.ADVISOR)
    thread = Q(context__in=[f"engagement:{pk}" for pk in served]) & ~Q(type__startswith="offer.")
    applications = _contexts(Engagement.objects.none(), Application.objects.filter(engagement__in=served))
    before = Q(context__in=applications, type__startswith="application.")
    offers = Offer.objects.filter(advisor__user=actor.user_id).values_list("pk", flat=True)
    own = Q(stream__in=[f"offer:{pk}" for pk in offers])
    return Q(visibility__in=kinds) & (thread | before | own)


def events_visible_to(actor: Actor, role: str) -> Q:
    """The events that a role lets its holder read; the queryset twin of ``event_is_visible``."""
    return _for_town(actor, role) if role in TOWN_ROLES else _for_helper(actor, role)


def event_is_visible(actor: Actor, role: str, event: Event) -> bool:
    return Event.objects.filter(events_visible_to(actor, role), pk=event.pk).exists()


def visible_events(actor: Actor, contexts: Sequence[str] | None = None) -> QuerySet[Event]:
    """Every event that the actor may read, newest first: the one place where visibility is decided.

    The office and auditors read all; a town what is for the parties or for it; an advisor likewise.
    """
    events = Event.objects.select_related("personal").order_by("-id")
    if contexts is not None:
        events = events.filter(context__in=contexts)
    return permissions.visible(actor, "event.view", events)


# --- people ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class People:
    """Who is who in some engagements on a day: contacts by municipality, advisors and trainees by engagement."""

    contacts: dict[str, list[User]] = field(default_factory=dict)
    helpers: dict[int, dict[str, list[User]]] = field(default_factory=dict)

    def advisor_name(self, engagement: int) -> str:
        return next((user.name for user in self.helpers.get(engagement, {}).get("advisor", [])), "")


def people(engagements: Iterable[Engagement], on: date) -> People:
    """Two queries for any number of engagements."""
    rows = list(engagements)
    found = People({}, {})
    towns = {row.municipality_id for row in rows}
    members = Membership.objects.filter(
        Membership.in_force(on), role="contact", municipality__in=towns, user__is_active=True
    )
    for member in members.select_related("user").order_by("valid_from", "pk"):
        found.contacts.setdefault(str(member.municipality_id), []).append(member.user)
    roles = EngagementRole.objects.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)
    held = roles.filter(engagement__in=[row.pk for row in rows]).select_related(
        "user__advisor__employer__prefecture"
    )
    for role in held.order_by("-valid_from", "-pk"):
        found.helpers.setdefault(role.engagement_id, {}).setdefault(role.role, []).append(role.user)
    return found


# --- the list ----------------------------------------------------------------------


def readable(actor: Actor) -> QuerySet[Journey]:
    """The engagements that the actor may see, with their towns."""
    rows = Journey.objects.select_related("municipality__prefecture", "programme")
    return permissions.visible(actor, "engagement.view", rows).distinct()


def late_turns(on: date) -> QuerySet[Span]:
    """Open turns past their day; what an engagement left behind when it was closed or called off is nobody's."""
    over = Span.objects.filter(machine="engagement", state__in=OVER, left_at=None).values("context")
    rows = Span.objects.filter(left_at=None, due_on__lt=on).exclude(turn_role="")
    return rows.exclude(context__in=over)


def late_contexts(on: date) -> QuerySet[Any]:
    return late_turns(on).order_by().values("context")


def engagement_list(
    actor: Actor,
    *,
    on: date,
    state: str = "open",
    year: int | None = None,
    late: bool = False,
    query: str = "",
) -> QuerySet[Journey]:
    """The list behind /engagements/: the actor's own; ``state`` is a stage, ``open`` or ``all``; newest first."""
    rows = readable(actor).order_by("-opened_at", "-pk")
    if state == "open":
        rows = rows.filter(state__in=OPEN_STATES)
    elif state != "all":
        rows = with_stage(rows).filter(stage=state)
    if year:
        rows = rows.filter(fiscal_year=year)
    if late:
        late_ids = [int(context.partition(":")[2]) for context in _late_engagement_contexts(on)]
        rows = rows.filter(pk__in=late_ids)
    return matching(rows, query)


def _late_engagement_contexts(on: date) -> list[str]:
    rows = late_contexts(on).filter(context__startswith="engagement:").values_list("context", flat=True)
    return list(rows.distinct())


def matching(rows: QuerySet[Journey], query: str) -> QuerySet[Journey]:
    """Narrow to a reference, or to a town by code, name or reading, however it is written."""
    key = fold(query.strip())
    if not key:
        return rows
    return rows.filter(
        Q(reference__istartswith=query.strip())
        | Q(municipality__search_key__contains=key)
        | Q(municipality__code__startswith=key)
    )
