"""What the office changes by hand: tried out first, then kept with its reason, or lifted again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import actor_of, find, guarded
from accounts.transitions import form_key, once_per_form
from advisors.matching.whatif import Change, Kind
from advisors.models import Advisor
from engagements.applications.models import Application
from engagements.rounds.matching import selectors, services
from engagements.rounds.matching.comparing import cost_lines
from engagements.rounds.matching.models import AdjustmentKind, Round
from engagements.rounds.matching.words import refusal_sentences
from workflow.errors import DoorError

#: What is changed by hand, as the engine tries it out.
TRIED = {
    AdjustmentKind.LOCK: Kind.LOCK,
    AdjustmentKind.VETO: Kind.VETO,
    AdjustmentKind.CAPACITY: Kind.CAPACITY,
    AdjustmentKind.LENDING: Kind.LENDING,
}


def _round(request: HttpRequest, pk: int) -> Round:
    return find(actor_of(request), "round.adjust", selectors.rounds(), pk=pk)


@require_http_methods(["GET", "POST"])
@guarded("round.adjust")
def change_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows what a change by hand would do to the whole; POST keeps it, with its reason."""
    obj = _round(request, pk)
    asked = request.POST if request.method == "POST" else request.GET
    kind = asked.get("kind", "")
    if kind not in AdjustmentKind.values:
        raise Http404
    advisor = find(
        actor_of(request),
        "advisor.view",
        Advisor.objects.select_related("user"),
        pk=_number(asked, "advisor"),
    )
    application = None
    if town := asked.get("town", ""):
        application = find(
            actor_of(request),
            "application.view",
            Application.objects.select_related("municipality"),
            pk=_number({"town": town}, "town"),
        )
    if request.method != "POST":
        return _change_page(request, obj, kind, advisor, application)

    def work() -> str:
        services.adjust(
            obj,
            kind,
            advisor=advisor,
            application=application,
            value=_optional(asked.get("value", "")),
            reason=asked.get("reason", ""),
            actor=actor_of(request),
            now=timezone.now(),
        )
        return obj.get_absolute_url()

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _change_page(request, obj, kind, advisor, application, refusal_sentences(error), error.status)
    messages.success(request, _("残しました。計算し直すと、案に入ります。"))
    return redirect(target)


def _number(asked: Any, name: str) -> int:
    text = asked.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404
    return int(text)


def _optional(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _change_page(
    request: HttpRequest,
    obj: Round,
    kind: str,
    advisor: Advisor,
    application: Application | None,
    sentences: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    value = _optional(asked.get("value", ""))
    shown = {
        "round": obj,
        "kind": kind,
        "label": AdjustmentKind(kind).label,
        "advisor": advisor,
        "application": application,
        "value": asked.get("value", ""),
        "reason": asked.get("reason", ""),
        "sentences": sentences or [],
        "cost": _tried(obj, kind, advisor, application, value),
        "key": form_key(request),
    }
    return render(request, "rounds/matching/change.html", shown, status=status)


def _tried(
    obj: Round, kind: str, advisor: Advisor, application: Application | None, value: int | None
) -> list[str]:
    """The cost of a change against the proposal; empty where there is nothing to try it on."""
    run = obj.proposal
    town = str(application.pk) if application else ""
    known = run is not None and str(advisor.pk) in run.names["advisors"]
    if run is None or not known or (town and town not in run.names["towns"]):
        return []
    if value is None and kind in (AdjustmentKind.CAPACITY, AdjustmentKind.LENDING):
        return []
    change = Change(
        TRIED[AdjustmentKind(kind)],
        town=town,
        advisor=str(advisor.pk),
        employer=advisor.employer_id,
        value=value or 0,
    )
    cost = selectors.what_if(run, change)
    if cost is None:
        return [_("この変え方では、条件を満たす組み合わせができません。")]
    return cost_lines(run, cost)


@require_POST
@guarded("round.adjust")
def lift_change(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    obj = _round(request, pk)
    made = obj.adjustments.filter(pk=number).first()
    if made is None:
        raise Http404
    try:
        services.lift(made, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("手で変えたところを戻しました。計算し直すと、案に入ります。"))
    except DoorError as error:
        messages.error(request, str(error))
    return redirect(obj)
