"""Pages of the day's preparation: what is ready, one part at a time, and the library of households."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import permissions
from accounts.access import actor_of, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.survey import selectors, services
from engagements.survey.day import forms, library, page
from engagements.survey.day.preparation import PARTS, read
from engagements.survey.grid_views import document_of, number_of
from engagements.survey.models import Survey
from engagements.survey.results import household_words
from engagements.survey.scenarios import free_id
from engagements.survey.views import survey_of
from workflow.errors import BadInput, DoorError

PAPERS = ("actor-card", "recorder-sheet", "counter-notice", "resident-notice", "answer-key", "dummy-cards")


@require_GET
@guarded("survey.record")
def day(request: HttpRequest, pk: int) -> HttpResponse:
    """What is prepared, what is missing, and the papers."""
    found = survey_of(request, pk, "survey.record")
    document = selectors.latest_document(found)
    context = {
        "survey": found,
        "engagement": found.engagement,
        "steps": page.steps(found, document),
        "scenes": page.scenes(document),
        "prepared": read(document),
        "papers": PAPERS,
        "may_print": permissions.allows(actor_of(request), "survey.document", found),
    }
    return render(request, "survey/day.html", context)


@guarded("survey.record")
def day_part(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """One part of the preparation as a form; what is refused comes back as it was typed."""
    if part not in PARTS:
        raise Http404
    found = survey_of(request, pk, "survey.record")
    latest = selectors.latest_version(found)
    document = document_of(found, latest)
    prepared, number = read(document), latest.number if latest else 0
    if request.method != "POST":
        form = forms.form_of(part, document, prepared)
        return _part(request, found, part, form, base=number)
    form = forms.form_of(part, document, prepared, request.POST)
    base = number_of(request.POST.get("base", ""))
    if not form.is_valid():
        return _part(request, found, part, form, base=base, status=422)
    try:
        return redirect(once_per_form(request, lambda: _keep(request, found, part, form)))
    except services.Stale as refusal:
        stored = forms.form_of(part, document, prepared)
        more = {"refusal": refusal, "stored": stored, "over": number}
        return _part(request, found, part, form, base=base, status=refusal.status, **more)
    except DoorError as refusal:
        return _part(request, found, part, form, base=base, status=refusal.status, refusal=refusal)


def _keep(request: HttpRequest, found: Survey, part: str, form: Any) -> str:
    services.put_preparation(
        found,
        part,
        forms.kept(part, form),
        base=number_of(request.POST.get("base", "")),
        over=number_of(request.POST.get("over", "")) or None,
        actor=actor_of(request),
        now=timezone.now(),
    )
    messages.success(request, _("「%(part)s」を保存しました。") % {"part": page.PART_WORDS[part]})
    return found.get_day_url()


def _part(
    request: HttpRequest, found: Survey, part: str, form: Any, *, base: int, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "survey": found,
        "engagement": found.engagement,
        "part": part,
        "label": page.PART_WORDS[part],
        "form": form,
        "places": read(selectors.latest_document(found)).places if part == "answers" else (),
        "base": base,
        "over": "",
        "form_key": new_form_key(),
    }
    return render(request, "survey/day_part.html", context | more, status=status)


@guarded("survey.record")
def choose_household(request: HttpRequest, pk: int) -> HttpResponse:
    """The library, and the households that this town walked with before; POST adds one to the survey."""
    found = survey_of(request, pk, "survey.record")
    refused = ""
    if request.method == "POST":
        try:
            return redirect(once_per_form(request, lambda: _add(request, found)))
        except DoorError as refusal:
            refused = str(refusal)
    context = {
        "survey": found,
        "engagement": found.engagement,
        "library": [
            (one, household_words(library.as_scenario(one, "s", found.held_on))) for one in library.LIBRARY
        ],
        "own": [(key, item, household_words(item)) for key, item in library.own_scenarios(found)],
        "refused": refused,
        "form_key": new_form_key(),
    }
    return render(request, "survey/library.html", context, status=422 if refused else 200)


def _add(request: HttpRequest, found: Survey) -> str:
    latest = selectors.latest_version(found)
    taken = [item["id"] for item in document_of(found, latest).get("scenarios") or ()]
    scenario = library.chosen(found, request.POST.get("household", ""), free_id("s", taken))
    if scenario is None:
        raise BadInput({"": [_("その場面はもうありません。ページを開き直して、選び直してください。")]})
    services.put_part(
        found,
        "scenarios",
        scenario,
        base=latest.number if latest else 0,
        actor=actor_of(request),
        now=timezone.now(),
    )
    messages.success(
        request, _("「%(title)s」を加えました。") % {"title": scenario.get("title") or scenario["id"]}
    )
    return found.get_day_url()
