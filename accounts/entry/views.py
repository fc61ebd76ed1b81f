"""The way in: asking for the first account of a town, and the office's list of requests."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts import limits, links
from accounts.access import actor_of, find, guarded, public
from accounts.entry import letters, people, selectors, services
from accounts.entry.forms import RegistrationForm
from accounts.entry.models import Registration, RegistrationState
from accounts.models import SignedLink
from workflow.doors import available
from workflow.errors import DoorError, TooMany

PAGE_SIZE = 50


@public
@never_cache
def register(request: HttpRequest) -> HttpResponse:
    """The same answer for every address: whether it has an account, its owner alone learns by mail."""
    if request.method != "POST":
        return render(request, "entry/register.html", {"form": RegistrationForm()})
    form = RegistrationForm(request.POST)
    if not form.is_valid():
        return render(request, "entry/register.html", {"form": form}, status=422)
    wanted = services.Wanted(**form.cleaned_data)
    try:
        limits.count("register-client", limits.client_of(request))
        limits.count("register", wanted.email.casefold())
    except TooMany as refusal:
        form.add_error(None, str(refusal))
        stopped = render(request, "entry/register.html", {"form": form}, status=refusal.status)
        stopped.headers["Retry-After"] = str(refusal.wait)
        return stopped
    services.request_account(wanted, now=timezone.now())
    request.session["registered"] = wanted.email
    return redirect("account_registered")


@public
@never_cache
def registered(request: HttpRequest) -> HttpResponse:
    """What happens next. The address is the visitor's own typing, kept in their session."""
    email = request.session.get("registered", "")
    if not email:
        return redirect("account_register")
    return render(request, "entry/registered.html", {"email": email, "days": links.LIFETIME.days})


@links.page(letters.CONFIRM_PURPOSE)
def confirm_link(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    """GET shows what is asked for, POST confirms the address."""
    pk = int(link.scope.partition(":")[2])
    rows = Registration.objects.select_related("municipality__prefecture")
    registration = find(actor_of(request), "registration.view", rows, pk=pk)
    shown: dict[str, Any] = {"registration": registration, "sentence": ""}
    if request.method != "POST":
        return render(request, "entry/confirm.html", shown)
    try:
        services.confirm_address(link, registration, actor=actor_of(request), now=timezone.now())
    except DoorError as error:
        shown["sentence"] = str(error)
        return render(request, "entry/confirm.html", shown, status=error.status)
    registration.refresh_from_db()
    user = people.account_of(registration.email)
    admitted = registration.state == RegistrationState.ADMITTED and user is not None
    shown["url"] = letters.way_in(user) if admitted and user else ""
    return render(request, "entry/confirmed.html", shown)


@guarded("registration.list")
def registration_list(request: HttpRequest) -> HttpResponse:
    """Who waits for the office's answer."""
    state = request.GET.get("state", "")
    listing = Paginator(selectors.registrations(state), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"listing": listing, "state": state, "states": RegistrationState.choices}
    return render(request, "entry/registrations.html", context)


@guarded("registration.list")
def registration_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: who, for which town, what supports it, and the answer."""
    actor = actor_of(request)
    rows = Registration.objects.select_related("municipality__prefecture", "membership")
    registration = find(actor, "registration.view", rows, pk=pk)
    context = {
        "registration": registration,
        "support": selectors.support(registration, timezone.localdate()),
        "actions": available(registration, actor),
    }
    return render(request, "entry/registration.html", context)
