"""What people on their way in are written: one mail a person an event, its subject saying what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from accounts.entry import people
from accounts.models import Membership, Role, User
from accounts.services import set_password_url
from municipalities.dates import era_date
from workflow.doors import Step
from workflow.models import Event
from workflow.outbox import Mail

CONFIRM_PURPOSE = "register-confirm"
SIGN_IN = "/accounts/login/"


def day_of(moment: datetime) -> str:
    return era_date(timezone.localdate(moment), short=True)


def _office(on: date) -> list[str]:
    held = Membership.objects.filter(
        Membership.in_force(on), role=Role.SECRETARIAT, user__is_active=True
    ).values_list("user__email", flat=True)
    return sorted(set(held))


def to_confirm(registration: Any, now: datetime) -> Mail:
    """The link that proves that the address is the writer's; an older one stops working."""
    link, url = links.issue(
        purpose=CONFIRM_PURPOSE,
        role=registration.role,
        scope=f"registration:{registration.pk}",
        address=registration.email,
        name=registration.name,
        now=now,
    )
    shown = {"day": day_of(link.expires_at), "town": registration.municipality.full_name, "url": url}
    subject = _("%(day)sまでに、メールアドレスをご確認ください(窓口BPRアドバイザー派遣)") % shown
    body = _(
        "%(town)sの方として、アカウントの申込みを受け付けました。\n"
        "次のページで「このアドレスで登録を申し込む」を押してください。\n\n%(url)s\n\n"
        "お心当たりのないときは、このメールを捨ててください。何も登録されません。\n"
    )
    return Mail(registration.email, subject, body % shown)


def has_account(user: User) -> Mail:
    """Told to the owner of the address alone: the page says the same to everybody."""
    shown = {
        "sign_in": f"{settings.SITE_URL}{SIGN_IN}",
        "reset": f"{settings.SITE_URL}/accounts/password/reset/",
    }
    subject = _("サインインしてください。このアドレスのアカウントはもうあります")
    body = _(
        "アカウントの申込みがありましたが、このアドレスのアカウントはもうあります。\n\n"
        "サインイン: %(sign_in)s\nパスワードを決め直す: %(reset)s\n\n"
        "町や役割が変わったときは、事務局にお知らせください。\n"
        "お心当たりのないときは、何もしなくてかまいません。\n"
    )
    return Mail(user.email, subject, body % shown)


def office_checks(registration: Any, step: Step, event: Event) -> Iterator[Mail]:
    """To the office, unless the domain vouches: then nobody has to do anything."""
    if registration.trusted:
        return
    shown = {
        "town": registration.municipality.full_name,
        "url": f"{settings.SITE_URL}{registration.get_absolute_url()}",
    }
    subject = _("登録の申込みを確認してください(%(town)s)") % shown
    body = _(
        "%(town)sの方から、アカウントの申込みがありました。\n認めるか断るかを決めてください。\n\n%(url)s\n"
    )
    for address in _office(step.today()):
        yield Mail(address, subject, body % shown)


def way_in(user: User) -> str:
    """Where this person goes on: to a password of their own, or to the sign-in."""
    return f"{settings.SITE_URL}{SIGN_IN}" if user.has_usable_password() else set_password_url(user)


def welcome(registration: Any, step: Step, event: Event) -> Iterator[Mail]:
    user = people.account_of(registration.email)
    if user is None:
        return
    shown = {"town": registration.municipality.full_name, "url": way_in(user), "days": reset_days()}
    if user.has_usable_password():
        subject = _("サインインしてください。%(town)sの役割が加わりました") % shown
        yield Mail(user.email, subject, _("次のページからお入りください。\n\n%(url)s\n") % shown)
        return
    subject = _("%(days)d日以内に、パスワードを決めてください(%(town)s)") % shown
    body = _(
        "登録が認められました。次のページでパスワードを決めると、すぐに使えます。\n\n%(url)s\n\n"
        "期限が過ぎたら、サインインの画面の「パスワードを決め直す」から新しいリンクを送れます。\n"
    )
    yield Mail(user.email, subject, body % shown)


def reset_days() -> int:
    return int(settings.PASSWORD_RESET_TIMEOUT // 86400)


def refused(registration: Any, step: Step, event: Event) -> Iterator[Mail]:
    shown = {"town": registration.municipality.full_name, "reason": step.data["reason"]}
    subject = _("理由をご覧ください。登録をお受けできませんでした(%(town)s)") % shown
    body = _(
        "アカウントの申込みをお受けできませんでした。\n\n理由: %(reason)s\n\n"
        "事情が違うときは、このメールに返信してお知らせください。\n"
    )
    yield Mail(registration.email, subject, body % shown)
