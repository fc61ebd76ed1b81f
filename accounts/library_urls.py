"""The sign-in library's addresses, each one decided: what is not named here as open answers 404.

An address of a person is changed by the office alone: it is what a mail domain vouches for, and
what the library would let people make primary would vouch for an approver anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.urls import urlpatterns as library
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext as _

from accounts.access import public

OPEN = frozenset(
    {
        *("account_login", "account_logout", "account_inactive", "account_reauthenticate"),
        "account_signup",  # says that the office makes accounts
        *("account_change_password", "account_set_password"),
        *("account_reset_password", "account_reset_password_done"),
        *("account_reset_password_from_key", "account_reset_password_from_key_done"),
        *("mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp"),
        *("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"),
    }
)
#: The library asks for these names; nobody has a use for the pages.
CLOSED = frozenset(
    {
        "account_email",  # adds addresses, makes any of them primary
        *("account_email_verification_sent", "account_confirm_email"),  # only after the page above
        "account_confirm_login_code",  # signing in by a code in a mail is not offered
    }
)


@public
def closed(request: HttpRequest, **arguments: Any) -> HttpResponse:
    raise Http404(_("このページはありません。メールアドレスを変えるときは、事務局にお知らせください。"))


def _decided(patterns: list[Any]) -> Iterator[URLPattern | URLResolver]:
    for item in patterns:
        if isinstance(item, URLResolver):
            inner = list(_decided(item.url_patterns))
            yield URLResolver(item.pattern, inner, item.default_kwargs)
        elif item.name in OPEN:
            yield item
        else:
            yield URLPattern(item.pattern, closed, item.default_args, item.name)


urlpatterns = list(_decided(library))
