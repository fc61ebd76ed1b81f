"""Roads that were walked through the doors, read back whole: what ``--scale`` copies to other towns and years."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from accounts.demo import TOWN, TOWN2
from accounts.models import Membership, Role, User
from advisors.models import Advisor
from engagements.applications.models import Application, Call, Wish
from engagements.documents.models import Document, DocumentKind
from engagements.models import SERVING, Engagement, EngagementRole
from engagements.plans.models import Decision, Evidence, Issue, Kpi, Plan, RoadmapItem
from engagements.rounds.models import Offer
from engagements.sessions.models import ChecklistTick, Cost, DateOption, Guest, Meeting, Session
from engagements.survey.models import Survey, SurveyVersion
from municipalities.dates import fiscal_year
from municipalities.models import Municipality
from oversight.demo.bulk_places import APPLIED, ENGAGED, EXTRA
from oversight.demo.stages import PLACES, walk_all
from workflow.models import Event, Span

TO_ENGAGEMENT: tuple[tuple[type[models.Model], str], ...] = (
    (EngagementRole, "engagement"),
    (Session, "engagement"),
    (Meeting, "session__engagement"),
    (DateOption, "session__engagement"),
    (Guest, "session__engagement"),
    (Cost, "session__engagement"),
    (ChecklistTick, "session__engagement"),
    (Survey, "engagement"),
    (SurveyVersion, "survey__engagement"),
    (Plan, "engagement"),
    (Issue, "plan__engagement"),
    (Decision, "plan__engagement"),
    (Evidence, "issue__plan__engagement"),
    (RoadmapItem, "plan__engagement"),
    (Kpi, "plan__engagement"),
)
#: Everything that a road owns, in the order in which it is written.
OWNED: tuple[type[models.Model], ...] = (
    Engagement,
    Application,
    Wish,
    Offer,
    *(model for model, _path in TO_ENGAGEMENT),
    Document,
)
#: What a stream, a context, a scope or an actor's key speaks of.
KEYED: dict[str, type[models.Model]] = {
    "application": Application,
    "offer": Offer,
    "engagement": Engagement,
    "session": Session,
    "survey": Survey,
    "plan": Plan,
    "decision": Decision,
    "document": Document,
    "user": User,
    "person": User,
    "municipality": Municipality,
}
MAPPED = frozenset({*OWNED, User, Municipality, Advisor, Call})
#: Numbers that are ids without being foreign keys.
LOOSE_KEYS: dict[str, type[models.Model]] = {"issued_document": Document}
CONVERTED = {
    models.DateField: "time",
    models.JSONField: "tree",
    models.TextField: "text",
    models.CharField: "text",
}


class Change(NamedTuple):
    """A field that differs from copy to copy, and how."""

    name: str
    how: str
    value: Any
    model: type[models.Model] | None = None


class Row(NamedTuple):
    """An object of the road: what every copy shares, and what changes."""

    model: type[models.Model]
    pk: int
    shared: dict[str, Any]
    changes: list[Change]


class Told(NamedTuple):
    """An event of the road, taken apart."""

    event: Event
    content: dict[str, Any]
    payload: str


class Number(NamedTuple):
    """A reference number, and the fiscal year in whose series it was given."""

    model: type[models.Model]
    pk: int
    year: int


@dataclass(slots=True)
class Road:
    """One town's walk. What stands in its texts and is another's in a copy: ``words`` (with what they are to the
    road) and ``numbers``; ``pattern`` finds both."""

    state: str
    year: int
    rows: list[Row]
    events: list[Told]
    spans: list[Span]
    words: dict[str, str]
    numbers: dict[str, Number]
    pattern: re.Pattern[str]
    application: Application
    engagement: Engagement | None
    people: dict[str, User]

    @property
    def takes_a_place(self) -> bool:
        return self.state in SERVING or self.state == "asked"


def roads(now: datetime, upto: int) -> list[Road]:
    """The demonstration's own roads, and the extra ones: walked at first, but never beyond ``upto`` engagements."""
    room = max(upto - Engagement.objects.count(), 0)
    known = set(Application.objects.values_list("municipality", flat=True))
    new = [place for place in ENGAGED if place.code not in known][:room]
    walk_all(now, [*new, *(place for place in APPLIED if place.code not in known)])
    rows = Application.objects.filter(municipality__in=towns_of_roads() - {TOWN, TOWN2})
    found = rows.select_related("municipality__prefecture", "engagement", "call").order_by("pk")
    return [read(application) for application in found]


def towns_of_roads() -> set[str]:
    """Towns that keep to themselves: those of the roads, and of the sign-ins."""
    return {place.code for place in (*PLACES, *EXTRA)} | {TOWN, TOWN2}


def read(application: Application) -> Road:
    """A town's road with everything that it owns."""
    objects = [row for queryset in _owned(application) for row in queryset]
    streams = [f"{name}:{row.pk}" for row in objects for name, model in KEYED.items() if type(row) is model]
    events = Event.objects.filter(stream__in=streams).select_related("personal").order_by("pk")
    people = _people(application)
    told = [Told(event, json.loads(event.canonical), event.personal.payload) for event in events]
    words = dict(_words(application, objects, people))
    numbers = dict(_numbers(objects, told))
    longest_first = sorted([*words, *numbers], key=lambda word: (-len(word), word))
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return Road(
        state=_state(application),
        year=application.call.fiscal_year,
        rows=[_row(row, pattern) for row in objects],
        events=told,
        spans=list(Span.objects.filter(stream__in=streams).order_by("pk")),
        words=words,
        numbers=numbers,
        pattern=pattern,
        application=application,
        engagement=application.engagement,
        people=people,
    )


def _state(application: Application) -> str:
    if application.engagement is not None:
        return str(application.engagement.state)
    return "asked" if application.offers.filter(state="sent").exists() else str(application.state)


def _owned(application: Application) -> Iterator[QuerySet[Any]]:
    engagement = application.engagement_id
    yield Engagement.objects.filter(application=application)
    yield Application.objects.filter(pk=application.pk)
    yield Wish.objects.filter(application=application)
    yield Offer.objects.filter(application=application).order_by("pk")
    for model, path in TO_ENGAGEMENT:
        yield (
            model._base_manager.filter(**{path: engagement}).order_by("pk")
            if engagement
            else model._base_manager.none()
        )
    kinds = (DocumentKind.APPLICATION, DocumentKind.RESULT_NOTICE)
    papers = Q(kind__in=kinds, subject=application.reference)
    yield Document.objects.filter(papers | Q(engagement=engagement) if engagement else papers).order_by("pk")


def _people(application: Application) -> dict[str, User]:
    """Contact and approver of the town, and whoever was asked to help it, by what they are to it."""
    held = (
        Membership.objects.filter(municipality=application.municipality_id)
        .select_related("user")
        .order_by("-pk")
    )
    found = {str(row.role): row.user for row in held if row.role in (Role.CONTACT, Role.APPROVER)}
    offer = application.offers.select_related("advisor__user").order_by("pk").last()
    return found | ({"advisor": offer.advisor.user} if offer else {})


def _words(
    application: Application, objects: list[Any], people: dict[str, User]
) -> Iterator[tuple[str, str]]:
    town = application.municipality
    yield town.full_name, "town.full"
    yield town.name, "town.name"
    yield town.code, "town.code"
    for who, user in people.items():
        yield user.name, f"{who}.name"
        yield user.email, f"{who}.email"
    for row in objects:
        if isinstance(row, Document) and row.sha256:
            yield row.sha256, f"paper.{row.kind}"


def _numbers(objects: list[Any], told: list[Told]) -> Iterator[tuple[str, Number]]:
    begun = {item.event.stream: item.event.recorded_at for item in reversed(told)}
    for row in objects:
        if isinstance(row, Application):
            yield row.reference, Number(Application, row.pk, row.call.fiscal_year)
        elif isinstance(row, Engagement):
            yield row.reference, Number(Engagement, row.pk, row.fiscal_year)
        elif isinstance(row, Survey):
            yield row.reference, Number(Survey, row.pk, fiscal_year(row.held_on))
        elif isinstance(row, Offer | Plan):
            yield row.reference, Number(type(row), row.pk, fiscal_year(localdate(begun[row.stream])))


def _row(row: models.Model, pattern: re.Pattern[str]) -> Row:
    shared: dict[str, Any] = {}
    changes: list[Change] = []
    for field in row._meta.concrete_fields:
        if field.primary_key:
            continue
        value = getattr(row, field.attname)
        change = _change(field, value, pattern)
        if change is None:
            shared[field.attname] = value
        else:
            changes.append(change)
    return Row(type(row), int(row.pk), shared, changes)


def _change(field: Any, value: Any, pattern: re.Pattern[str]) -> Change | None:
    """How the field's value differs in a copy; None where it does not."""
    if value in (None, "", [], {}) or field.name == "state":
        return None
    target = (
        field.remote_field.model._meta.concrete_model if field.is_relation else LOOSE_KEYS.get(field.name)
    )
    if target is not None:
        return Change(field.attname, "key", value, target) if target in MAPPED else None
    if field.name == "fiscal_year":
        return Change(field.attname, "year", value)
    how = next((how for kind, how in CONVERTED.items() if isinstance(field, kind)), None)
    if field.name == "content":
        return Change(field.attname, "records", value)
    if how is None or (how == "text" and not pattern.search(value)):
        return None
    return Change(field.attname, how, value)
