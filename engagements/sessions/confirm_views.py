"""The record by the link that came with it: read, confirmed or sent back without signing in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import links, permissions
from accounts.access import actor_of
from accounts.models import SignedLink
from engagements.sessions import letters, selectors, services
from workflow.errors import BadInput, DoorError

DEEDS = {"confirm": (), "send_back": ("reason",)}


@links.page(letters.CONFIRM_PURPOSE, after_use=True)
def by_link(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    """GET only shows; POST confirms or sends back, and uses the link up in one transaction."""
    pk = link.scope.partition(":")[2]
    rows = selectors.complete().select_related("engagement__municipality")
    session = permissions.visible(actor_of(request), "session.view", rows).filter(pk=pk).first()
    if session is None:
        return render(request, "links/closed.html", {"sentence": ""}, status=404)
    if request.method != "POST":
        return _show(request, session, link)
    name = request.POST.get("do", "")
    if name not in DEEDS:
        return _show(request, session, link)
    said = {field: request.POST.get(field, "") for field in DEEDS[name]}
    try:
        services.answer_by_link(session, link, name, actor=actor_of(request), now=timezone.now(), **said)
    except DoorError as error:
        return _show(request, rows.get(pk=pk), link, error)
    return _show(request, rows.get(pk=pk), link, done=name)


def _show(
    request: HttpRequest, session: Any, link: SignedLink, error: DoorError | None = None, done: str = ""
) -> HttpResponse:
    faults = error.fields if isinstance(error, BadInput) else {}
    waits = session.state == "logged" and link.version == letters.record_version(session)
    context = {
        "session": session,
        "engagement": session.engagement,
        "link": link,
        "may_answer": waits and not link.used_at and not done,
        "silent_until": letters.silent_until(session) if waits else None,
        "due": letters.confirm_due(session) if waits else None,
        "done": done,
        "guests": session.guests.select_related("municipality__prefecture"),
        "faults": faults.get("reason", []),
        "reason": request.POST.get("reason", ""),
        "sentence": str(error) if error and not isinstance(error, BadInput) else "",
    }
    return render(request, "sessions/confirm.html", context, status=error.status if error else 200)
