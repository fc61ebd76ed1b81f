"""What people on their way in are written: one mail a person an event, its subject saying what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import letters, links
from accounts.entry import people
from accounts.letters import Letter, Reader
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


def _letter(number: str, subject: str, text: str, link: str, otherwise: str, *, due: str = "") -> Letter:
    return Letter(subject, text, link, otherwise, number, due)


def _number(registration: Any) -> str:
    return _("登録の申込み %(pk)d") % {"pk": registration.pk}


def _asker(registration: Any) -> Reader:
    return letters.reader_at(
        registration.email,
        name=registration.name,
        body=registration.municipality.full_name,
        section=registration.section,
    )


def _mail(reader: Reader, write: Callable[[Reader], Letter]) -> Mail:
    return letters.to([reader], write)[0]


@letters.kind
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

    def write(reader: Reader) -> Letter:
        shown = {"day": day_of(link.expires_at), "town": registration.municipality.full_name}
        subject = _("%(day)sまでに、メールアドレスをご確認ください(窓口BPRアドバイザー派遣)") % shown
        text = _(
            "%(town)sの方として、アカウントの申込みを受け付けました。\n"
            "ページで「このアドレスで登録を申し込む」を押してください。"
        )
        otherwise = _("押さないときや、お心当たりのないときは、何も登録されません。")
        return _letter(_number(registration), subject, text % shown, url, otherwise, due=shown["day"])

    return _mail(_asker(registration), write)


@letters.kind
def has_account(user: User) -> Mail:
    """Told to the owner of the address alone: the page says the same to everybody."""

    def write(reader: Reader) -> Letter:
        subject = _("サインインしてください。このアドレスのアカウントはもうあります")
        text = _(
            "アカウントの申込みがありましたが、このアドレスのアカウントはもうあります。\n"
            "パスワードを決め直す: %(reset)s\n\n町や役割が変わったときは、事務局にお知らせください。"
        ) % {"reset": letters.site("/accounts/password/reset/")}
        otherwise = _("お心当たりのないときは、何もしなくてかまいません。")
        return _letter(letters.account_number(user), subject, text, letters.site(SIGN_IN), otherwise)

    return _mail(letters.reader(user), write)


@letters.kind
def office_checks(registration: Any, step: Step, event: Event) -> list[Mail]:
    """To the office, unless the domain vouches: then nobody has to do anything."""
    if registration.trusted:
        return []

    def write(reader: Reader) -> Letter:
        shown = {"town": registration.municipality.full_name}
        subject = _("登録の申込みを確認してください(%(town)s)") % shown
        text = (
            _("%(town)sの方から、アカウントの申込みがありました。\n認めるか断るかを決めてください。") % shown
        )
        page = letters.site(registration.get_absolute_url())
        otherwise = _("決めるまで、申し込んだ方は何も使えません。")
        return _letter(_number(registration), subject, text, page, otherwise)

    held = Membership.objects.filter(Membership.in_force(step.today()), role=Role.SECRETARIAT)
    office = User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("email")
    return letters.to(letters.readers(office), write)


def way_in(user: User) -> str:
    """Where this person goes on: to a password of their own, or to the sign-in."""
    return letters.site(SIGN_IN) if user.has_usable_password() else set_password_url(user)


@letters.kind
def set_password(user: User) -> Mail:
    """A link to a password of one's own, whatever it was before."""

    def write(reader: Reader) -> Letter:
        shown = {"days": reset_days()}
        return _letter(
            letters.account_number(user),
            _("%(days)d日以内に、パスワードを決めてください") % shown,
            _("事務局からの、パスワードを決めるためのリンクです。"),
            set_password_url(user),
            _("期限が過ぎたら、サインインの画面の「パスワードを決め直す」から新しいリンクを送れます。"),
            due=_("%(days)d日以内") % shown,
        )

    return _mail(letters.reader(user), write)


@letters.kind
def welcome(registration: Any, step: Step, event: Event) -> list[Mail]:
    user = people.account_of(registration.email)
    if user is None:
        return []

    def write(reader: Reader) -> Letter:
        shown = {"town": registration.municipality.full_name, "days": reset_days()}
        number, page = _number(registration), way_in(user)
        if user.has_usable_password():
            subject = _("サインインしてください。%(town)sの役割が加わりました") % shown
            text = _("登録が認められました。いままでのアカウントでお入りください。")
            return _letter(number, subject, text, page, _("お返事は要りません。いつでもお入りになれます。"))
        subject = _("%(days)d日以内に、パスワードを決めてください(%(town)s)") % shown
        text = _("登録が認められました。ページでパスワードを決めると、すぐに使えます。")
        otherwise = _(
            "期限が過ぎたら、サインインの画面の「パスワードを決め直す」から新しいリンクを送れます。"
        )
        return _letter(number, subject, text, page, otherwise, due=_("%(days)d日以内") % shown)

    return [_mail(letters.reader(user), write)]


def reset_days() -> int:
    return int(settings.PASSWORD_RESET_TIMEOUT // 86400)


@letters.kind
def refused(registration: Any, step: Step, event: Event) -> list[Mail]:
    def write(reader: Reader) -> Letter:
        shown = {"town": registration.municipality.full_name, "reason": step.data["reason"]}
        subject = _("理由をご覧ください。登録をお受けできませんでした(%(town)s)") % shown
        text = _("アカウントの申込みをお受けできませんでした。\n\n理由: %(reason)s") % shown
        otherwise = _(
            "事情が違うときは、このメールに返信してお知らせください。お返事がなければ、このまま終わります。"
        )
        page = letters.site("/accounts/register/")
        return _letter(_number(registration), subject, text, page, otherwise)

    return [_mail(_asker(registration), write)]


INVITE_PURPOSE = "invitation"


def close_links(invitation: Any, now: datetime) -> None:
    """The mails that were sent no longer open anything."""
    links.revoke(purpose=INVITE_PURPOSE, scope=f"invitation:{invitation.pk}", now=now)


def _invitation_number(invitation: Any) -> str:
    return _("招待 %(pk)d") % {"pk": invitation.pk}


@letters.kind
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

    def write(reader: Reader) -> Letter:
        shown = {
            "day": day_of(link.expires_at),
            "who": invitation.inviter_name,
            "body": invitation.body_name,
            "role": invitation.get_role_display(),
        }
        subject = _("%(day)sまでに、招待をお受けください(%(body)s)") % shown
        text = _(
            "%(who)sさんから、窓口BPRアドバイザー派遣への招待です(%(body)s、%(role)s)。\n"
            "ページでお名前とパスワードを決めると、始められます。\n"
            "リンクは%(day)sまで、1回使えます。ほかの方に転送しないでください。"
        )
        otherwise = _("お受けにならないときは、何も登録されません。")
        number = _invitation_number(invitation)
        return _letter(number, subject, text % shown, url, otherwise, due=shown["day"])

    invited = letters.reader_at(
        invitation.email,
        name=invitation.name,
        body=invitation.municipality.full_name if invitation.municipality else "",
        section=invitation.section,
    )
    return _mail(invited, write)


@letters.kind
def invite(invitation: Any, step: Step, event: Event) -> list[Mail]:
    return [invitation_mail(invitation, step.now)]


@letters.kind
def invitation_ran_out(invitation: Any, step: Step, event: Event) -> list[Mail]:
    """To whoever invited: send it again, or let it be."""
    inviter = invitation.invited_by
    if inviter is None or not inviter.is_active:
        return []

    def write(reader: Reader) -> Letter:
        shown = {"who": invitation.name or invitation.email}
        subject = _("招待を送り直すか、取り消してください(%(who)sさん)") % shown
        text = _("%(who)sさんへの招待は、期限までに受けられませんでした。") % shown
        page = letters.site(invitation.get_absolute_url())
        otherwise = _("何もしないと、招待は終わったままです。")
        return _letter(_invitation_number(invitation), subject, text, page, otherwise)

    return [_mail(letters.reader(inviter), write)]


def _handover_words(handover: Any) -> dict[str, str]:
    return {
        "town": handover.municipality.full_name,
        "role": handover.get_role_display(),
        "who": handover.leaver.name,
        "day": era_date(handover.effective_on, short=True),
    }


def _handover_number(handover: Any) -> str:
    return _("引き継ぎ %(pk)d") % {"pk": handover.pk}


@letters.kind
def successor_is_named(handover: Any) -> list[Mail]:
    """To a successor who has an account: from when, and that nothing has to be done before."""
    if handover.successor is None or not handover.successor.is_active:
        return []

    def write(reader: Reader) -> Letter:
        shown = _handover_words(handover)
        subject = _("%(day)sから、%(town)sの仕事を引き継いでください(%(role)s)") % shown
        text = _("%(who)sさんの後任に決まりました。その日になると、仕事があなたのホームに移ります。") % shown
        otherwise = (
            _("それまで行うことはありません。引き継げないときは、%(who)sさんか事務局にお知らせください。")
            % shown
        )
        number = _handover_number(handover)
        return _letter(number, subject, text, letters.site("/"), otherwise, due=shown["day"])

    return [_mail(letters.reader(handover.successor), write)]


@letters.kind
def work_has_moved(handover: Any, step: Step, event: Event) -> list[Mail]:
    """To the successor alone: what is open is theirs from now on."""
    if handover.successor_id == step.actor.user_id:
        return []

    def write(reader: Reader) -> Letter:
        shown = _handover_words(handover)
        subject = _("今日から%(town)sの仕事を進めてください。%(who)sさんから引き継ぎました") % shown
        text = _("開いている仕事はホームに並んでいます。これまでの記録もそのまま読めます。")
        otherwise = _("期限は引き継ぐ前のままです。仕事ごとの期限をホームでご確認ください。")
        return _letter(_handover_number(handover), subject, text, letters.site("/"), otherwise)

    return [_mail(letters.reader(handover.successor), write)]


@letters.kind
def successor_is_asked(person: User, town: str, url: str) -> Mail:
    def write(reader: Reader) -> Letter:
        subject = _("後任の方を教えてください(%(town)s)") % {"town": town}
        text = _("異動や担当替えのときは、ページで後任の方を決めておくと、その日に仕事が移ります。")
        otherwise = _("決めないうちは、仕事はあなたのままです。異動のないときは、何もしなくてかまいません。")
        return _letter(letters.account_number(person), subject, text, letters.site(url), otherwise)

    return _mail(letters.reader(person), write)
