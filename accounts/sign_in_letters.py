"""What the sign-in library writes to people, in our frame; and what people are told when their way in has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import letters
from accounts.letters import Letter, Reader
from accounts.models import User
from municipalities.dates import era_date
from workflow.outbox import Mail

RESET = "/accounts/password/reset/"
Text = Any

NEW_PASSWORD = "account.password_changed"  # noqa: S105  (the name of an event)
#: What has changed, by the library's name of its notice: the event, and the words of the letter.
CHANGES: dict[str, tuple[str, Text]] = {
    "account/email/password_changed": (NEW_PASSWORD, gettext_lazy("パスワードが変わりました")),
    "account/email/password_reset": (NEW_PASSWORD, gettext_lazy("パスワードが変わりました")),
    "account/email/password_set": (NEW_PASSWORD, gettext_lazy("パスワードが決まりました")),
    "mfa/email/totp_activated": (
        "account.second_factor_added",
        gettext_lazy("二要素認証が有効になりました"),
    ),
    "mfa/email/totp_deactivated": (
        "account.second_factor_removed",
        gettext_lazy("二要素認証が無効になりました"),
    ),
    "mfa/email/recovery_codes_generated": (
        "account.recovery_codes_made",
        gettext_lazy("二要素認証の回復コードが新しくなりました"),
    ),
}
ADDRESS_CHANGED = gettext_lazy("サインインのメールアドレスが変わりました")
TOKEN_ISSUED = gettext_lazy("APIトークンが発行されました")
OTHER_CHANGE = ("account.sign_in_changed", gettext_lazy("サインインの設定が変わりました"))


@letters.kind
def way_in_changed(user: User, what: Text, now: datetime, address: str = "") -> Mail:
    """To the person, at the address that was theirs: what changed and when. Whoever did it themselves needs nothing."""
    person = letters.reader(user)
    if address:
        person = Reader(address, person.name, person.body, person.section, person.language)

    def write(reader: Reader) -> Letter:
        local = timezone.localtime(now)
        shown = {"what": str(what), "when": f"{era_date(local.date(), short=True)} {local.hour}:{local:%M}"}
        return Letter(
            _("%(what)s(窓口BPRアドバイザー派遣)") % shown,
            _("%(what)s。%(when)sのことです。\nご自分で行ったことかどうか、お確かめください。") % shown,
            letters.site(RESET),
            _(
                "ご自分で行ったのなら、何もしなくてかまいません。お心当たりのないときは、"
                "すぐにページでパスワードを決め直し、事務局にお知らせください。"
            ),
            letters.account_number(user),
        )

    return letters.to([person], write)[0]


def from_library(template: str, address: str, context: Mapping[str, Any], user: User | None) -> Mail:
    """The letter for a mail that the library asks for by its template's name."""
    person = letters.reader(user) if user else letters.reader_at(address)
    reader = Reader(address, person.name, person.body, person.section, person.language)
    writer = _WRITERS.get(template)
    if writer is None:
        return letters.to([reader], lambda reader: _as_the_library_says(template, context, user))[0]
    return writer(reader, context, user)


Written = Callable[[Reader, Mapping[str, Any], User | None], Mail]


@letters.kind
def password_link(reader: Reader, context: Mapping[str, Any], user: User | None) -> Mail:
    def write(reader: Reader) -> Letter:
        days = {"days": int(settings.PASSWORD_RESET_TIMEOUT // 86400)}
        return Letter(
            _("パスワードを決めてください(このメールのリンクから)"),
            _("ページを開くと、新しいパスワードを決められます。リンクは一度だけ使えます。"),
            str(context["password_reset_url"]),
            _("お心当たりがないときは、このメールを捨ててください。パスワードは変わりません。"),
            _number(user),
            _("%(days)d日以内") % days,
        )

    return letters.to([reader], write)[0]


@letters.kind
def unknown_account(reader: Reader, context: Mapping[str, Any], user: User | None) -> Mail:
    def write(reader: Reader) -> Letter:
        text = _(
            "%(email)s でパスワードを決め直そうとされましたが、このメールアドレスのアカウントはありません。"
            "別のメールアドレスで登録していないか、お確かめください。アカウントが必要なときは、ページから申し込めます。"
        )
        return Letter(
            _("このメールアドレスのアカウントはありません"),
            text % {"email": reader.address},
            letters.site("/accounts/register/"),
            _("お心当たりがないときは、このメールを捨ててください。何も登録されません。"),
            _number(user),
        )

    return letters.to([reader], write)[0]


@letters.kind
def address_to_confirm(reader: Reader, context: Mapping[str, Any], user: User | None) -> Mail:
    def write(reader: Reader) -> Letter:
        return Letter(
            _("メールアドレスをご確認ください(このメールのリンクから)"),
            _("このメールアドレスがあなたのものであることを、ページで確かめてください。"),
            str(context["activate_url"]),
            _("お心当たりがないときは、このメールを捨ててください。何も変わりません。"),
            _number(user),
        )

    return letters.to([reader], write)[0]


_WRITERS: dict[str, Written] = {
    "account/email/password_reset_key": password_link,
    "account/email/unknown_account": unknown_account,
    "account/email/email_confirmation": address_to_confirm,
    "account/email/email_confirmation_signup": address_to_confirm,
}


def _as_the_library_says(template: str, context: Mapping[str, Any], user: User | None) -> Letter:
    """What the library may send one day and we have no words for: its own, in our frame."""
    return Letter(
        render_to_string(f"{template}_subject.txt", dict(context)).strip(),
        render_to_string(f"{template}_message.txt", dict(context)).strip(),
        letters.site("/accounts/login/"),
        _("お心当たりがないときは、事務局にお知らせください。"),
        _number(user),
    )


def _number(user: User | None) -> str:
    return letters.account_number(user) if user else ""
