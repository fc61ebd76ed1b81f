"""結果の発表: the office stages decisions for many applications and makes them known together."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import permissions
from accounts.access import actor_of, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.applications import staging
from engagements.applications.models import Release
from engagements.applications.staging_workflow import DECISIONS
from workflow.errors import BadInput

PAST_SHOWN = 20


@require_GET
@guarded("release.view")
def results(request: HttpRequest) -> HttpResponse:
    """What is staged, what waits for a decision, and what was released before."""
    return _page(request)


@require_POST
@guarded("release.make")
def stage(request: HttpRequest) -> HttpResponse:
    """Stage every row for which a decision was chosen; a fault keeps everything that was typed."""
    wanted = [
        staging.Wanted(pk, decision, request.POST.get(f"comment-{pk}", ""))
        for pk in _numbers(request.POST.getlist("row"))
        if (decision := request.POST.get(f"decision-{pk}", ""))
    ]

    def work() -> str:
        staging.stage_many(wanted, actor=actor_of(request), now=timezone.now())
        return reverse("application-results")

    return _done(request, work)


@require_POST
@guarded("release.make")
def release(request: HttpRequest) -> HttpResponse:
    """Make the chosen ones known: all of them, or none and a sentence for each that can't be."""
    chosen = _numbers(request.POST.getlist("chosen"))

    def work() -> str:
        staging.release(chosen, actor=actor_of(request), now=timezone.now())
        return reverse("application-results") + "#past"

    return _done(request, work)


def _done(request: HttpRequest, work: Any) -> HttpResponse:
    try:
        return redirect(once_per_form(request, work))
    except BadInput as error:
        return _page(request, faults=error.fields, typed=request.POST, status=error.status)


def _numbers(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16]


def _page(
    request: HttpRequest,
    *,
    faults: dict[str, list[str]] | None = None,
    typed: QueryDict | None = None,
    status: int = 200,
) -> HttpResponse:
    said = faults or {}
    sent: QueryDict | dict[str, str] = typed if typed is not None else {}
    ready = staging.staged(timezone.now())
    rows = [
        (
            row,
            sent.get(f"decision-{row.pk}", ""),
            sent.get(f"comment-{row.pk}", ""),
            said.get(str(row.pk), []),
        )
        for row in staging.waiting().filter(staged="")
    ]
    named = {str(item.application.pk) for item in ready} | {str(row[0].pk) for row in rows}
    past = Release.objects.select_related("call", "released_by").prefetch_related("items")
    shown = {
        "ready": [(item, said.get(str(item.application.pk), [])) for item in ready],
        "releasable": sum(not item.reasons for item in ready),
        "rows": rows,
        "sentences": [line for key, lines in said.items() if key not in named for line in lines],
        "any_fault": bool(said),
        "decisions": DECISIONS,
        "past": Paginator(past, PAST_SHOWN).get_page(request.GET.get("page")),
        "may_make": permissions.may_somewhere(actor_of(request), "release.make"),
        "form_key": new_form_key(),
    }
    return render(request, "applications/results.html", shown, status=status)
