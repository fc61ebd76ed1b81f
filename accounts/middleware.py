"""Every request gets ``request.actor``, once, before any view."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import drafts, held_forms
from accounts.standings import actor_for
from workflow.actors import ANONYMOUS

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = actor_for(request.user) if request.user.is_authenticated else ANONYMOUS  # type: ignore[attr-defined]
        return self.get_response(request)


class SentFormMiddleware:
    """A form that was taken (its answer leads on) leaves no draft behind, and no form that waited for a sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and 300 <= response.status_code < 400 and request.content_type in FORMS:
            self._is_taken(request, response["Location"])
        return response

    def _is_taken(self, request: HttpRequest, target: str) -> None:
        owner = drafts.owner_of(request)
        if not owner or held_forms.leads_to_sign_in(target):
            return
        held_forms.forget(request)
        page, _space, rest = request.POST.get(drafts.FIELD, "").partition(" ")
        writing, _space, form = rest.partition(" ")
        if writing:
            drafts.sent(owner, page=page, form=form, writing=writing, now=timezone.now())
