"""Remarks about a plan beside its parts: written by advisor and approver, answered by the town."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import actor_of, guarded
from accounts.transitions import once_per_form
from engagements.plans import comments as services
from engagements.plans.models import Plan, PlanComment
from engagements.plans.views import find_plan, show
from workflow.errors import BadInput, DoorError


def _carried_out(
    request: HttpRequest, found: Plan, part: str, work: Callable[[], Any], comment: int = 0
) -> HttpResponse:
    """Back to the part; what is refused comes back with what was typed."""
    back = f"{reverse('plan', args=[found.engagement_id])}?part={part}#comments"
    try:
        return redirect(once_per_form(request, lambda: work() and back))
    except DoorError as error:
        faults = (
            [line for lines in error.fields.values() for line in lines] if isinstance(error, BadInput) else []
        )
        typed = {name: request.POST.get(name, "") for name in ("text", "reply", "reason")}
        refusal = {"sentences": faults or [str(error)], "comment": comment, **typed}
        return show(request, found, part, error.status, comment_refusal=refusal)


def _part(text: str) -> str:
    return text if text in PlanComment.Part.values else PlanComment.Part.DECISIONS


@require_POST
@guarded("plan.comment")
def comments(request: HttpRequest, pk: int) -> HttpResponse:
    found = find_plan(request, pk, "plan.comment")
    part, decision = _part(request.POST.get("part", "")), request.POST.get("decision", "")

    def work() -> PlanComment:
        return services.comment(
            found,
            actor=actor_of(request),
            now=timezone.now(),
            part=part,
            text=request.POST.get("text", ""),
            decision=int(decision) if decision.isdecimal() else None,
        )

    return _carried_out(request, found, part, work)


@require_POST
@guarded("plan.reopen_comment")
def comment(request: HttpRequest, pk: int, comment: int) -> HttpResponse:
    """``do`` is settle (with ``reply``) or reopen (with ``reason``)."""
    settling = request.POST.get("do") != "reopen"
    found = find_plan(request, pk, "plan.settle_comment" if settling else "plan.reopen_comment")
    row = get_object_or_404(PlanComment, plan=found, pk=comment)
    told: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}

    def work() -> PlanComment:
        if settling:
            return services.settle(found, row.pk, reply=request.POST.get("reply", ""), **told)
        return services.reopen(found, row.pk, reason=request.POST.get("reason", ""), **told)

    return _carried_out(request, found, row.part, work, row.pk)
