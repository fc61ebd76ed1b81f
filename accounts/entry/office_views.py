"""The office's pages: accounts, trusted domains, April."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import permissions
from accounts.access import actor_of, guarded
from accounts.entry import inviting, office
from accounts.entry.forms import MunicipalityField
from accounts.entry.models import TrustedDomain
from accounts.entry.sheets import COLUMNS
from accounts.entry.town_views import show_faults
from accounts.fields import DayField
from accounts.models import Membership, Role, User
from accounts.sheets import answer, wants_sheet
from accounts.transitions import new_form_key, once_per_form
from workflow.actors import Actor
from workflow.errors import DoorError
from workflow.models import Event

PAGE_SIZE = 50


def _day(label: Any, *, required: bool = True) -> forms.DateField:
    return DayField(
        label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _reason() -> forms.CharField:
    return forms.CharField(label=gettext_lazy("理由"), max_length=500)


class GiveRoleForm(forms.Form):
    use_required_attribute = False

    role = forms.ChoiceField(label=gettext_lazy("役割"))
    municipality = MunicipalityField(required=False)
    section = forms.CharField(label=gettext_lazy("課"), max_length=120, required=False)
    valid_from = _day(gettext_lazy("始まりの日"))
    valid_to = _day(gettext_lazy("終わりの日"), required=False)
    reason = _reason()

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = inviting.roles_to_give(actor)  # type: ignore[attr-defined]


class EndRoleForm(forms.Form):
    use_required_attribute = False

    held = forms.ChoiceField(label=gettext_lazy("終える役割"))
    last_day = _day(gettext_lazy("最後の日"))
    reason = _reason()

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = user.memberships.exclude(valid_to__lt=timezone.localdate()).select_related(
            "municipality__prefecture"
        )
        self.fields["held"].choices = [(str(row.pk), _named(row)) for row in rows]  # type: ignore[attr-defined]


def _named(held: Membership) -> str:
    town = f" {held.municipality.full_name}" if held.municipality else ""
    return f"{held.get_role_display()}{town} {held.section}".strip()


class ReasonForm(forms.Form):
    use_required_attribute = False

    reason = _reason()


class AddressForm(forms.Form):
    use_required_attribute = False

    email = forms.EmailField(label=gettext_lazy("新しいメールアドレス"), max_length=254)
    reason = _reason()


@guarded("account.list")
def account_list(request: HttpRequest) -> HttpResponse:
    """Everybody with an account."""
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "role")}
    rows = office.accounts(asked["q"], asked["role"], timezone.localdate())
    if wants_sheet(request):
        return answer(request, _("アカウント一覧"), COLUMNS, rows)
    context = {
        "listing": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "asked": asked,
        "roles": Role.choices,
        "may": permissions.allows(actor_of(request), "account.manage", None),
    }
    return render(request, "entry/accounts.html", context)


ACTS = ("give", "end", "stop", "restart", "password", "address")


def _forms(user: User, actor: Actor, act: str = "", data: Any = None) -> dict[str, forms.Form]:
    def of(name: str) -> Any:
        return data if name == act else None

    today = timezone.localdate()
    return {
        "give": GiveRoleForm(of("give"), actor=actor, initial={"valid_from": today}, prefix="give"),
        "end": EndRoleForm(of("end"), user=user, initial={"last_day": today}, prefix="end"),
        "stop": ReasonForm(of("stop"), prefix="stop"),
        "restart": ReasonForm(of("restart"), prefix="restart"),
        "password": forms.Form(of("password")),
        "address": AddressForm(of("address"), prefix="address"),
    }


def _account_page(
    request: HttpRequest, user: User, found: dict[str, forms.Form], status: int = 200
) -> HttpResponse:
    events = Event.objects.filter(stream=f"account:{user.pk}").select_related("personal").order_by("-pk")[:20]
    context = {
        "person": user,
        "roles": user.memberships.select_related("municipality__prefecture").order_by("-valid_from", "-pk"),
        "today": timezone.localdate(),
        "forms": found,
        "events": events,
        "key": new_form_key(),
        "may": permissions.allows(actor_of(request), "account.manage", None),
        "may_register": permissions.allows(actor_of(request), "advisor.register", None),
    }
    return render(request, "entry/account.html", context, status=status)


@guarded("account.list")
def account_page(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    return _account_page(request, user, _forms(user, actor_of(request)))


@guarded("account.manage")
def account_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """One step with an account; refused, its form comes back as it was typed."""
    user = get_object_or_404(User, pk=pk)
    if act not in ACTS:
        raise Http404
    if request.method != "POST":
        return redirect("account", pk)
    found = _forms(user, actor_of(request), act, request.POST)
    form = found[act]
    if not form.is_valid():
        return _account_page(request, user, found, 422)

    def work() -> str:
        _perform(request, user, act, form.cleaned_data)
        return f"/accounts/people/{pk}/"

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _account_page(request, user, found, show_faults(form, error))
    messages.success(request, _("記録しました。"))
    return redirect(target)


def _perform(request: HttpRequest, user: User, act: str, values: dict[str, Any]) -> None:
    common: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    if act == "end":
        held = get_object_or_404(Membership, pk=values.pop("held"), user=user)
        office.end_role(held, **values, **common)
        return
    service: Any = {
        "give": office.give_role,
        "stop": office.stop,
        "restart": office.restart,
        "password": office.send_password_link,
        "address": office.change_address,
    }[act]
    service(user, **values, **common)


class DomainForm(forms.Form):
    use_required_attribute = False

    municipality = MunicipalityField()
    domain = forms.CharField(
        label=gettext_lazy("メールのドメイン"),
        max_length=200,
        help_text=gettext_lazy("@より後ろ。県などと共用のドメインは、団体ごとに登録できます。"),
    )


@guarded("account.list")
def domains(request: HttpRequest) -> HttpResponse:
    """The domains that let their people pass at once; POST adds one, or removes one with a reason."""
    actor, form = actor_of(request), DomainForm()
    if request.method != "POST":
        return _domains_page(request, form)
    common: dict[str, Any] = {"actor": actor, "now": timezone.now()}
    form = DomainForm(request.POST)
    try:
        if pk := request.POST.get("remove", ""):
            form = DomainForm()
            row = get_object_or_404(TrustedDomain, pk=int(pk) if pk.isdecimal() else 0)
            office.distrust(row, reason=request.POST.get("reason", ""), **common)
        elif form.is_valid():
            office.trust(form.cleaned_data["municipality"], form.cleaned_data["domain"], **common)
        else:
            return _domains_page(request, form, 422)
    except DoorError as error:
        if form.is_bound:
            return _domains_page(request, form, show_faults(form, error))
        return _domains_page(request, form, error.status, str(error))
    messages.success(request, _("記録しました。"))
    return redirect("trusted-domains")


def _domains_page(
    request: HttpRequest, form: DomainForm, status: int = 200, sentence: str = ""
) -> HttpResponse:
    rows = TrustedDomain.objects.filter(removed_at=None).select_related("municipality__prefecture")
    context = {
        "listing": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
        "sentence": sentence,
        "may": permissions.allows(actor_of(request), "account.trust", None),
    }
    return render(request, "entry/domains.html", context, status=status)


@guarded("account.list")
def april(request: HttpRequest) -> HttpResponse:
    """Towns whose contact has no successor, accounts whose roles are over, handovers to come; one action for many."""
    today, sentence = timezone.localdate(), ""
    if request.method == "POST":
        try:
            count = _for_many(request)
        except DoorError as error:
            sentence = str(error)
        else:
            messages.success(request, _("%(count)d人について記録しました。") % {"count": count})
            return redirect("april")
    rows = Paginator(office.without_successor(today), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "listing": rows,
        "over": office.without_role(today)[:200],
        "handovers": office.waiting_handovers()[:200],
        "sentence": sentence,
        "may": permissions.allows(actor_of(request), "account.manage", None),
        "may_hand_over": permissions.may_somewhere(actor_of(request), "handover.plan"),
    }
    return render(request, "entry/april.html", context, status=422 if sentence else 200)


def _for_many(request: HttpRequest) -> int:
    chosen = [int(pk) for pk in request.POST.getlist("pk") if pk.isdecimal() and len(pk) < 18]
    today = timezone.localdate()
    common: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    if request.POST.get("act") == "ask":
        return office.ask_for_successors(office.without_successor(today).filter(pk__in=chosen), **common)
    users = office.without_role(today).filter(pk__in=chosen)
    return office.stop_many(users, reason=request.POST.get("reason", ""), **common)
