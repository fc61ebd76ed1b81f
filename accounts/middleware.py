"""Every request gets ``request.actor``, once, before any view."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
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
            self._is_taken(request, response)
        return response

    def _is_taken(self, request: HttpRequest, response: HttpResponse) -> None:
        if held_forms.leads_to_sign_in(response["Location"]):
            return
        owner = drafts.owner_of(request)
        page, _space, rest = request.POST.get(drafts.FIELD, "").partition(" ")
        writing, _space, form = rest.partition(" ")
        if owner:
            held_forms.forget(request)
        if owner and writing:
            drafts.sent(owner, page=page, form=form, writing=writing, now=timezone.now())
        elif drafts.WRITING.fullmatch(writing):
            self._tell_browser(response, writing)

    @staticmethod
    def _tell_browser(response: HttpResponse, writing: str) -> None:
        """Nobody's drafts are in their browser alone: the next page's script reads there which one was taken."""
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(drafts.TAKEN, writing, max_age=drafts.TAKEN_LASTS, secure=secure, samesite="Lax")
