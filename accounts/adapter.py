"""How sign-in differs from the library's defaults: nobody signs up by themselves, and no mail goes past the outbox."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import limits, sign_ins


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library ships no types
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _(
            "違うパスワードが続いたため、サインインを止めています。5分たってから、もう一度お試しください。"
        )
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whom the library's limits by address are about."""
        return limits.client_of(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Somebody without an account is told so once a day, however often their address is typed."""
        if template_prefix.endswith("unknown_account") and not limits.is_within(
            "reset-unknown", email.casefold()
        ):
            return
        sign_ins.post(template_prefix, email, context)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        sign_ins.changed(template_prefix, user, email or "")

    def post_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **options)
        sign_ins.signed_in(user)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        sign_ins.failed(str(credentials.get("email") or ""))
