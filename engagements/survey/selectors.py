"""What pages, documents and the API read from surveys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import F, Max, OuterRef, QuerySet, Subquery

from engagements.models import Engagement
from engagements.survey import measures as pure
from engagements.survey import words
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.services import blank_document

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Observation:
    """Something that a team noticed. ``path`` says where it stands in the document, ``number`` in printed lists."""

    path: str
    number: int
    kind: str
    category: str
    heading: str
    text: str
    counter: str
    section: str
    route_id: str
    team: str
    at: str
    #: The day on which the section of the counter was shown it, and what the section answers; see ``remarks``.
    shared_on: date | None = None
    reply: str = ""
    replied_by: str = ""
    may_leave: bool = False
    #: The file name of its picture, and where it is shown; empty for a reader who may not see it.
    photo: str = ""
    photo_url: str = ""

    @property
    def words(self) -> str:
        """What it is and where it was noticed: 困りごと 案内 町民生活課 A班."""
        said = (words.KINDS[self.kind], words.CATEGORIES[self.category])
        parts = [*said, self.heading, self.counter, self.team_words]
        return " ".join(str(part) for part in parts if part)

    @property
    def team_words(self) -> str:
        """A班, whether the team is called A or A班; empty without a team."""
        return words.team_name(self.team, "") if self.team else ""


def latest_version(survey: Survey) -> SurveyVersion | None:
    """The version that counts, with who saved it; None while nothing was recorded. One query."""
    return survey.versions.select_related("created_by").order_by("-number").first()


def latest_document(survey: Survey) -> dict[str, Any]:
    """The records as they stand (``madoguchi-survey/1``); without a version yet, an empty document of the survey."""
    version = latest_version(survey)
    return version.document if version else blank_document(survey)


def observations(document: Raw) -> list[Observation]:
    """Every observation: route by route, first those outside any visit, then visit by visit."""
    found = (item for r, route in enumerate(document.get("routes") or ()) for item in _of_route(r, route))
    return [_observation(number, *item) for number, item in enumerate(found, start=1)]


def _of_route(r: int, route: Raw) -> Iterator[tuple[str, Raw, Raw, Raw]]:
    for o, noticed in enumerate(route.get("observations") or ()):
        yield f"routes[{r}].observations[{o}]", noticed, {}, route
    for v, visit in enumerate(route.get("visits") or ()):
        for o, noticed in enumerate(visit.get("observations") or ()):
            yield f"routes[{r}].visits[{v}].observations[{o}]", noticed, visit, route


def _observation(number: int, path: str, noticed: Raw, visit: Raw, route: Raw) -> Observation:
    return Observation(
        path=path,
        number=number,
        kind=noticed["kind"],
        category=noticed["category"],
        heading=noticed.get("heading") or "",
        text=noticed["text"],
        counter=visit.get("counter") or "",
        section=visit.get("section") or "",
        route_id=route["id"],
        team=route.get("team") or "",
        at=noticed.get("at") or "",
        photo=noticed.get("photo") or "",
    )


def measures(survey: Survey) -> dict[str, Any]:
    """The measures of the latest version, with ``effect`` when an earlier round has records. At most two queries."""
    version = latest_version(survey)
    return measures_of(version.content if version else None, before=earlier_content(survey), survey=survey)


def measures_of(content: str | None, *, before: str | None, survey: Survey) -> dict[str, Any]:
    """The measures of a version's text; of an empty survey, those of its blank document."""
    text = content if content is not None else pure.encode(blank_document(survey)).decode()
    return deepcopy(_measured(text, before))


@lru_cache(maxsize=16)
def _measured(content: str, before: str | None) -> dict[str, Any]:
    """Kept by content, so that nothing can go stale."""
    earlier = pure.read_survey(before) if before is not None else None
    return pure.measure_survey(pure.read_survey(content), earlier)


def earlier(survey: Survey) -> Survey | None:
    """The survey of the nearest earlier round that has records, with its latest text as ``latest_content``."""
    if survey.round < 2:
        return None
    latest = SurveyVersion.objects.filter(survey=OuterRef("pk")).order_by("-number").values("content")[:1]
    rounds = Survey.objects.filter(engagement_id=survey.engagement_id, round__lt=survey.round)
    return (
        rounds.annotate(latest_content=Subquery(latest))
        .exclude(latest_content=None)
        .order_by("-round")
        .first()
    )


def earlier_content(survey: Survey) -> str | None:
    """The text that the survey is compared with; None where there is none."""
    found = earlier(survey)
    return found.latest_content if found else None  # type: ignore[attr-defined]


def surveys_of(engagement: Engagement) -> QuerySet[Survey]:
    """The engagement's surveys by round, each with ``version`` (None: no records yet) and ``saved_at``. One query."""
    return with_version(Survey.objects.filter(engagement_id=engagement.pk)).order_by("round")


def with_version(queryset: QuerySet[Survey]) -> QuerySet[Survey]:
    """Each survey with the number of its latest version and when that was saved."""
    return queryset.annotate(version=Max("versions__number"), saved_at=Max("versions__created_at"))


def versions_of(survey: Survey) -> Sequence[SurveyVersion]:
    """What was saved when, by whom and why, latest first, without the records themselves. One query."""
    rows = survey.versions.defer("content").annotate(saved_by=F("created_by__name"))
    return list(rows.order_by("-number")[:50])
