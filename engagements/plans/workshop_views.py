"""Pages of the workshop: the phones' board, the projector's, and the contact's buttons for notes."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.access import actor_of, guarded, public
from engagements.plans import workshop
from engagements.plans.board_views import done
from engagements.plans.models import BoardNote, Way
from engagements.plans.views import find_plan
from engagements.survey.recorder import passes
from engagements.survey.recorder_views import answer, body_of, device_of_request
from workflow.errors import BadInput
from workflow.incoming import refuse_unfit


@require_GET
@public
def phone(request: HttpRequest, code: str) -> HttpResponse:
    """The board on a phone. It holds nothing: that comes after the PIN."""
    if passes.day_of(code) is None:
        raise Http404(_("このQRコードは作り直されました。町の担当に新しいコードを見せてもらってください。"))
    return render(request, "plans/workshop.html", {"code": code, "ways": Way.choices})


@csrf_exempt
@require_POST
@public
def exchange(request: HttpRequest) -> HttpResponse:
    """A phone's notes and dots in, the whole board out. The key in the header speaks for it, no cookie does."""

    def work() -> dict[str, Any]:
        sent = body_of(request)
        refuse_unfit(sent)
        return workshop.exchange(device_of_request(request), sent, now=timezone.now())

    return answer(work)


@require_GET
@guarded("plan.view")
def projector(request: HttpRequest, pk: int) -> HttpResponse:
    """The board for the wall, with the code to join by."""
    found = find_plan(request, pk)
    day = workshop.day_of_plan(found)
    context: dict[str, Any] = {"plan": found, "day": day}
    if day:
        url = f"{settings.SITE_URL}{reverse('workshop', args=[passes.code_of(day)])}"
        code = segno.make(url, error="m").svg_data_uri(scale=5)
        context |= {"url": url, "code": code, "pin": passes.pin_of(day)}
    return render(request, "plans/projector.html", context)


@require_GET
@guarded("plan.view")
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The board for the projector's script."""
    return JsonResponse(workshop.state(find_plan(request, pk)))


@require_POST
@guarded("plan.edit")
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the day of the latest survey, so that phones can join, and show the projector."""
    found = find_plan(request, pk, "plan.edit")
    survey = found.engagement.surveys.order_by("-round").first()
    if survey is None:
        raise BadInput({"": [_("調査がまだありません。先に調査を作ると、ワークショップを始められます。")]})
    if workshop.day_of_plan(found) is None:
        passes.open_day(survey, actor=actor_of(request), now=timezone.now())
    return redirect("workshop-projector", found.pk)


@require_POST
@guarded("plan.edit")
def note(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    """Take a note over into the plan, or put it aside."""
    found = find_plan(request, pk, "plan.edit")
    if not BoardNote.objects.filter(plan=found, pk=note).exists():
        raise Http404
    deed = workshop.adopt if request.POST.get("do") == "adopt" else workshop.put_aside
    return done(request, found, lambda: deed(found, actor=actor_of(request), now=timezone.now(), pk=note))
