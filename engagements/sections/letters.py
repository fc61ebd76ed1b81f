"""Who is written to about a request: the section while it is asked, the town's contacts when it has said something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts import letters, links
from accounts.letters import Letter, Reader
from accounts.models import Membership, Role, SectionMailbox, section_scope
from engagements.sessions.letters import contacts
from engagements.survey.models import Survey
from municipalities.dates import era_date
from workflow.doors import Step
from workflow.outbox import Mail

PURPOSE = "section-request"


def addressees(municipality: str, section_ref: str, on: date) -> list[Reader]:
    """The section's people with accounts on that day, each once; its mailbox when there is nobody. Four queries."""
    scope = f"section:{section_ref}"
    members = Membership.objects.filter(
        Membership.in_force(on), role=Role.SECTION, municipality=municipality, user__is_active=True
    ).exclude(section="")
    people = {
        row.user_id: row.user
        for row in members.select_related("user").order_by("user_id")
        if scope in row.scopes
    }
    if people:
        return letters.readers(people.values())
    boxes = SectionMailbox.objects.filter(Membership.in_force(on), municipality=municipality)
    found = [
        box for box in boxes.select_related("municipality__prefecture").order_by("-pk") if box.scope == scope
    ]
    return [
        letters.reader_at(box.email, name=box.section, section=box.section, body=box.municipality.full_name)
        for box in found[:1]
    ]


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


Words = tuple[str, str, str]


@letters.kind
def ask(request: Any, now: datetime, today: date, only: str = "") -> list[Mail]:
    """The request, with a link for each person (``only``: for that address): it opens without an account and answers
    once.
    """

    def words() -> Words:
        shown = _words(request)
        if request.kind == "progress":
            subject = _("%(due)sまでに、改善の進み具合をお知らせください(%(town)s %(section)s)")
            text = _(
                "いつも窓口での対応をありがとうございます。\n%(section)sが引き受けた改善について、この四半期のようすを教えてください。"
                "始めた・済んだ・遅れている、を選ぶだけで答えられます。"
            )
            return (
                subject % shown,
                text % shown,
                _("お答えがないときは、町の担当の方が電話などでうかがいます。"),
            )
        subject = _("%(due)sまでに、窓口の気づきを読んでお答えください(%(town)s %(section)s)")
        text = _(
            "いつも窓口での対応をありがとうございます。\n体験調査で%(section)sの窓口について気づいたことを、"
            "ほかの課より先にお見せします。返答と、手続きの件数を書ける欄があります。分からない数字は空けたままで構いません。"
        )
        otherwise = _("期限を過ぎると、回答なしで町が先に進めることがあります。そのあとでも回答できます。")
        return subject % shown, text % shown, otherwise

    return _send(request, now, today, words, only)


def _send(request: Any, now: datetime, today: date, words: Callable[[], Words], only: str = "") -> list[Mail]:
    def write(reader: Reader) -> Letter:
        subject, text, otherwise = words()
        said = [text, request.message, _("リンクからは、サインインなしで1度だけ回答できます。")]
        link = _link(request, reader, now, today)
        due = era_date(request.due_on, short=True)
        body = "\n\n".join(filter(None, said))
        return Letter(subject, body, link, otherwise, request.engagement.reference, due)

    people = addressees(request.engagement.municipality_id, request.section_ref, today)
    asked = [person for person in people if only.casefold() in ("", person.address.casefold())]
    return letters.to(asked, write)


def _link(request: Any, reader: Reader, now: datetime, today: date) -> str:
    """For this person alone; it opens for a while after the day by which the answer is asked."""
    after = timedelta(days=request.engagement.programme.section_days)
    _issued, address = links.issue(
        purpose=PURPOSE,
        role=Role.SECTION,
        scope=f"section:{request.section_ref}",
        version=str(request.pk),
        address=reader.address,
        name=reader.name,
        one_of_several=True,
        expires_at=now + max(request.due_on - today, timedelta(0)) + after,
        now=now,
    )
    return address


@letters.kind
def ask_again(request: Any, step: Step, event: Any) -> list[Mail]:
    return ask(request, step.now, step.today())


@letters.kind
def end_is_near(request: Any, step: Step, event: Any) -> list[Mail]:
    def words() -> Words:
        shown = _words(request)
        subject = _("%(due)sまでに、%(section)sの回答をお願いします(%(town)s)")
        text = _("先にお送りしたお願いの期限が近づきました。分からないところは空けたままで構いません。")
        otherwise = _("期限を過ぎると、回答なしで町が先に進めることがあります。そのあとでも回答できます。")
        return subject % shown, text, otherwise

    return _send(request, step.now, step.today(), words)


def _tell_contacts(request: Any, step: Step, words: Callable[[], Words]) -> list[Mail]:
    page = letters.site(request.get_absolute_url())

    def write(reader: Reader) -> Letter:
        subject, text, otherwise = words()
        return Letter(subject, text, page, otherwise, request.engagement.reference)

    people = contacts(request.engagement.municipality_id, step.today())
    return letters.to(letters.readers(p for p in people if p.pk != step.actor.user_id), write)


@letters.kind
def corrected(survey: Survey, section: str, said: Sequence[str], reason: str, on: date) -> list[Mail]:
    """To a section that was shown what a survey noticed: the records were put right; ``said`` are the changes."""
    engagement = survey.engagement
    ref = section_scope(engagement.municipality_id, section).removeprefix("section:")
    town = f"{engagement.municipality.prefecture.name}{engagement.municipality_name}"

    def write(reader: Reader) -> Letter:
        subject = _("お見せした体験調査の記録を直しました(%(town)s %(section)s)") % {
            "town": town,
            "section": section,
        }
        about = {"title": survey.title, "reference": survey.reference}
        text = _(
            "気づきをお見せした調査「%(title)s」(%(reference)s)の記録を、あとから直しました。もとの記録も残っています。"
        )
        changes = [_("直したところ"), *(f"- {line}" for line in said), "", _("直した理由"), reason]
        otherwise = _("ご返答の必要はありません。気になることがあれば、町の担当の方へお知らせください。")
        body = "\n".join([text % about, *changes])
        return Letter(subject, body, letters.site("/"), otherwise, engagement.reference)

    return letters.to(addressees(engagement.municipality_id, ref, on), write)


@letters.kind
def answer_came(request: Any, step: Step, event: Any) -> list[Mail]:
    def words() -> Words:
        shown = _words(request)
        subject = _("%(section)sの回答を読んでください(%(town)s)")
        text = _("%(section)sから、気づきへの返答や件数の回答が届きました。")
        return subject % shown, text % shown, _("お返事は要りません。計画書を書くときにお使いください。")

    return _tell_contacts(request, step, words)


@letters.kind
def nothing_came(request: Any, step: Step, event: Any) -> list[Mail]:
    def words() -> Words:
        shown = _words(request)
        subject = _("%(section)sに電話で聞くか、回答なしで進めるかを選んでください(%(town)s)")
        text = _("期限の%(due)sまでに%(section)sの回答がありませんでした。")
        return (
            subject % shown,
            text % shown,
            _("選ぶまで、この課の分は待ちのままです。課は、このあとも回答できます。"),
        )

    return _tell_contacts(request, step, words)
