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
from django.utils import timezone

from accounts.demo import TOWN, TOWN2
from accounts.models import Membership, Role, User
from advisors.models import Advisor
from engagements.applications.models import Application, Call, Wish
from engagements.documents.models import Document, DocumentKind
from engagements.models import SERVING, Engagement, EngagementRole
from engagements.plans.models import Decision, Evidence, Issue, Kpi, Plan, RoadmapItem
from engagements.rounds.models import Offer
from engagements.sessions.models import ChecklistTick, Meeting, Session
from engagements.survey.models import Survey, SurveyVersion
from municipalities.dates import fiscal_year
from municipalities.models import Municipality
from oversight.demo.stages import ACCEPTED, CONSENTED, PLACES, SUBMITTED, Place, agreed, opened, trained
from oversight.demo.stages import walk_all as walk
from workflow.models import Event, Span

HELPER = "advisor6"
WHY = "庁舎の移転と重なったため"
#: Ends and side roads that the small demonstration does not show. (Opens an engagement?, town)
EXTRA: tuple[tuple[bool, Place], ...] = (
    (
        True,
        Place(
            "032093",
            "contact-032093",
            215,
            (
                *agreed(HELPER),
                lambda w: w.later(5).follow_up(),
                lambda w: w.later(9).engagement_step("close"),
            ),
        ),
    ),
    (
        True,
        Place(
            "052035",
            "contact-052035",
            90,
            (*trained(HELPER), lambda w: w.later(9).engagement_step("cancel", reason=WHY)),
        ),
    ),
    (
        True,
        Place(
            "102024",
            "contact-102024",
            65,
            (*trained(HELPER), lambda w: w.later(4).engagement_step("pause", reason=WHY)),
        ),
    ),
    (
        True,
        Place(
            "152021",
            "contact-152021",
            35,
            (*opened(HELPER), lambda w: w.later(6).engagement_step("reassign", reason=WHY)),
        ),
    ),
    (
        False,
        Place(
            "182052",
            "contact-182052",
            30,
            (
                *CONSENTED,
                lambda w: w.later(2).office_does("decline", comment="来年度の募集でお待ちしています。"),
            ),
        ),
    ),
    (
        False,
        Place(
            "192023",
            "contact-192023",
            31,
            (*SUBMITTED, lambda w: w.later(2).town_does("withdraw", reason=WHY)),
        ),
    ),
    (False, Place("202037", "contact-202037", 12, (*ACCEPTED,))),
    (False, Place("212024", "contact-212024", 5, (lambda w: w.draft(),))),
)

TO_ENGAGEMENT: tuple[tuple[type[models.Model], str], ...] = (
    (EngagementRole, "engagement"),
    (Session, "engagement"),
    (Meeting, "session__engagement"),
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


@dataclass(slots=True)
class Road:
    """One town's walk. ``words``: what stands in its texts and is another's in a copy, with what it is."""

    state: str
    year: int
    rows: list[Row]
    events: list[Told]
    spans: list[Span]
    words: dict[str, str]
    pattern: re.Pattern[str]
    application: Application
    engagement: Engagement | None
    people: dict[str, User]

    @property
    def takes_a_place(self) -> bool:
        return self.state in SERVING or self.state == "asked"


def roads(now: datetime, upto: int) -> list[Road]:
    """The demonstration's own roads and the extra ones, which are walked at first; never above ``upto`` engagements."""
    missing = []
    for opens, place in EXTRA:
        known = Application.objects.filter(municipality=place.code).exists()
        if not known and (not opens or Engagement.objects.count() + sum(o for o, _p in missing) < upto):
            missing.append((opens, place))
    walk(now, [place for _opens, place in missing])
    codes = [place.code for place in (*PLACES, *(place for _opens, place in EXTRA))]
    rows = Application.objects.filter(municipality__in=set(codes) - {TOWN, TOWN2})
    found = rows.select_related("municipality__prefecture", "engagement", "call").order_by("pk")
    return [read(application) for application in found if application.municipality_id in codes]


def towns_of_roads() -> set[str]:
    """Towns that keep to themselves: those of the roads, and of the sign-ins."""
    return {place.code for place in (*PLACES, *(place for _opens, place in EXTRA))} | {TOWN, TOWN2}


def read(application: Application) -> Road:
    """A town's road with everything that it owns."""
    objects = [row for queryset in _owned(application) for row in queryset]
    streams = [f"{name}:{row.pk}" for row in objects for name, model in KEYED.items() if type(row) is model]
    events = Event.objects.filter(stream__in=streams).select_related("personal").order_by("pk")
    people = _people(application)
    words = dict(_words(application, objects, people))
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w))))
    return Road(
        state=_state(application),
        year=application.call.fiscal_year,
        rows=[_row(row, pattern) for row in objects],
        events=[Told(event, json.loads(event.canonical), event.personal.payload) for event in events],
        spans=list(Span.objects.filter(stream__in=streams).order_by("pk")),
        words=words,
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
    yield Engagement.objects.filter(pk=engagement)
    yield Application.objects.filter(pk=application.pk)
    yield Wish.objects.filter(application=application)
    yield Offer.objects.filter(application=application).order_by("pk")
    for model, path in TO_ENGAGEMENT:
        yield (
            model._base_manager.filter(**{path: engagement}).order_by("pk")
            if engagement
            else model._base_manager.none()
        )
    papers = Q(kind=DocumentKind.APPLICATION, subject=application.reference)
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
        elif hasattr(row, "reference"):
            yield row.reference, f"number.{type(row).__name__}:{row.pk}"


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


def year_of(row: models.Model, road: Road) -> int:
    """The fiscal year in whose series the object got its number."""
    if isinstance(row, Application):
        return road.year
    if isinstance(row, Engagement):
        return row.fiscal_year
    return fiscal_year(timezone.localdate(timezone.now()))
