"""The raw records behind every figure, team by team, for whoever reads the survey."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import actor_of, guarded
from engagements.survey import remarks, selectors, services
from engagements.survey.day.page import require_shown
from engagements.survey.grid import sheet as sheets
from engagements.survey.grid.columns import COLUMNS
from engagements.survey.grid_views import number_of
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.views import survey_of
from engagements.survey.words import team_name
from workflow import Actor


@dataclass(frozen=True, slots=True)
class Walked:
    """One route as it was recorded: what stands above the rows, and the rows in the grid's columns."""

    id: str
    scenario: str
    team: str
    head: list[tuple[str, str]]
    rows: list[list[str]]
    totals: dict[str, Any]


@require_GET
@guarded("survey.view")
def records(request: HttpRequest, pk: int) -> HttpResponse:
    """A version's records, the latest where none is asked for; remarks that the reader may not see yet are left out."""
    found, actor = survey_of(request, pk), actor_of(request)
    version = _version(found, request.GET.get("version", ""))
    document = version.document
    require_shown(actor, found, document, timezone.now())
    context = {
        "survey": found,
        "engagement": found.engagement,
        "version": version,
        "latest": selectors.latest_version(found),
        "columns": [str(column.label) for column in COLUMNS],
        "routes": list(_walked(_readable(found, actor, document), found)),
    }
    return render(request, "survey/records.html", context)


def _version(found: Survey, asked: str) -> SurveyVersion:
    number = number_of(asked)
    rows = found.versions.order_by("-number")
    version = (rows.filter(number=number) if number else rows).first()
    if version is None:
        raise Http404(_("この版の記録はありません。"))
    return version


def _readable(found: Survey, actor: Actor, document: dict[str, Any]) -> dict[str, Any]:
    every = remarks.noted(found, selectors.observations(document))
    return remarks.with_only(document, remarks.readable(actor, found, every))


def _walked(document: dict[str, Any], found: Survey) -> Iterator[Walked]:
    for route in document.get("routes") or ():
        scenario = services.part_of(document, "scenarios", route["scenario"])
        shown = sheets.show(route, scenario, found.held_on)
        rows = [[sheets.words_of(cell) for cell in row.cells] for row in shown.rows if row.source]
        yield Walked(
            route["id"],
            scenario.get("title") or scenario["id"],
            team_name(route.get("team"), route["id"]),
            [(str(cell.column.label), sheets.words_of(cell)) for cell in shown.head if cell.value],
            rows,
            route.get("totals") or {},
        )
