"""Signed links and the form that waited for a sign-in."""

from __future__ import annotations

from allauth.account.views import password_reset
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts import held_forms, limits, links
from accounts.access import public, signed_in
from accounts.models import SignedLink
from accounts.standings import actor_of_link
from workflow.errors import DoorError
from workflow.log import record
from workflow.transactions import atomic


@public
@never_cache
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what the link is about, POST acts as its addressee."""
    link = links.find(token)
    page = links.page_of(link.purpose) if link else None
    if link is None or page is None:
        return render(request, "links/closed.html", {"sentence": ""}, status=404)
    now = timezone.now()
    reading = request.method in ("GET", "HEAD") and links.still_shows(link, now)
    if (sentence := links.why_closed(link, now)) and not reading:
        return _closed(request, link, sentence)
    request.actor = actor_of_link(link)  # type: ignore[attr-defined]
    response = page(request, link, token)
    # Never "no-referrer": browsers then send "Origin: null" with the form, which no CSRF check lets through.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _closed(request: HttpRequest, link: SignedLink, sentence: str) -> HttpResponse:
    """Says why, and offers a new link where one makes sense: sent to the bound address, never to a typed one."""
    shown = {"sentence": sentence, "renewable": links.can_be_renewed(link), "address": link.address}
    if request.method != "POST" or "renew" not in request.POST:
        return render(request, "links/closed.html", shown, status=410)
    try:
        _renew(link)
    except DoorError as error:
        return render(request, "links/closed.html", {"sentence": str(error)}, status=error.status)
    return render(request, "links/renewed.html", shown)


@atomic
def _renew(link: SignedLink) -> None:
    now = timezone.now()
    links.renew(link, now)
    record("link.renewed", actor_of_link(link), stream=f"link:{link.pk}", context=link.scope, now=now)


@require_GET
@signed_in
def resume_form(request: HttpRequest) -> HttpResponse:
    return held_forms.resume(request)


@public
def reset_password(request: HttpRequest) -> HttpResponse:
    """The library's own page; asked for only so often, for one address and from one client."""
    if request.method == "POST":
        limits.count("reset-client", limits.client_of(request))
        limits.count("reset", request.POST.get("email", "").strip().casefold()[:254])
    answer: HttpResponse = password_reset(request)
    return answer
