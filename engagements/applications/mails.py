"""The messages of this room: one a person an event, for what waits on that person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import letters, links
from accounts.letters import Letter, Reader
from engagements.applications import people
from municipalities.dates import era_date
from workflow.doors import Step
from workflow.models import Event
from workflow.outbox import Mail


def _day(moment: datetime) -> str:
    return era_date(timezone.localdate(moment), short=True)


def _moment(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{_day(moment)} {local.hour}:{local:%M}"


def _words(application: Any, **more: str) -> dict[str, str]:
    return {"town": application.municipality_name, "number": application.reference, **more}


def _review_due(application: Any) -> str:
    return _day(application.received_at + timedelta(days=application.call.programme.review_days))


def _letter(
    application: Any, subject: str, text: str, otherwise: str, *, due: str = "", link: str = ""
) -> Letter:
    return Letter(
        subject,
        text,
        link or letters.site(application.get_absolute_url()),
        otherwise,
        application.reference,
        due,
    )


def _contacts(application: Any, step: Step) -> list[Reader]:
    return people.contacts(application, on=step.today())


@letters.kind
def to_office(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The office's turn: an application came in."""
    due = _review_due(application)
    known = people.approver_is_known(application, on=step.today())

    def write(reader: Reader) -> Letter:
        words = _words(application, day=due, received=_day(application.received_at))
        subject = _("%(day)sまでに、申込を確認してください(%(town)s)") % words
        text = _(
            "%(town)sから申込(%(number)s)が届きました。受付は%(received)sです。\n%(day)sまでに確認してください。"
        )
        if not known:
            text += "\n\n" + _(
                "承認する方のメールが町のものと違います。確かめると、承認のリンクが送られます。"
            )
        otherwise = _("確認が済むまで、町は次に進めません。期限を過ぎると、遅れているものの一覧に出ます。")
        return _letter(application, subject, text % words, otherwise, due=due)

    return letters.to(people.office(on=step.today()), write)


@letters.kind
def received(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The receipt, to the town's contacts: that it came, when, under which number, and what comes next by when."""
    due = _review_due(application)
    known = people.approver_is_known(application, on=step.today())

    def write(reader: Reader) -> Letter:
        words = _words(
            application,
            day=due,
            received=_moment(application.received_at),
            approver=application.approver_name,
        )
        subject = _("申込を受け付けました(%(number)s、%(town)s)") % words
        text = _("%(town)sの申込を受け付けました。\n受付番号: %(number)s\n受付の日時: %(received)s") % words
        if known:
            following = _("次は、承認する方(%(approver)sさん)の承認です。承認のリンクをお送りします。")
        else:
            following = _(
                "次は、承認する方(%(approver)sさん)の承認です。事務局がメールアドレスを確かめてから、承認のリンクをお送りします。"
            )
        text += "\n\n" + following % words + "\n" + _("事務局は%(day)sまでに申込を確認します。") % words
        otherwise = _(
            "いま行うことはありません。承認がないうちは受理できませんが、受付の日時は変わりません。"
        )
        return _letter(application, subject, text, otherwise, due=due)

    return letters.to(_contacts(application, step), write)


@letters.kind
def consented(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The office's turn again: nothing stands in the way of a decision any more."""
    due = _review_due(application)

    def write(reader: Reader) -> Letter:
        words = _words(application, day=due)
        subject = _("%(day)sまでに、承認された申込の受理を決めてください(%(town)s)") % words
        text = _(
            "%(town)sの申込(%(number)s)を、町の承認する方が承認しました。\n%(day)sまでに受理するか決めてください。"
        )
        otherwise = _(
            "決まるまで、アドバイザーへの打診を始められません。期限を過ぎると、遅れているものの一覧に出ます。"
        )
        return _letter(application, subject, text % words, otherwise, due=due)

    return letters.to(people.office(on=step.today()), write)


@letters.kind
def consent_received(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The receipt of a consent, to the approver who gave it and to the town's contacts."""
    due = _review_due(application)
    approver = letters.reader_at(
        application.approver_email, name=application.approver_name, body=application.municipality.full_name
    )
    contacts = _contacts(application, step)
    others = [person for person in contacts if person.address.casefold() != approver.address.casefold()]

    def write(reader: Reader) -> Letter:
        words = _words(
            application, day=due, when=_moment(application.consented_at), who=application.consented_by
        )
        subject = _("申込の承認を受け付けました(%(number)s、%(town)s)") % words
        text = _(
            "%(who)sさんが、%(town)sの申込(%(number)s)を%(when)sに承認しました。\n"
            "次は事務局です。%(day)sまでに、受理するかどうかをお知らせします。"
        )
        otherwise = _(
            "いま行うことはありません。承認を取り消したいときや、お心当たりのないときは、事務局にお知らせください。"
        )
        return _letter(application, subject, text % words, otherwise, due=due)

    return letters.to([approver, *others], write)


@letters.kind
def to_approver(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The approver's link to the very PDF; nothing before it exists or while the address is not confirmed."""
    if not application.issued_hash or not people.approver_is_known(application, on=step.today()):
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
    approver = letters.reader_at(
        application.approver_email, name=application.approver_name, body=application.municipality.full_name
    )

    def write(reader: Reader) -> Letter:
        words = _words(application, day=_day(link.expires_at), contact=application.contact_name)
        subject = _("%(day)sまでに、申込の承認をお願いします(%(town)s)") % words
        text = _(
            "%(contact)sさんが、窓口BPRアドバイザー派遣の申込(%(number)s)を提出しました。\n"
            "申込書を読んで、「承認する」か「差し戻す」を選んでください。アカウントは要りません。\n"
            "リンクは%(day)sまで、1回使えます。ほかの方に転送しないでください。"
        )
        otherwise = _("承認がないうちは、申込を受理できません。受付の日時は変わりません。")
        return _letter(application, subject, text % words, otherwise, due=words["day"], link=url)

    return letters.to([approver], write)


@letters.kind
def consent_is_late(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The town's contacts: the consent is not there, and what they can do about it."""
    due = _review_due(application)

    def write(reader: Reader) -> Letter:
        words = _words(application, day=due, approver=application.approver_name)
        subject = _("%(day)sまでに、申込の承認を受けてください(%(town)s)") % words
        text = _(
            "申込(%(number)s)は、%(approver)sさんの承認がまだです。\n"
            "承認のリンクをもう一度お送りしました。お声をかけてください。\n"
            "不在などのときは、申込の画面の「承認する方を替える」で、別の方に承認してもらえます。"
        )
        otherwise = _("承認がないうちは、申込を受理できません。受付の日時は変わりません。")
        return _letter(application, subject, text % words, otherwise, due=due)

    return letters.to(_contacts(application, step), write)


@letters.kind
def returned(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The town's turn: something has to be mended."""
    due = _day(application.returned_at + timedelta(days=application.call.programme.resubmit_days))

    def write(reader: Reader) -> Letter:
        words = _words(application, day=due, comment=application.office_comment)
        subject = _("%(day)sまでに、申込を直して提出してください(%(town)s)") % words
        text = _(
            "申込(%(number)s)が差し戻されました。\n\n%(comment)s\n\n"
            "%(day)sまでに直して提出すると、受付の日時はそのままです。"
        )
        otherwise = _("期限のあとでも提出できますが、受付の日時は新しくなります。")
        return _letter(application, subject, text % words, otherwise, due=due)

    return letters.to(_contacts(application, step), write)


@letters.kind
def accepted(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """What comes next, and that nothing has to be done."""

    def write(reader: Reader) -> Letter:
        words = _words(application, comment=_comment(application))
        subject = _("アドバイザーの決定をお待ちください。申込を受理しました(%(town)s)") % words
        text = _(
            "申込(%(number)s)を受理しました。\n%(comment)s次はアドバイザーへの打診です。決まりましたらお知らせします。"
        )
        return _letter(application, subject, text % words, _nothing_to_do())

    return letters.to(_contacts(application, step), write)


@letters.kind
def waitlisted(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The place is kept."""

    def write(reader: Reader) -> Letter:
        words = _words(application, comment=_comment(application))
        subject = _("順番をお待ちください。申込をお預かりしています(%(town)s)") % words
        text = _(
            "申込(%(number)s)は順番待ちになりました。受付の順番は変わりません。\n%(comment)s空きができましたらお知らせします。"
        )
        return _letter(application, subject, text % words, _nothing_to_do())

    return letters.to(_contacts(application, step), write)


@letters.kind
def declined(application: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The answer and its reason."""

    def write(reader: Reader) -> Letter:
        words = _words(application, comment=_comment(application))
        subject = _("申込の結果をご確認ください。今回は見送りとなりました(%(town)s)") % words
        text = _(
            "申込(%(number)s)は、今回は見送りとなりました。\n%(comment)s次の募集にもお申し込みいただけます。"
        )
        return _letter(application, subject, text % words, _nothing_to_do())

    return letters.to(_contacts(application, step), write)


def _nothing_to_do() -> str:
    return _("いま町で行うことはありません。お返事も要りません。")


def _comment(application: Any) -> str:
    return f"\n{application.office_comment}\n\n" if application.office_comment else ""
