"""The keyboard grid and the scenario form before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import actor_of, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.survey import scenarios, selectors, services
from engagements.survey.grid import sheet as sheets
from engagements.survey.grid.columns import COLUMNS
from engagements.survey.intake import FaultyDocument
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.views import survey_of
from engagements.survey.words import team_name
from workflow.errors import BadInput, DoorError

Raw = dict[str, Any]


def number_of(text: str) -> int:
    """A small number that a form sent; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def document_of(found: Survey, version: SurveyVersion | None) -> Raw:
    return version.document if version else services.blank_document(found)


class Opened:
    """One request to a route: the edited version's route and scenario, and the latest records.

    Without an id it is a new route. Raises Http404 for what the edited version does not have.
    """

    def __init__(self, request: HttpRequest, found: Survey, route_id: str) -> None:
        self.request, self.survey = request, found
        self.latest = selectors.latest_version(found)
        self.document = document_of(found, self.latest)
        self.base = number_of(request.POST.get("base", "")) if request.method == "POST" else self.number
        edited = self.document if self.base == self.number else self._earlier()
        self.is_new = not route_id
        self.id = route_id or scenarios.free_id("r", [r["id"] for r in self.document.get("routes") or ()])
        recorded = services.part_of(edited, "routes", route_id) if route_id else None
        if route_id and recorded is None:
            raise Http404(_("この班の記録はもうありません。"))
        self.route: Raw = recorded or sheets.blank_route(self.id, self._chosen())
        scenario = services.part_of(edited, "scenarios", self.route["scenario"])
        if scenario is None:
            raise Http404(_("この場面はもうありません。"))
        self.scenario: Raw = scenario

    @property
    def number(self) -> int:
        return self.latest.number if self.latest else 0

    @property
    def team(self) -> str:
        return team_name(self.route.get("team"), self.id)

    def on_paper(self) -> HttpResponse | None:
        """What is said of a route of which only the sums were kept; None for any other."""
        if not isinstance(self.route.get("totals"), Mapping):
            return None
        context = {"survey": self.survey, "route": self.route, "team": self.team}
        return render(self.request, "survey/on_paper.html", context)

    def _earlier(self) -> Raw:
        return document_of(self.survey, self.survey.versions.filter(number=self.base).first())

    def _chosen(self) -> str:
        asked = self.request.POST.get("scenario") or self.request.GET.get("scenario") or ""
        known = [item["id"] for item in self.document.get("scenarios") or ()]
        return asked if asked in known else next(iter(known), "")


class _Page(Opened):
    """The route on the grid."""

    def show(self, sheet: sheets.Sheet, status: int = 200, **more: Any) -> HttpResponse:
        context = {
            "survey": self.survey,
            "engagement": self.survey.engagement,
            "route": self.route,
            "team": "" if self.is_new else self.team,
            "is_new": self.is_new,
            "scenario": self.scenario,
            "sheet": sheet,
            "columns": COLUMNS,
            "writes_count": sum(1 for column in COLUMNS if column.group),
            "base": self.base,
            "over": "",
            "form_key": new_form_key(),
        }
        return render(self.request, "survey/grid.html", context | more, status=status)


@guarded("survey.record")
def grid(request: HttpRequest, pk: int, route_id: str = "") -> HttpResponse:
    """GET shows a route (or an empty sheet), POST saves it; whatever is refused comes back as it was typed."""
    page = _Page(request, survey_of(request, pk, "survey.record"), route_id)
    held_on = page.survey.held_on
    if said := page.on_paper():
        return said
    if request.method != "POST":
        return page.show(sheets.show(page.route, page.scenario, held_on))
    posted = request.POST.dict()
    if "more" in posted:
        return page.show(sheets.show(page.route, page.scenario, held_on, typed=posted, more=True))
    edited = sheets.edit(page.route, page.scenario, held_on, posted)
    if edited.faults:
        shown = sheets.show(page.route, page.scenario, held_on, typed=posted, faults=edited.faults)
        return page.show(shown, 422, reason=posted.get("reason", ""))
    return _save(page, edited, posted)


def _save(page: _Page, edited: sheets.Edited, posted: Mapping[str, str]) -> HttpResponse:
    def work() -> str:
        version = services.put_part(
            page.survey,
            "routes",
            edited.route,
            base=page.base,
            over=number_of(posted.get("over", "")) or None,
            actor=actor_of(page.request),
            now=timezone.now(),
            reason=posted.get("reason", ""),
        )
        messages.success(
            page.request, _("保存しました。いまの版は第%(number)s版です。") % {"number": version.number}
        )
        return reverse("survey-grid", args=[page.survey.pk, page.id])

    try:
        return redirect(once_per_form(page.request, work))
    except services.Stale as refusal:
        return _both(page, refusal.current, posted)
    except FaultyDocument as refusal:
        faults, whole = sheets.place_faults(refusal.faults, edited)
        return _again(page, posted, refusal, faults, whole)
    except DoorError as refusal:
        fields = refusal.fields if isinstance(refusal, BadInput) else {"": [str(refusal)]}
        return _again(page, posted, refusal, {}, [text for found in fields.values() for text in found])


def _again(
    page: _Page, posted: Mapping[str, str], refusal: DoorError, faults: dict[str, str], whole: list[str]
) -> HttpResponse:
    shown = sheets.show(
        page.route, page.scenario, page.survey.held_on, typed=posted, faults=faults, whole=whole
    )
    return page.show(shown, refusal.status, reason=posted.get("reason", ""), over=posted.get("over", ""))


def _both(page: _Page, current: SurveyVersion, posted: Mapping[str, str]) -> HttpResponse:
    """What stands now beside what was typed; the next save is for the version that was seen here."""
    held_on = page.survey.held_on
    typed = sheets.show(page.route, page.scenario, held_on, typed=posted)
    document = current.document
    route = services.part_of(document, "routes", page.id) or sheets.blank_route(
        page.id, page.route["scenario"]
    )
    scenario = services.part_of(document, "scenarios", route["scenario"]) or page.scenario
    more = {
        "current": selectors.latest_version(page.survey),
        "differences": sheets.differences(sheets.show(route, scenario, held_on), typed),
        "over": current.number,
        "reason": posted.get("reason", ""),
    }
    return page.show(typed, 409, **more)


@guarded("survey.record")
def scenario(request: HttpRequest, pk: int, scenario_id: str = "") -> HttpResponse:
    """The life event, household, procedures and planned time that routes walk through."""
    found = survey_of(request, pk, "survey.record")
    latest = selectors.latest_version(found)
    document = document_of(found, latest)
    known = services.part_of(document, "scenarios", scenario_id) if scenario_id else None
    if scenario_id and known is None:
        raise Http404(_("この場面はもうありません。"))
    made: Raw = known or {"id": scenarios.free_id("s", [s["id"] for s in document.get("scenarios") or ()])}
    number = latest.number if latest else 0
    if request.method != "POST":
        return _scenario_page(request, found, made, scenarios.show(made), number)
    return _save_scenario(request, found, made, number)


def _save_scenario(request: HttpRequest, found: Survey, made: Raw, number: int) -> HttpResponse:
    posted = request.POST.dict()
    edited, faults = scenarios.edit(made, posted)
    base, seen = number_of(posted.get("base", "")), number_of(posted.get("over", "")) or None
    if faults:
        shown = scenarios.show(made, typed=posted, faults=faults)
        return _scenario_page(request, found, made, shown, base, 422)

    def work() -> str:
        services.put_part(
            found, "scenarios", edited, base=base, over=seen, actor=actor_of(request), now=timezone.now()
        )
        messages.success(request, _("場面を保存しました。続けて、班の記録を入力できます。"))
        return found.get_absolute_url()

    try:
        return redirect(once_per_form(request, work))
    except DoorError as refusal:
        shown = scenarios.show(made, typed=posted)
        stale = isinstance(refusal, services.Stale)
        more = {
            "stored": scenarios.show(made) if stale else None,
            "over": number if stale else "",
            "refusal": refusal,
        }
        return _scenario_page(request, found, made, shown, base, refusal.status, **more)


def _scenario_page(
    request: HttpRequest,
    found: Survey,
    made: Raw,
    form: scenarios.ScenarioForm,
    base: int,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "survey": found,
        "engagement": found.engagement,
        "scenario": made,
        "form": form,
        "columns": scenarios.COLUMNS,
        "base": base,
        "over": "",
        "form_key": new_form_key(),
    }
    return render(request, "survey/scenario.html", context | more, status=status)
