"""What the pages' script says of forms that are being filled in."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import drafts, expiry, links
from accounts.access import body_of, public, signed_in
from workflow.errors import DoorError
from workflow.incoming import parse_json

page_of_forms = require_http_methods(["GET", "POST"])


@page_of_forms
@never_cache
@signed_in
def own(request: HttpRequest) -> HttpResponse:
    """The drafts of somebody's own pages."""
    return _answer(request, timezone.now() + drafts.KEPT)


@page_of_forms
@never_cache
@public
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The drafts of a page by signed link: for whoever holds it, while it opens."""
    link, now = links.find(token), timezone.now()
    if link is None or links.why_closed(link, now):
        raise Http404
    return _answer(request, min(link.expires_at, now + drafts.KEPT))


def _answer(request: HttpRequest, until: datetime) -> HttpResponse:
    """GET: the drafts of the page that is asked for. POST: keeps one, and says until when."""
    owner, now = drafts.owner_of(request), timezone.now()
    if request.method == "GET":
        rows = drafts.of_page(owner, request.GET.get("page", ""))
        told = [
            {"form": row.form, "values": row.values, "base": row.base, "at": _clock(row.saved_at)}
            for row in rows
        ]
        return JsonResponse({"drafts": told})
    try:
        drafts.keep(owner, drafts.read(parse_json(body_of(request), drafts.LIMITS)), now=now)
    except DoorError as refusal:
        return JsonResponse({"said": str(refusal)}, status=refusal.status)
    return JsonResponse({"at": _clock(now), "lasts": expiry.of_draft(request, now, until=until)})


def _clock(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.hour}:{local:%M}"
