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


def set_password(user: User) -> Mail:
    """A link to a password of one's own, whatever it was before."""
    shown = {"days": reset_days(), "url": set_password_url(user)}
    subject = _("%(days)d日以内に、パスワードを決めてください") % shown
    return Mail(user.email, subject, _("次のページでパスワードを決めてください。\n\n%(url)s\n") % shown)


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


INVITE_PURPOSE = "invitation"


def close_links(invitation: Any, now: datetime) -> None:
    """The mails that were sent no longer open anything."""
    links.revoke(purpose=INVITE_PURPOSE, scope=f"invitation:{invitation.pk}", now=now)


def invitation_mail(invitation: Any, now: datetime) -> Mail:
    """The link that opens an account for its addressee."""
    link, url = links.issue(
        purpose=INVITE_PURPOSE,
        role=invitation.role,
        scope=f"invitation:{invitation.pk}",
        address=invitation.email,
        name=invitation.name,
        now=now,
    )
    shown = {
        "day": day_of(link.expires_at),
        "who": invitation.inviter_name,
        "body": invitation.body_name,
        "role": invitation.get_role_display(),
        "url": url,
    }
    subject = _("%(day)sまでに、招待をお受けください(%(body)s)") % shown
    body = _(
        "%(who)sさんから、窓口BPRアドバイザー派遣への招待です(%(body)s、%(role)s)。\n"
        "次のページでお名前とパスワードを決めると、始められます。\n\n%(url)s\n\n"
        "このリンクは%(day)sまで、1回使えます。ほかの方に転送しないでください。\n"
    )
    return Mail(invitation.email, subject, body % shown)


def invite(invitation: Any, step: Step, event: Event) -> Iterator[Mail]:
    yield invitation_mail(invitation, step.now)


def invitation_ran_out(invitation: Any, step: Step, event: Event) -> Iterator[Mail]:
    """To whoever invited: send it again, or let it be."""
    inviter = invitation.invited_by
    if inviter is None or not inviter.is_active:
        return
    shown = {
        "who": invitation.name or invitation.email,
        "url": f"{settings.SITE_URL}{invitation.get_absolute_url()}",
    }
    subject = _("招待を送り直すか、取り消してください(%(who)sさん)") % shown
    body = _("%(who)sさんへの招待は、期限までに受けられませんでした。\n\n%(url)s\n")
    yield Mail(inviter.email, subject, body % shown)


def _handover_words(handover: Any) -> dict[str, str]:
    return {
        "town": handover.municipality.full_name,
        "role": handover.get_role_display(),
        "who": handover.leaver.name,
        "day": era_date(handover.effective_on, short=True),
        "url": f"{settings.SITE_URL}/",
    }


def successor_is_named(handover: Any) -> Iterator[Mail]:
    """To a successor who has an account: from when, and that nothing has to be done before."""
    if handover.successor is not None and handover.successor.is_active:
        shown = _handover_words(handover)
        subject = _("%(day)sから、%(town)sの仕事を引き継いでください(%(role)s)")
        body = _(
            "%(who)sさんの後任に決まりました。その日になると、仕事があなたのホームに移ります。\n\n%(url)s\n"
        )
        yield Mail(handover.successor.email, subject % shown, body % shown)


def work_has_moved(handover: Any, step: Step, event: Event) -> Iterator[Mail]:
    """To the successor alone: what is open is theirs from now on."""
    if handover.successor_id != step.actor.user_id:
        shown = _handover_words(handover)
        subject = _("今日から%(town)sの仕事を進めてください。%(who)sさんから引き継ぎました") % shown
        body = _("開いている仕事はホームに並んでいます。これまでの記録もそのまま読めます。\n\n%(url)s\n")
        yield Mail(handover.successor.email, subject, body % shown)


def successor_is_asked(person: User, town: str, url: str) -> Mail:
    shown = {"town": town, "url": f"{settings.SITE_URL}{url}", "who": person.name}
    subject = _("後任の方を教えてください(%(town)s)") % shown
    body = _(
        "%(who)sさん\n\n異動や担当替えのときは、次のページで後任の方を決めておくと、その日に仕事が移ります。\n\n%(url)s\n"
    )
    return Mail(person.email, subject, body % shown)
