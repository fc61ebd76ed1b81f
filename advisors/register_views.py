"""The office registers advisors: who is one, with which certificates and commissions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import actor_of, find, guarded
from accounts.entry.models import Invitation
from accounts.entry.town_views import show_faults
from accounts.models import User
from accounts.transitions import form_key, once_per_form
from advisors.models import Advisor
from advisors.register_forms import CertificateForm, CommissionForm, RegisterForm, TakeBackForm
from advisors.registering import certify, commission, register, take_back
from advisors.selectors import roster
from workflow.errors import DoorError


@require_http_methods(["GET", "POST"])
@guarded("advisor.register")
def register_advisor(request: HttpRequest) -> HttpResponse:
    """GET asks, with what is known of ``?person=``; POST registers and leads to the advisor's page."""
    if request.method != "POST":
        return _form_page(request, RegisterForm(initial=_known(request.GET.get("person", ""))))
    form = RegisterForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, 422)

    def work() -> str:
        made = register(
            form.cleaned_data["email"], form.registration(), actor=actor_of(request), now=timezone.now()
        )
        return made.get_absolute_url()

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _form_page(request, form, show_faults(form, error))
    messages.success(request, _("登録しました。打診の候補に入ります。"))
    return redirect(target)


def _known(person: str) -> dict[str, Any]:
    """The person's address, and the employer for whom they were invited."""
    if not (person.isascii() and person.isdigit() and len(person) < 18):
        return {}
    user = User.objects.filter(pk=int(person)).first()
    if user is None:
        return {}
    invited = Invitation.objects.filter(accepted_by=user).exclude(municipality=None).last()
    employer = invited.municipality_id if invited is not None else ""
    return {"email": user.email, "employer": employer, "section": user.section}


def _form_page(request: HttpRequest, form: RegisterForm, status: int = 200) -> HttpResponse:
    shown = {"form": form, "key": form_key(request)}
    return render(request, "advisors/register.html", shown, status=status)


#: The steps of an advisor's certificates and commissions, each with its form.
ACTS: dict[str, type[forms.Form]] = {
    "certify": CertificateForm,
    "commission": CommissionForm,
    "take-back-certificate": TakeBackForm,
    "take-back-commission": TakeBackForm,
}


@require_http_methods(["GET", "POST"])
@guarded("advisor.register")
def terms(request: HttpRequest, pk: int) -> HttpResponse:
    """The advisor's certificates and commissions; POST adds one or takes one back."""
    advisor = find(actor_of(request), "advisor.register", roster(), pk=pk)
    if request.method != "POST":
        return _terms_page(request, advisor)
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise Http404
    form = ACTS[act](request.POST)
    if not form.is_valid():
        return _terms_page(request, advisor, act, form, 422)

    def work() -> str:
        _perform(request, advisor, act, form)
        return request.path

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _terms_page(request, advisor, act, form, show_faults(form, error))
    messages.success(request, _("記録しました。"))
    return redirect(target)


def _perform(request: HttpRequest, advisor: Advisor, act: str, form: Any) -> None:
    common: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    if act == "certify":
        certify(advisor, form.cleaned_data["number"], form.certified, **common)
    elif act == "commission":
        commission(advisor, form.commissioned, **common)
    else:
        rows: Any = advisor.certifications if act == "take-back-certificate" else advisor.commissions
        number = request.POST.get("row", "")
        row = rows.filter(pk=number).first() if number.isdecimal() and len(number) < 18 else None
        if row is None:
            raise Http404(_("この認定や委嘱は、もう取り消されています。"))
        take_back(row, reason=form.cleaned_data["reason"], **common)


def _terms_page(
    request: HttpRequest, advisor: Advisor, act: str = "", form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    """A refused form comes back as it was typed, the others empty."""
    shown = {
        "advisor": advisor,
        "certificates": advisor.certifications.order_by("-valid_to", "-pk"),
        "commissions": advisor.commissions.order_by("-valid_to", "-pk"),
        "certify": form if act == "certify" else CertificateForm(),
        "commission": form if act == "commission" else CommissionForm(),
        "refused": form if act.startswith("take-back") else None,
        "act": act,
        "row": request.POST.get("row", ""),
        "today": timezone.localdate(),
    }
    return render(request, "advisors/terms.html", shown, status=status)
