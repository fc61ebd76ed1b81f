"""Who calls the API: a bearer token, or the page's own session."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request

from accounts.models import ApiToken
from accounts.standings import actor_for
from accounts.tokens import token_hash

SEEN_EVERY = timedelta(minutes=5)


class BearerTokenAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        now = timezone.now()
        row = ApiToken.objects.select_related("user").filter(token_hash=token_hash(token.strip())).first()
        if row is None or row.revoked_at or row.expires_at <= now or not row.user.is_active:
            raise exceptions.AuthenticationFailed(
                _("トークンが使えません。新しいトークンを発行してください。")
            )
        if not row.writes and request.method not in permissions.SAFE_METHODS:
            raise exceptions.PermissionDenied(_("このトークンは読むためだけのものです。"))
        if row.last_used_at is None or row.last_used_at < now - SEEN_EVERY:
            ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
        request._request.actor = actor_for(row.user)  # type: ignore[attr-defined]
        return row.user, row

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with CSRF checked; the middleware has set the actor."""


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerTokenAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
