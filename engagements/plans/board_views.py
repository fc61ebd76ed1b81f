"""The workshop's board: remarks become issues, issues get decisions. Plain forms, nothing to drag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import actor_of, guarded
from accounts.transitions import once_per_form
from engagements.plans import board as services
from engagements.plans import editor, selectors
from engagements.plans.models import Evidence, Issue, Plan, Way
from engagements.plans.services import remove_row, save_row
from engagements.plans.views import find_engagement, find_plan
from workflow.errors import DoorError


@require_GET
@guarded("plan.view")
def board(request: HttpRequest, engagement: int) -> HttpResponse:
    owner = find_engagement(request, engagement)
    found = selectors.plan_of(owner.pk)
    if found is None:
        return redirect("plan", engagement)
    return show(request, found)


def show(request: HttpRequest, found: Plan, status: int = 200, **more: Any) -> HttpResponse:
    shown = {
        "plan": found,
        "board": selectors.board(found, actor_of(request)),
        "editable": editor.may_edit(found, actor_of(request)),
        "ways": Way.choices,
        "checked": request.POST.getlist("paths"),
    }
    return render(request, "plans/board.html", shown | more, status=status)


def done(request: HttpRequest, found: Plan, work: Callable[[], Any]) -> HttpResponse:
    """Carry out one form once; what is refused comes back with the sentence and what was typed."""
    target = reverse("plan-board", args=[found.engagement_id])

    def once() -> str:
        work()
        return target

    try:
        return redirect(once_per_form(request, once))
    except DoorError as error:
        return show(request, found, error.status, sentence=str(error), typed=request.POST)


@require_POST
@guarded("plan.edit")
def issues(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the checked remarks into a new issue, or into the one that was chosen."""
    found = find_plan(request, pk, "plan.edit")
    actor, paths = actor_of(request), request.POST.getlist("paths")
    into = request.POST.get("into", "")
    if into.isdecimal():
        return done(
            request, found, lambda: services.extend_issue(found, actor=actor, pk=int(into), paths=paths)
        )
    title = request.POST.get("title", "")
    return done(
        request,
        found,
        lambda: services.create_issue(found, actor=actor, now=timezone.now(), title=title, paths=paths),
    )


@require_POST
@guarded("plan.edit")
def issue(request: HttpRequest, pk: int, issue: int) -> HttpResponse:
    """Rename, merge or take out an issue."""
    found = find_plan(request, pk, "plan.edit")
    deeds = {"save": _save, "merge": _merge, "remove": _remove}
    deed = deeds.get(request.POST.get("do", ""))
    if deed is None or not Issue.objects.filter(plan=found, pk=issue).exists():
        raise Http404
    return done(request, found, lambda: deed(request, found, issue))


def _save(request: HttpRequest, found: Plan, pk: int) -> None:
    values = {name: request.POST[name] for name in ("title", "heading", "text") if name in request.POST}
    save_row(
        Issue,
        found,
        actor=actor_of(request),
        now=timezone.now(),
        pk=pk,
        version=request.POST.get("version"),
        values=values,
    )


def _merge(request: HttpRequest, found: Plan, pk: int) -> None:
    into = request.POST.get("into", "")
    services.merge_issue(found, actor=actor_of(request), pk=pk, into=int(into) if into.isdecimal() else pk)


def _remove(request: HttpRequest, found: Plan, pk: int) -> None:
    remove_row(Issue, found, actor=actor_of(request), now=timezone.now(), pk=pk)


@require_POST
@guarded("plan.edit")
def evidence(request: HttpRequest, pk: int, evidence: int) -> HttpResponse:
    """Take one remark out of its issue."""
    found = find_plan(request, pk, "plan.edit")
    if not Evidence.objects.filter(issue__plan=found, pk=evidence).exists():
        raise Http404
    return done(
        request, found, lambda: services.release_evidence(found, actor=actor_of(request), pk=evidence)
    )
