"""What a plan leans on: the first survey's latest records, their measures and their remarks (気づき)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engagements.survey import remarks
from engagements.survey import selectors as surveys
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.selectors import Observation
from engagements.survey.words import LIFE_EVENTS
from workflow.actors import Actor

KIND_ORDER = {"problem": 0, "idea": 1, "good": 2}


@dataclass(frozen=True, slots=True)
class Result:
    """The records that a plan builds on. Claims are measured against the first survey, never a re-survey."""

    survey: Survey
    version: int
    document: dict[str, Any]
    measures: dict[str, Any]

    @property
    def scenarios(self) -> dict[str, str]:
        """Title of each scenario by its id."""
        return {row["id"]: scenario_title(row) for row in self.document.get("scenarios") or []}

    @property
    def counters(self) -> list[str]:
        return list(dict.fromkeys(row["counter"] for row in self.measures["counters"]))

    @property
    def sections(self) -> list[str]:
        routes = self.document.get("routes") or []
        visits = [visit for route in routes for visit in route.get("visits") or []]
        return list(dict.fromkeys(visit["section"] for visit in visits if visit.get("section")))


def scenario_title(scenario: dict[str, Any]) -> str:
    return str(scenario.get("title") or LIFE_EVENTS[scenario["life_event"]])


def latest_version(engagement_id: int) -> SurveyVersion | None:
    """The newest records of the engagement's first survey; one query."""
    versions = SurveyVersion.objects.filter(survey__engagement=engagement_id).select_related("survey")
    return versions.order_by("survey__round", "-number").first()


def result_of(engagement_id: int) -> Result | None:
    """The measured survey; None while no route was walked. One query."""
    version = latest_version(engagement_id)
    document = version.document if version else {}
    if version is None or not document.get("routes"):
        return None
    measured = surveys.measures_of(version.content, before=None, survey=version.survey)
    return Result(version.survey, version.number, document, measured)


def observations(result: Result | None) -> list[Observation]:
    """Every remark, problems first, then ideas, then what was good; else in the order of the records."""
    if result is None:
        return []
    return sorted(surveys.observations(result.document), key=lambda item: KIND_ORDER[item.kind])


def hidden_from(reader: Actor | None, result: Result | None) -> set[tuple[str, str]]:
    """Counter and words of the remarks that this reader may not see before their section has (None: sees all)."""
    if reader is None or result is None or remarks.is_team(reader, result.survey):
        return set()
    noted = remarks.noted(result.survey, surveys.observations(result.document))
    return {(item.counter, item.text) for item in noted if not remarks.is_open(item)}
