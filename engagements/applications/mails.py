"""The messages of this room: one a person an event, for what waits on that person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from engagements.applications import people
from municipalities.dates import era_date
from workflow.doors import Step
from workflow.models import Event
from workflow.outbox import Mail


def _day(moment: datetime) -> str:
    return era_date(timezone.localdate(moment), short=True)


def _words(application: Any, **more: str) -> dict[str, str]:
    return {
        "town": application.municipality_name,
        "number": application.reference,
        "url": f"{settings.SITE_URL}{application.get_absolute_url()}",
        **more,
    }


def _to_contacts(application: Any, step: Step, subject: str, body: str) -> Iterable[Mail]:
    return [
        Mail(address, subject, body)
        for address in people.contact_addresses(application, on=timezone.localdate(step.now))
    ]


def to_office(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The office's turn: an application came in."""
    due = application.received_at + timedelta(days=application.call.programme.review_days)
    words = _words(application, day=_day(due), received=_day(application.received_at))
    body = _(
        "%(town)sから申込(%(number)s)が届きました。受付は%(received)sです。\n%(day)sまでに確認してください。\n\n%(url)s\n"
    )
    if not people.approver_is_known(application, on=timezone.localdate(step.now)):
        body += _("\n承認する方のメールが町のものと違います。確かめると、承認のリンクが送られます。\n")
    subject = _("%(day)sまでに、申込を確認してください(%(town)s)") % words
    office = people.office_addresses(on=timezone.localdate(step.now))
    return [Mail(address, subject, body % words) for address in office]


def consented(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The office's turn again: nothing stands in the way of a decision any more."""
    due = application.received_at + timedelta(days=application.call.programme.review_days)
    words = _words(application, day=_day(due))
    body = _(
        "%(town)sの申込(%(number)s)を、町の承認する方が承認しました。\n%(day)sまでに受理するか決めてください。\n\n%(url)s\n"
    )
    subject = _("%(day)sまでに、承認された申込の受理を決めてください(%(town)s)") % words
    office = people.office_addresses(on=timezone.localdate(step.now))
    return [Mail(address, subject, body % words) for address in office]


def to_approver(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The approver's link to the very PDF; nothing before it exists or while the address is not confirmed."""
    if not application.issued_hash or not people.approver_is_known(
        application, on=timezone.localdate(step.now)
    ):
        return []
    link, url = links.issue(
        purpose="consent",
        role="approver",
        scope=f"application:{application.pk}",
        address=application.approver_email,
        name=application.approver_name,
        version=application.issued_hash,
        now=step.now,
    )
    words = _words(application, day=_day(link.expires_at), link=url, contact=application.contact_name)
    subject = _("%(day)sまでに、申込の承認をお願いします(%(town)s)") % words
    body = _(
        "%(contact)sさんが、窓口BPRアドバイザー派遣の申込(%(number)s)を提出しました。\n"
        "申込書を読んで、「承認する」か「差し戻す」を選んでください。アカウントは要りません。\n\n"
        "%(link)s\n\nこのリンクは%(day)sまで、1回使えます。ほかの方に転送しないでください。\n"
    )
    return [Mail(application.approver_email, subject, body % words)]


def consent_is_late(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The town's contacts: the consent is not there, and what they can do about it."""
    due = application.received_at + timedelta(days=application.call.programme.review_days)
    words = _words(application, day=_day(due), approver=application.approver_name)
    body = _(
        "申込(%(number)s)は、%(approver)sさんの承認がまだです。\n"
        "承認のリンクをもう一度お送りしました。お声をかけてください。\n"
        "不在などのときは、申込の画面の「承認する方を替える」で、別の方に承認してもらえます。\n\n%(url)s\n"
    )
    subject = _("%(day)sまでに、申込の承認を受けてください(%(town)s)") % words
    return _to_contacts(application, step, subject, body % words)


def returned(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The town's turn: something has to be mended."""
    due = application.returned_at + timedelta(days=application.call.programme.resubmit_days)
    words = _words(application, day=_day(due), comment=application.office_comment)
    body = _(
        "申込(%(number)s)が差し戻されました。\n\n%(comment)s\n\n"
        "%(day)sまでに直して提出すると、受付の日時はそのままです。\n\n%(url)s\n"
    )
    subject = _("%(day)sまでに、申込を直して提出してください(%(town)s)") % words
    return _to_contacts(application, step, subject, body % words)


def accepted(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """What comes next, and that nothing has to be done."""
    words = _words(application, comment=_comment(application))
    body = _(
        "申込(%(number)s)を受理しました。\n%(comment)s"
        "次はアドバイザーへの打診です。決まりましたらお知らせします。いま町で行うことはありません。\n\n%(url)s\n"
    )
    subject = _("アドバイザーの決定をお待ちください。申込を受理しました(%(town)s)") % words
    return _to_contacts(application, step, subject, body % words)


def waitlisted(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The place is kept."""
    words = _words(application, comment=_comment(application))
    body = _(
        "申込(%(number)s)は順番待ちになりました。受付の順番は変わりません。\n%(comment)s"
        "空きができましたらお知らせします。いま町で行うことはありません。\n\n%(url)s\n"
    )
    subject = _("順番をお待ちください。申込をお預かりしています(%(town)s)") % words
    return _to_contacts(application, step, subject, body % words)


def declined(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The answer and its reason."""
    words = _words(application, comment=_comment(application))
    body = _(
        "申込(%(number)s)は、今回は見送りとなりました。\n%(comment)s\n次の募集にもお申し込みいただけます。\n\n%(url)s\n"
    )
    subject = _("申込の結果をご確認ください。今回は見送りとなりました(%(town)s)") % words
    return _to_contacts(application, step, subject, body % words)


def _comment(application: Any) -> str:
    return f"\n{application.office_comment}\n\n" if application.office_comment else ""
