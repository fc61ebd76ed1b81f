"""Choosing an advisor for an application, and the advisor's answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import links, permissions
from accounts.access import actor_of, find, guarded
from accounts.models import SignedLink
from accounts.sheets import answer, wants_sheet
from accounts.transitions import form_key, once_per_form
from advisors.models import Advisor
from advisors.selectors import row_of
from engagements.applications.models import Application
from engagements.rounds import chain, selectors, services
from engagements.rounds.forms import OfferForm
from engagements.rounds.mails import CONSENT_PURPOSE
from engagements.rounds.models import Offer, OfferState, Side
from engagements.rounds.sheets import COLUMNS, REASON
from workflow.actors import Actor
from workflow.doors import available, perform, rules
from workflow.errors import BadInput, DoorError, GuardsUnmet

#: What is answered on the offer's own page, and by the system alone.
ANSWERS = ("accept", "decline", "consent_employer", "refuse_employer", "confirm", "refuse_town")
EMPLOYER_ANSWERS = ("consent_employer", "refuse_employer")
PER_PAGE = 50


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
        "default_expiry": services.default_expiry(application, timezone.now()),
        "key": form_key(request),
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
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor, today = actor_of(request), timezone.localdate()
    office = permissions.allows(actor, "offer.assign", offer)
    own = offer.advisor.user_id == actor.user_id
    doors = {item.rule.name: item for item in available(offer, actor)}
    context: dict[str, Any] = {
        "offer": offer,
        "office": office,
        "own": own,
        "doors": doors,
        "others": [item for name, item in doors.items() if name not in ANSWERS],
        "road": chain.links(offer, today),
        "comes": chain.what_comes(offer),
        "reads_reason": office or offer.declined_by != Side.TOWN,
        "sentences": sentences or [],
        "typed": typed or {},
        "key": form_key(request),
    }
    if office or own or any(name in doors for name in EMPLOYER_ANSWERS):
        context["request_url"] = selectors.request_url(offer)
    if office or own:
        context["data"] = selectors.offer_page(offer, today, office=office)
    else:
        context["card"] = row_of(offer.advisor, 0, today)
    if office and offer.state in (OfferState.DECLINED, OfferState.EXPIRED, OfferState.WITHDRAWN):
        context |= _alternates(offer, actor)
    return render(request, "rounds/offer.html", context, status=status)


def _alternates(offer: Offer, actor: Actor) -> dict[str, Any]:
    """Who is next best for this town, with what the one button sends."""
    application = selectors.applications().get(pk=offer.application_id)
    now = timezone.now()
    return {
        "alternates": selectors.assignment(application, timezone.localdate(now)).alternates,
        "assign_url": offer.assign_url,
        "default_expiry": services.default_expiry(application, now),
        "may_ask": permissions.allows(actor, "offer.create", None),
    }


@require_GET
@guarded("offer.view")
def offer_list(request: HttpRequest) -> HttpResponse:
    """Offers with whose turn it is and by when; those that wait for an answer unless asked otherwise."""
    actor = actor_of(request)
    state, query = request.GET.get("state", "open"), request.GET.get("q", "")[:100]
    office = permissions.allows(actor, "offer.assign", None)
    rows = selectors.listing(actor, state=state, query=query)
    if wants_sheet(request):
        return answer(request, _("打診一覧"), (*COLUMNS, *([REASON] if office else [])), rows)
    found = Paginator(rows, PER_PAGE)
    page = found.get_page(request.GET.get("page"))
    shown = {
        "listing": page,
        "rows": selectors.offer_rows(page, actor),
        "state": state,
        "query": query,
        "states": OfferState.choices,
        "office": office,
    }
    return render(request, "rounds/list.html", shown)


def _typed(request: HttpRequest, name: str) -> dict[str, Any]:
    """What this answer takes of what the form sent."""
    names = [spec.name for spec in rules(Offer)[name].inputs]
    return {key: request.POST.get(key, "") for key in names}


def _answer(request: HttpRequest, offer: Offer) -> HttpResponse:
    name = request.POST.get("answer", "")
    if name not in ANSWERS:
        raise Http404
    data = _typed(request, name)

    def work() -> str:
        perform(name, offer, actor_of(request), **data)
        return offer.get_absolute_url()

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _offer_page(request, offer, sentences=_refusal(error, data), typed=data, status=error.status)
    done = {
        "accept": _("お引き受けいただき、ありがとうございます。事務局に伝わりました。"),
        "decline": _("見送りとして承りました。評価には残りません。"),
        "consent_employer": _("派遣への同意を承りました。ありがとうございます。"),
        "refuse_employer": _("同意されないことを承りました。事務局が次の方に打診します。"),
        "confirm": _("アドバイザーが決まりました。支援のページが開いています。"),
        "refuse_town": _("承りました。事務局が次の方に打診します。"),
    }
    messages.success(request, done[name])
    return redirect(target)


def _refusal(error: DoorError, data: dict[str, Any]) -> list[str]:
    if isinstance(error, BadInput) and "reason" in error.fields and not data.get("reason", "").strip():
        return [_("理由を、ひとことお書きください。次の打診の参考にします。")]
    return _sentences(error)


@links.page(CONSENT_PURPOSE, after_use=True)
def consent_link(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    """The employer without an account: GET shows the very paper, POST answers and uses the link up."""
    pk = link.scope.partition(":")[2]
    offer = find(actor_of(request), "offer.view", selectors.offers(), pk=int(pk))
    if link.used_at:
        return render(request, "rounds/consent_done.html", {"offer": offer, "answer": links.said_by(link)})
    doors = {item.rule.name: item for item in available(offer, actor_of(request))}
    shown: dict[str, Any] = {
        "offer": offer,
        "doors": doors,
        "request_url": selectors.request_url(offer, token=token),
        "outdated": link.version != offer.request_hash,
        "road": chain.links(offer, timezone.localdate()),
        "comes": chain.what_comes(offer),
    }
    if request.method != "POST":
        return render(request, "rounds/consent_link.html", shown)
    name = request.POST.get("answer", "")
    if name not in EMPLOYER_ANSWERS:
        raise Http404
    data = _typed(request, name)
    if name == "consent_employer":
        data["document_hash"] = link.version
    try:
        services.answer_by_link(link, offer, actor=actor_of(request), name=name, now=timezone.now(), **data)
    except DoorError as error:
        shown |= {"sentences": _refusal(error, data), "typed": data}
        return render(request, "rounds/consent_link.html", shown, status=error.status)
    return render(request, "rounds/consent_done.html", {"offer": offer, "answer": name})
