"""The page on which a proposal becomes offers."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, find, guarded
from accounts.transitions import form_key, once_per_form
from engagements.rounds.matching import selectors
from engagements.rounds.matching.models import Round, RoundState
from engagements.rounds.matching.publication import publication_of
from engagements.rounds.matching.words import refusal_sentences
from workflow.doors import perform_typed, rules, unmet_guards
from workflow.errors import DoorError


@require_http_methods(["GET", "POST"])
@guarded("round.publish")
def publish_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows all that would happen, POST does it; refused, what was ticked and typed is still there."""
    obj = find(actor_of(request), "round.publish", selectors.rounds(), pk=pk)
    if obj.proposal is None:
        raise Http404(_("まだ案がありません。先に計算してください。"))
    if request.method != "POST":
        return redirect(obj) if obj.state != RoundState.PROPOSED else _page(request, obj)
    data = {"message": request.POST.get("message", ""), "excluded": request.POST.getlist("excluded")}

    def work() -> str:
        perform_typed("publish", obj, actor_of(request), data)
        return obj.get_absolute_url()

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        fresh = selectors.rounds().get(pk=pk)
        return _page(request, fresh, refusal_sentences(error), error.status)
    messages.success(request, _("打診しました。知らせる方には、それぞれ1通ずつ届きます。"))
    return redirect(target)


def _page(
    request: HttpRequest, obj: Round, sentences: list[str] | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    ticked = [int(pk) for pk in request.POST.getlist("excluded") if pk.isdecimal() and len(pk) < 18]
    shown = {
        "round": obj,
        "found": publication_of(obj, now, ticked if request.method == "POST" else None),
        "unmet": unmet_guards(obj, rules(Round)["publish"], now),
        "sentences": sentences or [],
        "message": request.POST.get("message", ""),
        "key": form_key(request),
    }
    return render(request, "rounds/matching/publish.html", shown, status=status)
