"""Pages of the workshop: the phones' board, the projector's, and the contact's buttons for notes."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.access import actor_of, guarded, public
from accounts.transitions import new_form_key, once_per_form
from engagements.plans import workshop
from engagements.plans.board_views import done
from engagements.plans.models import BoardNote, Way
from engagements.plans.views import find_plan
from engagements.survey.models import RecorderDay
from engagements.survey.recorder import passes
from engagements.survey.recorder_views import act_on_door, answer, body_of, device_of_request, door
from workflow import authority
from workflow.errors import BadInput
from workflow.incoming import refuse_unfit


@require_GET
@public
def phone(request: HttpRequest, code: str) -> HttpResponse:
    """The board on a phone. It holds nothing: that comes after the PIN."""
    day = passes.day_of(code)
    if day is None or day.purpose != RecorderDay.Purpose.BOARD:
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
        device = device_of_request(request, RecorderDay.Purpose.BOARD)
        return workshop.exchange(device, sent, now=timezone.now())

    return answer(work)


@require_GET
@guarded("plan.view")
def projector(request: HttpRequest, pk: int) -> HttpResponse:
    """The board for the wall; the code to join by only for who may let phones in."""
    found = find_plan(request, pk)
    day = workshop.day_of_plan(found)
    actor = actor_of(request)
    context: dict[str, Any] = {"plan": found, "form_key": new_form_key()}
    context["editable"] = authority.allows(actor, "plan.edit", found)
    if day and authority.allows(actor, "survey.record", day.survey):
        context |= door(day, "workshop")
    return render(request, "plans/projector.html", context)


@require_POST
@guarded("plan.view")
def phones(request: HttpRequest, pk: int) -> HttpResponse:
    """Shut the board's door, or take a phone's key away."""
    found = find_plan(request, pk)
    day = workshop.day_of_plan(found)
    if day is None:
        raise Http404
    here = reverse("workshop-projector", args=[found.pk])

    def work() -> str:
        act_on_door(request, day)
        return here

    return redirect(once_per_form(request, work))


@require_GET
@guarded("plan.view")
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The board for the projector's script."""
    return JsonResponse(workshop.state(find_plan(request, pk)))


@require_POST
@guarded("plan.edit")
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the board's door at the latest survey, so that phones can join, and show the projector."""
    found = find_plan(request, pk, "plan.edit")
    survey = found.engagement.surveys.order_by("-round").first()
    if survey is None:
        raise BadInput({"": [_("調査がまだありません。先に調査を作ると、ワークショップを始められます。")]})
    day, now = workshop.day_of_plan(found), timezone.now()
    if day is None or not passes.is_open(day, now):
        passes.open_day(survey, actor=actor_of(request), now=now, purpose=RecorderDay.Purpose.BOARD)
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
