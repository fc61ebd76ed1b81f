"""The gate of every page: each view names its action, or says that it is public."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.held_forms import ask_to_sign_in
from workflow.actors import Actor

M = TypeVar("M", bound=Model)
View = Callable[..., HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined, no-any-return]


def guarded(action: str) -> Callable[[View], View]:
    """A page for signed-in people to whom the table grants the action somewhere; objects are fetched with ``find``."""

    def decorate(view: View) -> View:
        @wraps(view)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            if not permissions.may_somewhere(actor_of(request), action):
                raise PermissionDenied(_("この画面を使う役割がありません。"))
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
        return view(request, *args, **kwargs)

    gate.action = "signed_in"  # type: ignore[attr-defined]
    return gate


def find(actor: Actor, action: str, queryset: QuerySet[M], **lookup: Any) -> M:
    """One object that the actor may see. A foreign one and a missing one give the same 404."""
    found = permissions.visible(actor, action, queryset.filter(**lookup)).distinct().first()
    if found is None:
        raise Http404(_("見つかりません。番号か、お使いのアカウントの役割をお確かめください。"))
    return found
