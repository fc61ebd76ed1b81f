"""Who hears of an offer: only whoever is next to act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import letters, links
from accounts.letters import Letter, Reader
from accounts.models import Role, User
from engagements.rounds import people, turns
from engagements.rounds.words import moment_text
from municipalities.dates import era_date
from workflow.doors import Step
from workflow.models import Event
from workflow.outbox import Mail

CONSENT_PURPOSE = "employer-consent"
Writing = Callable[[dict[str, str]], Letter]


def _town(offer: Any) -> str:
    return str(offer.application.municipality.full_name)


def _words(offer: Any, **more: str) -> dict[str, str]:
    day = era_date(offer.answer_due, short=True) if offer.answer_due else ""
    return {"town": _town(offer), "name": offer.advisor.user.name, "day": day, **more}


def _letter(offer: Any, subject: str, text: str, otherwise: str, *, due: str = "", link: str = "") -> Letter:
    page = link or letters.site(offer.get_absolute_url())
    return Letter(subject, text, page, otherwise, offer.reference, due)


@letters.kind
def ask_advisor(offer: Any) -> list[Mail]:
    """To the advisor: answer, and by when."""
    user: User = offer.advisor.user

    def write(reader: Reader) -> Letter:
        values = _words(offer, moment=moment_text(offer.expires_at))
        subject = _("{moment}までに、{town}の打診にお答えください").format(**values)
        text = _(
            "{town}の支援をお引き受けいただけるか、うかがいます。\n"
            "町の希望と時期をご覧のうえ、{moment}までに「引き受ける」か「見送る」を選んでください。"
        ).format(**values)
        if offer.message:
            text += "\n\n" + _("事務局から:\n{message}").format(message=offer.message)
        otherwise = _(
            "お答えがないときは、打診の期限が切れ、事務局が次の方にお願いします。見送られても評価には残りません。"
        )
        return _letter(offer, subject, text, otherwise, due=values["moment"])

    return letters.to([letters.reader(user)] if user.is_active else [], write)


@letters.kind
def next_candidate(offer: Any, proposed: Sequence[tuple[str, int]], on: date) -> Iterable[Mail]:
    """To the office: this one is not coming; ``proposed`` are the next best, with their points."""

    def write(reader: Reader) -> Letter:
        values = _words(offer, state=str(offer.outcome))
        subject = _("次の打診先を選んでください({town}、{name}さんは{state})").format(**values)
        text = _("{town}の打診は、{name}さんが「{state}」になりました。").format(**values) + "\n"
        if offer.reason:
            text += _("理由: {reason}\n").format(reason=offer.reason)
        text += _proposal(proposed) + _("次の候補を、ページで選べます。")
        otherwise = _("次の方が決まるまで、町は待っています。")
        return _letter(offer, subject, text, otherwise, link=letters.site(offer.assign_url))

    return letters.to(letters.readers(people.members(Role.SECRETARIAT, None, on)), write)


def _proposal(proposed: Sequence[tuple[str, int]]) -> str:
    if not proposed:
        return _("いま打診できる方はいません。できない理由は、次の画面にあります。\n")
    lines = [
        _("{rank}. {name}さん({points}点)").format(rank=rank, name=name, points=points)
        for rank, (name, points) in enumerate(proposed, start=1)
    ]
    return "\n".join(["", _("次の候補:"), *lines, "", ""])


@letters.kind
def withdrawn(offer: Any, step: Step, event: Event) -> list[Mail]:
    """To the advisor, and to the employer or the town where they were asked: no answer is needed any longer."""
    user = offer.advisor.user
    found = _withdrawn(offer, [letters.reader(user)] if user.is_active else [])
    programme = offer.application.call.programme
    asked_town = step.source == "employer_consented" or (
        step.source == "accepted" and not programme.employer_consent
    )
    if step.source != "sent" and offer.request_hash:
        found += _withdrawn(offer, _employers(offer, step.today()))
    if asked_town and programme.town_yes:
        towns = people.members(Role.CONTACT, offer.application.municipality_id, step.today())
        found += _withdrawn(offer, letters.readers(towns), reason=False)
    return found


def _withdrawn(offer: Any, readers: list[Reader], *, reason: bool = True) -> list[Mail]:
    """The reason is the advisor's and the employer's to read; the town reads who comes instead when that is settled."""

    def write(reader: Reader) -> Letter:
        values = _words(offer, reason=offer.reason)
        subject = _("{name}さんへの打診を取り下げました。お返事は要りません({town})").format(**values)
        text = _("{town}の支援について、{name}さんへの打診を取り下げました。").format(**values)
        if reason:
            text += "\n" + _("理由: {reason}\n").format(**values)
        return _letter(offer, subject, text, _("お返事は要りません。行うこともありません。"))

    return letters.to(readers, write)


# --- the employer ----------------------------------------------------------------------------------------


@letters.kind
def ask_employer(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the employer's people, else to its contact by signed link, else to the office, which finds one."""
    return ask_employer_again(offer, step.now) or _nobody_to_ask(offer, step)


@letters.kind
def ask_employer_again(offer: Any, now: datetime) -> list[Mail]:
    """The request to the employer's people, else by a new link to its contact; nothing where there is neither."""
    readers = _employers(offer, timezone.localdate(now))
    if not readers or people.employer_members(offer, timezone.localdate(now)).exists():
        return _for_employer(offer, readers, letters.site(offer.get_absolute_url()))
    contact = readers[0]
    _link, url = links.issue(
        purpose=CONSENT_PURPOSE,
        role=Role.EMPLOYER,
        scope=f"offer:{offer.pk}",
        address=contact.address,
        name=" ".join(filter(None, [contact.section, contact.name]))[:80],
        version=offer.request_hash,
        now=now,
        expires_at=_link_ends(offer, now),
    )
    return _for_employer(offer, readers, url, once=True)


def _employers(offer: Any, on: date) -> list[Reader]:
    """The employer's people with an account, else the contact kept with the advisor, if there is one."""
    if users := list(people.employer_members(offer, on)):
        return letters.readers(users)
    contact = people.employer_contact(offer)
    if contact is None:
        return []
    body = offer.advisor.employer.full_name
    return [letters.reader_at(contact.email, name=contact.name, body=body, section=contact.section)]


def _link_ends(offer: Any, now: datetime) -> datetime:
    """It opens for a while after the day to answer by: a late answer is better than none."""
    ends = timezone.make_aware(datetime.combine(offer.answer_due, time(23, 59))) + links.LIFETIME
    return max(ends, now + links.LIFETIME)


def _for_employer(offer: Any, readers: list[Reader], url: str, *, once: bool = False) -> list[Mail]:
    def write(reader: Reader) -> Letter:
        values = _words(offer)
        subject = _("{day}までに、{name}さんの派遣への同意をお願いします({town})").format(**values)
        text = _(
            "{town}の窓口の見直しを支援するアドバイザーとして、{name}さんの派遣をお願いします。\n"
            "派遣依頼書をお読みのうえ、{day}までに「同意する」か「同意しない」を選んでください。"
        ).format(**values)
        if once:
            text += "\n" + _("アカウントは要りません。リンクは1回使えます。ほかの方に転送しないでください。")
        otherwise = _("お返事がないときは、事務局からお電話などでうかがいます。それまで派遣は決まりません。")
        return _letter(offer, subject, text, otherwise, due=values["day"], link=url)

    return letters.to(readers, write)


def _nobody_to_ask(offer: Any, step: Step) -> list[Mail]:
    def write(values: dict[str, str]) -> Letter:
        subject = _("{name}さんの勤め先の連絡先を確かめてください({town})").format(**values)
        text = _(
            "{name}さんは{town}の打診を引き受けましたが、勤め先に派遣依頼書を送る先がありません。\n"
            "アドバイザーの登録に連絡先を入れて送り直すか、電話で聞いた答えを記録してください。"
        ).format(**values)
        otherwise = _("勤め先の同意が分かるまで、派遣は決まりません。")
        return _letter(offer, subject, text, otherwise, due=values["day"])

    return _to_office(offer, step, write)


# --- the town --------------------------------------------------------------------------------------------


@letters.kind
def ask_town_first(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """After the advisor's acceptance, where no employer is asked in between."""
    return [] if turns.asks_employer(offer) else ask_town(offer, step, event)


@letters.kind
def ask_town(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the town's contacts, where the programme asks for its yes."""
    if not offer.application.call.programme.town_yes:
        return []

    def write(reader: Reader) -> Letter:
        values = _words(offer)
        subject = _("{day}までに、アドバイザー{name}さんでよいかお答えください({town})").format(**values)
        text = _("{name}さんの紹介をご覧のうえ、{day}までにお答えください。").format(**values)
        otherwise = _("お返事がないときは、事務局が町に確かめて決めます。")
        return _letter(offer, subject, text, otherwise, due=values["day"])

    towns = people.members(Role.CONTACT, offer.application.municipality_id, step.today())
    return letters.to(letters.readers(towns), write)


# --- silence, and what comes unexpected ------------------------------------------------------------------


@letters.kind
def ask_again(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The reminder: to whoever is asked now, as the first time. A link is a new one, the older stops working."""
    if offer.state == "sent":
        first = ask_advisor(offer)
    elif turns.asks_employer(offer):
        first = ask_employer_again(offer, step.now) if offer.request_hash else []
    else:
        first = list(ask_town(offer, step, event))
    return [replace(mail, subject=_again(mail)) for mail in first]


def _again(mail: Mail) -> str:
    with letters.language_of(mail):
        return _("{subject}(再度のお願い)").format(subject=mail.subject)


def _to_office(offer: Any, step: Step, writing: Writing) -> list[Mail]:
    office = letters.readers(people.members(Role.SECRETARIAT, None, step.today()))
    return letters.to(office, lambda reader: writing(_words(offer)))


@letters.kind
def nobody_answered(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the office: the day to answer by is over, and the employer or the town has not."""
    asks_employer = turns.asks_employer(offer)

    def write(values: dict[str, str]) -> Letter:
        if asks_employer:
            subject = _("{name}さんの勤め先に確かめてください({town}、{day}まででした)").format(**values)
            text = _(
                "{town}への派遣について、{name}さんの勤め先の返事がありません。\n"
                "電話などで聞いた答えを記録するか、打診を取り下げてください。"
            ).format(**values)
        else:
            subject = _("{town}に代わって決めるか、町に確かめてください({day}まででした)").format(**values)
            text = _(
                "{name}さんでよいか、{town}の返事がありません。\n町に確かめて決めるか、打診を取り下げてください。"
            ).format(**values)
        otherwise = _("決まるまで、{name}さんと{town}は待っています。").format(**values)
        return _letter(offer, subject, text, otherwise, due=values["day"])

    return _to_office(offer, step, write)


@letters.kind
def recalled(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the office, unless it wrote it down itself: the support runs, and needs another advisor."""
    if step.actor.holds(Role.SECRETARIAT, "office"):
        return []

    def write(values: dict[str, str]) -> Letter:
        values = {**values, "reason": offer.reason}
        subject = _("次のアドバイザーを決めてください({town}、{name}さんの派遣の取りやめ)").format(**values)
        text = _(
            "{name}さんの勤め先が、{town}への派遣を取りやめると知らせてきました。\n理由: {reason}\n"
            "支援を続けられるよう、アドバイザーを代えるか、勤め先と相談してください。"
        ).format(**values)
        otherwise = _("決まるまで、支援の担当はいまのアドバイザーのままです。")
        return _letter(offer, subject, text, otherwise)

    return _to_office(offer, step, write)
