"""What pages read of requests to sections and of what the sections said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts import permissions
from engagements.sections.models import ProcedureFigure, RequestState, SectionRequest
from engagements.survey import selectors as surveys
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.remarks import noted, of_section, section_key
from engagements.survey.selectors import Observation
from engagements.survey.words import LIFE_EVENTS
from workflow import Actor

SAID = (RequestState.ANSWERED, RequestState.ENTERED)


def requests() -> QuerySet[SectionRequest]:
    """Requests with their engagement, town and figures: one more query for any number."""
    rows = SectionRequest.objects.select_related(
        "engagement__municipality__prefecture", "engagement__programme"
    )
    return rows.prefetch_related(Prefetch("figures", ProcedureFigure.objects.order_by("position", "pk")))


def visible(actor: Actor) -> QuerySet[SectionRequest]:
    return permissions.visible(actor, "section_request.view", requests())


# --- what the survey says about a section ------------------------------------------


@dataclass(frozen=True, slots=True)
class Visit:
    """One team at the counter: 転入(5人家族) A班, 09:35, 1番 住民."""

    scenario: str
    team: str
    at: str
    counter: str
    procedures: list[str]


@dataclass(slots=True)
class Touched:
    """A section that a survey came to, with the procedures finished there in the order of the records."""

    name: str
    procedures: list[str] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)


def touched(document: Mapping[str, Any]) -> dict[str, Touched]:
    """The sections of a survey's records by their key."""
    scenarios = {row["id"]: row for row in document.get("scenarios") or ()}
    found: dict[str, Touched] = {}
    for route in document.get("routes") or ():
        scenario = scenarios.get(route["scenario"], {})
        names = {row["id"]: row.get("name") or row["id"] for row in scenario.get("procedures") or ()}
        for visit in route.get("visits") or ():
            key = section_key(visit.get("section") or "")
            if key:
                entry = found.setdefault(key, Touched(visit["section"]))
                _add(entry, route, scenario, visit, names)
    return found


def _add(entry: Touched, route: Any, scenario: Any, visit: Any, names: Mapping[str, str]) -> None:
    done = [names[pk] for pk in visit.get("procedures") or () if pk in names]
    entry.procedures += [name for name in done if name not in entry.procedures]
    event = scenario.get("life_event")
    title = scenario.get("title") or (str(LIFE_EVENTS[event]) if event in LIFE_EVENTS else "")
    at = visit.get("queued_at") or visit.get("called_at") or ""
    entry.visits.append(Visit(title, route.get("team") or "", _clock(at), visit["counter"], done))


def _clock(at: str) -> str:
    moment = parse_datetime(at) if at else None
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A survey with the records that count now."""

    survey: Survey
    document: dict[str, Any]

    def remarks(self) -> list[Observation]:
        """Every remark with its sharing and reply; one query."""
        return noted(self.survey, surveys.observations(self.document))


def recorded(engagement_id: int) -> list[Recorded]:
    """The latest records of each survey of the engagement, by round; two queries."""
    rows = list(Survey.objects.filter(engagement=engagement_id).order_by("round"))
    latest: dict[int, SurveyVersion] = {}
    for version in SurveyVersion.objects.filter(survey__in=rows).order_by("number"):
        latest[version.survey_id] = version
    return [Recorded(row, latest[row.pk].document) for row in rows if row.pk in latest]


def remarks_about(found: Iterable[Recorded], key: str) -> list[tuple[Survey, list[Observation]]]:
    """The remarks about one section, survey by survey; a survey without any is left out."""
    rows = [(item.survey, of_section(item.remarks(), key)) for item in found]
    return [(survey, items) for survey, items in rows if items]


# --- figures -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stated:
    """What a section said of one procedure: cases a year, staff minutes a case, where from, and when."""

    section: str
    name: str
    yearly_volume: int | None
    staff_minutes: int | None
    basis: str
    said_on: date
    by: str
    by_contact: bool


def stated(engagement_id: int) -> list[Stated]:
    """The newest figures of each procedure of each section; what nobody knows is left out. Two queries."""
    return newest(SectionRequest.objects.filter(engagement=engagement_id).prefetch_related("figures"))


def newest(rows: Iterable[SectionRequest]) -> list[Stated]:
    """What these requests were told last of each procedure of each section. Their figures are loaded already."""
    said = [row for row in rows if row.state in SAID and row.answered_at]
    found: dict[tuple[str, str], Stated] = {}
    for row in sorted(said, key=lambda row: (row.answered_at, row.pk)):
        for figure in row.figures.all():
            if figure.yearly_volume is not None or figure.staff_minutes is not None:
                found[row.section_ref, figure.name] = _stated(row, figure)
    return list(found.values())


def _stated(row: SectionRequest, figure: ProcedureFigure) -> Stated:
    return Stated(
        section=row.section,
        name=figure.name,
        yearly_volume=figure.yearly_volume,
        staff_minutes=figure.staff_minutes,
        basis=figure.basis,
        said_on=timezone.localdate(row.answered_at),
        by=row.answered_by,
        by_contact=row.state == RequestState.ENTERED,
    )


def of_owner(found: Iterable[Stated], section: str) -> list[Stated]:
    """The figures of the section that owns something, however its name is written."""
    key = section_key(section)
    return [item for item in found if key and section_key(item.section) == key]
