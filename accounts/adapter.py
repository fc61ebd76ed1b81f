"""How sign-in differs from the library's defaults: nobody signs up by themselves."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import limits


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
        super().send_mail(template_prefix, email, context)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
