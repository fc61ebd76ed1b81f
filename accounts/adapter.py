"""How sign-in differs from the library's defaults: nobody signs up by themselves."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library ships no types
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _(
            "違うパスワードが続いたため、サインインを止めています。5分たってから、もう一度お試しください。"
        )
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
