"""Choosing an advisor for an application, and the advisor's answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.access import actor_of, find, guarded
from accounts.transitions import new_form_key, once_per_form
from advisors.models import Advisor
from engagements.applications.models import Application
from engagements.rounds import selectors, services
from engagements.rounds.forms import OfferForm
from engagements.rounds.models import Offer
from workflow.doors import available, perform
from workflow.errors import BadInput, DoorError, GuardsUnmet

ANSWERS = ("accept", "decline")


def _sentences(error: DoorError) -> list[str]:
    if isinstance(error, GuardsUnmet):
        return [str(item.sentence) for item in error.unmet]
    if isinstance(error, BadInput):
        return [sentence for sentences in error.fields.values() for sentence in sentences]
    return [str(error)]


@guarded("offer.assign")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows who may serve and why others may not; POST asks the chosen one."""
    application = find(actor_of(request), "offer.assign", selectors.applications(), pk=pk)
    if request.method == "POST":
        return _ask(request, application)
    initial = {"expires_at": services.default_expiry(application, timezone.now())}
    return _assign_page(request, application, OfferForm(initial=initial))


def _assign_page(
    request: HttpRequest,
    application: Application,
    form: OfferForm,
    *,
    sentences: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "page_data": selectors.assignment(application, timezone.localdate()),
        "form": form,
        "chosen": str(form["advisor"].value() or ""),
        "sentences": sentences or [],
        "may_ask": permissions.allows(actor_of(request), "offer.create", None),
        "key": request.POST.get("idempotency_key") or new_form_key(),
    }
    return render(request, "rounds/assign.html", context, status=status)


def _ask(request: HttpRequest, application: Application) -> HttpResponse:
    actor, form = actor_of(request), OfferForm(request.POST)
    if not form.is_valid():
        return _assign_page(request, application, form, status=422)
    advisor = find(actor, "advisor.view", Advisor.objects.all(), pk=form.cleaned_data["advisor"])

    def work() -> str:
        services.offer(
            application=application,
            advisor=advisor,
            actor=actor,
            message=form.cleaned_data["message"],
            expires_at=form.cleaned_data["expires_at"],
            now=timezone.now(),
        )
        return request.path

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        if isinstance(error, BadInput):
            for name, found in error.fields.items():
                form.add_error(name, found)
        shown = [] if isinstance(error, BadInput) else _sentences(error)
        return _assign_page(request, application, form, sentences=shown, status=error.status)
    messages.success(request, _("打診しました。本人にメールでお知らせします。"))
    return redirect(target)


@guarded("offer.view")
def offer_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the town and what it would add; POST is the advisor's answer."""
    offer = find(actor_of(request), "offer.view", selectors.offers(), pk=pk)
    if request.method == "POST":
        return _answer(request, offer)
    return _offer_page(request, offer)


def _offer_page(
    request: HttpRequest,
    offer: Offer,
    *,
    sentences: list[str] | None = None,
    reason: str = "",
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    office = permissions.allows(actor, "offer.assign", offer)
    doors = {item.rule.name: item for item in available(offer, actor)}
    context: dict[str, Any] = {
        "offer": offer,
        "office": office,
        "own": offer.advisor.user_id == actor.user_id,
        "accept": doors.get("accept"),
        "decline": doors.get("decline"),
        "others": [item for name, item in doors.items() if name not in ANSWERS],
        "sentences": sentences or [],
        "reason": reason,
        "key": request.POST.get("idempotency_key") or new_form_key(),
    }
    if office or context["own"]:
        context["data"] = selectors.offer_page(offer, timezone.localdate(), office=office)
    return render(request, "rounds/offer.html", context, status=status)


def _answer(request: HttpRequest, offer: Offer) -> HttpResponse:
    name, reason = request.POST.get("answer", ""), request.POST.get("reason", "")
    if name not in ANSWERS:
        raise Http404
    data: dict[str, Any] = {"reason": reason} if name == "decline" else {}

    def work() -> str:
        perform(name, offer, actor_of(request), **data)
        return offer.get_absolute_url()

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        shown = _sentences(error)
        if isinstance(error, BadInput):
            shown = [_("見送る理由を、ひとことお書きください。次の打診の参考にします。")]
        return _offer_page(request, offer, sentences=shown, reason=reason, status=error.status)
    done = {
        "accept": _("お引き受けいただき、ありがとうございます。事務局に伝わりました。"),
        "decline": _("見送りとして承りました。評価には残りません。"),
    }
    messages.success(request, done[name])
    return redirect(target)
