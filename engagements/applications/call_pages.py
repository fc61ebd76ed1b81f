"""Pages of calls: what anybody reads, and what the office writes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import permissions
from accounts.access import actor_of, find, guarded, public
from accounts.transitions import form_key, once_per_form
from engagements.applications import announcement, calls, forms, selectors
from engagements.applications.call_forms import CallForm
from engagements.applications.models import Call, CallState
from engagements.applications.starting import starting
from engagements.programme.models import Programme
from municipalities.dates import fiscal_year
from workflow.doors import available
from workflow.errors import DoorError


@require_GET
@public
def call_list(request: HttpRequest) -> HttpResponse:
    """Every announced call with the places left; for the office also what is in preparation."""
    now, actor = timezone.now(), actor_of(request)
    found = list(announcement.readable(actor))
    known = set(selectors.open_calls(now).values_list("pk", flat=True))
    shown = {
        "rows": [(call, announcement.places(call), call.pk in known) for call in found],
        "may_write": permissions.allows(actor, "call.edit", None),
    }
    return render(request, "applications/calls.html", shown)


@require_GET
@public
def call_page(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, _readable(request, pk))


def _readable(request: HttpRequest, pk: int) -> Call:
    call = announcement.readable(actor_of(request)).filter(pk=pk).first()
    if call is None:
        raise Http404(_("この募集は見つかりません。募集の一覧からお選びください。"))
    return call


def page(request: HttpRequest, call: Call, *, sentence: str = "", status: int = 200) -> HttpResponse:
    """The announcement, with the start form for a town and the office's buttons."""
    now, actor = timezone.now(), actor_of(request)
    call = call if hasattr(call, "received") else _readable(request, call.pk)
    number, towns = announcement.helped()
    shown = {
        "call": call,
        "sentence": sentence,
        "places": announcement.places(call),
        "year": announcement.year(call, now),
        "kinds": announcement.kinds(call),
        "helped": towns,
        "helped_number": number,
        "to_come": call.state == CallState.OPEN and call.opens_at > now,
        "over": call.state == CallState.CLOSED or (call.closes_at is not None and call.closes_at < now),
        "actions": available(call, actor),
        "may_write": permissions.allows(actor, "call.edit", call),
        "register_url": _register_url(),
    }
    return render(request, "applications/call.html", shown | starting(request, [call]), status=status)


def _register_url() -> str:
    """Where a town without an account asks for one, if this installation lets it."""
    try:
        return reverse("account_register")
    except NoReverseMatch:
        return ""


def _asked(request: HttpRequest, initial: dict[str, Any]) -> CallForm:
    return CallForm(request.POST if request.method == "POST" else None, initial=initial)


def _form_page(
    request: HttpRequest, form: CallForm, call: Call | None, status: int = 200, sentence: str = ""
) -> HttpResponse:
    shown = {
        "form": form,
        "call": call,
        "sentence": sentence,
        "key": form_key(request),
    }
    return render(request, "applications/call_edit.html", shown, status=status)


@require_http_methods(["GET", "POST"])
@guarded("call.edit")
def new(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    form = _asked(request, {"fiscal_year": fiscal_year(timezone.localdate(now)), "opens_at": now})
    if request.method != "POST":
        return _form_page(request, form, None)
    if not form.is_valid():
        return _form_page(request, form, None, 422)

    def work() -> str:
        return calls.create_call(form.cleaned_data, actor=actor_of(request), now=now).get_absolute_url()

    return redirect(once_per_form(request, work))


@require_http_methods(["GET", "POST"])
@guarded("call.edit")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A call in preparation is written freely; what an open one allows stands on its own page."""
    actor = actor_of(request)
    call = find(actor, "call.edit", Call.objects.all(), pk=pk)
    form = _asked(request, CallForm.of(call))
    if request.method != "POST":
        return _form_page(request, form, call) if call.state == CallState.DRAFT else redirect(call)
    if not form.is_valid():
        return _form_page(request, form, call, 422)

    def work() -> str:
        return calls.save_call(call, form.cleaned_data, actor=actor, now=timezone.now()).get_absolute_url()

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _form_page(request, form, call, error.status, str(error))
    messages.success(request, _("保存しました。"))
    return redirect(target)


@require_POST
@guarded("call.edit")
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Next year's call from this one, then its form."""
    actor = actor_of(request)
    call = find(actor, "call.edit", Call.objects.all(), pk=pk)

    def work() -> str:
        made = calls.copy_call(call, actor=actor, now=timezone.now())
        return reverse("call-edit", args=[made.pk])

    target = once_per_form(request, work)
    messages.success(request, _("翌年度の募集を準備中として作りました。日時をお確かめください。"))
    return redirect(target)


@require_GET
@guarded("programme.view")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The application form of a version of the programme, as a town would see it."""
    programme = find(actor_of(request), "programme.view", Programme.objects.all(), pk=pk)
    shown = {"programme": programme, "parts": forms.preview(programme)}
    return render(request, "applications/preview.html", shown)
