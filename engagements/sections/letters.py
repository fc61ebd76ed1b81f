"""Who is written to about a request: the section while it is asked, the town's contacts when it has said something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import Membership, Role, SectionMailbox, section_scope
from engagements.sessions.letters import contacts
from engagements.survey.models import Survey
from municipalities.dates import era_date
from workflow.doors import Step
from workflow.outbox import Mail

PURPOSE = "section-request"


@dataclass(frozen=True, slots=True)
class Addressee:
    address: str
    name: str


def addressees(municipality: str, section_ref: str, on: date) -> list[Addressee]:
    """The section's people with accounts on that day, each once; its mailbox when there is nobody. Two queries."""
    scope = f"section:{section_ref}"
    members = Membership.objects.filter(
        Membership.in_force(on), role=Role.SECTION, municipality=municipality, user__is_active=True
    ).exclude(section="")
    people = {
        row.user.email: Addressee(row.user.email, row.user.name)
        for row in members.select_related("user").order_by("user_id")
        if scope in row.scopes
    }
    if people:
        return list(people.values())
    boxes = SectionMailbox.objects.filter(Membership.in_force(on), municipality=municipality)
    return [Addressee(box.email, box.section) for box in boxes.order_by("-pk") if box.scope == scope][:1]


def reached(municipality: str, on: date) -> set[str]:
    """The keys of the town's sections in which somebody reads a request. Two queries."""
    members = Membership.objects.filter(
        Membership.in_force(on), role=Role.SECTION, municipality=municipality, user__is_active=True
    ).exclude(section="")
    boxes = SectionMailbox.objects.filter(Membership.in_force(on), municipality=municipality)
    scopes = [scope for row in members for scope in row.scopes[1:]] + [box.scope for box in boxes]
    return {scope.partition("/")[2] for scope in scopes}


def town_name(request: Any) -> str:
    town = request.engagement.municipality
    return f"{town.prefecture.name}{request.engagement.municipality_name}"


def _words(request: Any) -> dict[str, str]:
    return {
        "due": era_date(request.due_on, short=True),
        "town": town_name(request),
        "section": request.section,
        "message": request.message,
    }


def ask(request: Any, now: datetime, today: date, only: str = "") -> list[Mail]:
    """The request, with a link for each person (``only``: for that address): it opens without an account and answers
    once.
    """
    shown = _words(request)
    if request.kind == "progress":
        subject = _("%(due)sまでに、改善の進み具合をお知らせください(%(town)s %(section)s)") % shown
        body = _(
            "いつも窓口での対応をありがとうございます。\n%(section)sが引き受けた改善について、この四半期のようすを教えてください。"
            "始めた・済んだ・遅れている、を選ぶだけで答えられます。"
        )
    else:
        subject = _("%(due)sまでに、窓口の気づきを読んでお答えください(%(town)s %(section)s)") % shown
        body = _(
            "いつも窓口での対応をありがとうございます。\n体験調査で%(section)sの窓口について気づいたことを、"
            "ほかの課より先にお見せします。返答と、手続きの件数を書ける欄があります。分からない数字は空けたままで構いません。"
        )
    return _send(request, now, today, subject, body % shown, only)


def _send(request: Any, now: datetime, today: date, subject: str, body: str, only: str = "") -> list[Mail]:
    said = f"{body}\n\n{request.message}" if request.message else body
    until = max(request.due_on - today, timedelta(0)) + timedelta(
        days=request.engagement.programme.section_days
    )
    mails = []
    for person in addressees(request.engagement.municipality_id, request.section_ref, today):
        if only and person.address.casefold() != only.casefold():
            continue
        _link, address = links.issue(
            purpose=PURPOSE,
            role=Role.SECTION,
            scope=f"section:{request.section_ref}",
            version=str(request.pk),
            address=person.address,
            name=person.name,
            one_of_several=True,
            expires_at=now + until,
            now=now,
        )
        hint = _("下のリンクからサインインなしで1度だけ回答できます。")
        mails.append(Mail(person.address, subject, f"{said}\n\n{hint}\n{address}\n"))
    return mails


def ask_again(request: Any, step: Step, event: Any) -> list[Mail]:
    return ask(request, step.now, step.today())


def end_is_near(request: Any, step: Step, event: Any) -> list[Mail]:
    shown = _words(request)
    subject = _("%(due)sまでに、%(section)sの回答をお願いします(%(town)s)") % shown
    body = _("先にお送りしたお願いの期限が近づきました。分からないところは空けたままで構いません。")
    return _send(request, step.now, step.today(), subject, body)


def _tell_contacts(request: Any, step: Step, subject: str, body: str) -> Iterator[Mail]:
    address = settings.SITE_URL + request.get_absolute_url()
    for person in contacts(request.engagement.municipality_id, step.today()):
        if person.pk != step.actor.user_id:
            yield Mail(person.email, subject, f"{body}\n\n{address}\n")


def corrected(survey: Survey, section: str, said: Iterable[str], reason: str, on: date) -> list[Mail]:
    """To a section that was shown what a survey noticed: the records were put right; ``said`` are the changes."""
    engagement = survey.engagement
    ref = section_scope(engagement.municipality_id, section).removeprefix("section:")
    town = f"{engagement.municipality.prefecture.name}{engagement.municipality_name}"
    subject = _("お見せした体験調査の記録を直しました(%(town)s %(section)s)") % {
        "town": town,
        "section": section,
    }
    about = {"title": survey.title, "reference": survey.reference}
    body = _(
        "気づきをお見せした調査「%(title)s」(%(reference)s)の記録を、あとから直しました。もとの記録も残っています。"
    )
    parts = [body % about, _("直したところ"), *(f"- {line}" for line in said), "", _("直した理由"), reason]
    text = "\n".join(parts)
    closing = _("ご返答の必要はありません。気になることがあれば、町の担当の方へお知らせください。")
    return [
        Mail(person.address, subject, f"{text}\n\n{closing}\n")
        for person in addressees(engagement.municipality_id, ref, on)
    ]


def answer_came(request: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = _words(request)
    subject = _("%(section)sの回答を読んでください(%(town)s)") % shown
    body = _("%(section)sから、気づきへの返答や件数の回答が届きました。") % shown
    return _tell_contacts(request, step, subject, body)


def nothing_came(request: Any, step: Step, event: Any) -> Iterator[Mail]:
    shown = _words(request)
    subject = _("%(section)sに電話で聞くか、回答なしで進めるかを選んでください(%(town)s)") % shown
    body = _("期限の%(due)sまでに%(section)sの回答がありませんでした。課は、このあとも回答できます。") % shown
    return _tell_contacts(request, step, subject, body)
