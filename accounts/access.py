"""The gate of every page: each view names its action, or says that it is public."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import limits, permissions
from accounts.held_forms import ask_to_sign_in
from accounts.middleware import FORMS
from workflow import authority
from workflow.actors import Actor

M = TypeVar("M", bound=Model)
View = Callable[..., HttpResponse]
NOTED_FOR = 3600


def actor_of(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined, no-any-return]


def body_of(request: HttpRequest) -> bytes:
    """The body for a page that takes no form; a form that is sent there all the same has none."""
    return b"" if request.content_type in FORMS else request.body


def guarded(action: str) -> Callable[[View], View]:
    """A page for signed-in people to whom the table grants the action somewhere; objects are fetched with ``find``."""

    def decorate(view: View) -> View:
        @wraps(view)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            if not permissions.may_somewhere(actor_of(request), action):
                _note_refusal(actor_of(request), action, "")
                raise PermissionDenied(_("この画面を使う役割がありません。"))
            limits.of_request(request, actor_of(request))
            return view(request, *args, **kwargs)

        gate.action = action  # type: ignore[attr-defined]
        return gate

    return decorate


def public(view: View) -> View:
    """A page that reads without sign-in."""
    view.action = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """A page for anybody who is signed in: it shows only what is theirs."""

    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        limits.of_request(request, actor_of(request))
        return view(request, *args, **kwargs)

    gate.action = "signed_in"  # type: ignore[attr-defined]
    return gate


def _note_refusal(actor: Actor, action: str, on: str) -> None:
    """A refused page stands in the log once an hour for each person and object, however often it is asked for."""
    key = hashlib.sha256(f"{actor.key} {action} {on}".encode()).hexdigest()
    if cache.add(f"refused:{key}", True, NOTED_FOR):
        authority.log_refusal(actor, action, on)


def find(actor: Actor, action: str, queryset: QuerySet[M], **lookup: Any) -> M:
    """One object that the actor may see. A foreign one and a missing one give the same 404."""
    asked = queryset.filter(**lookup)
    found = permissions.visible(actor, action, asked).distinct().first()
    if found is None:
        if (foreign := asked.first()) is not None:
            _note_refusal(actor, action, authority.named(action, foreign))
        raise Http404(_("見つかりません。番号か、お使いのアカウントの役割をお確かめください。"))
    return found
