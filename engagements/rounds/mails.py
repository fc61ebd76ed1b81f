"""Who hears of an offer: only whoever is next to act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import Role, User
from engagements.rounds import people, turns
from engagements.rounds.words import moment_text
from municipalities.dates import era_date
from workflow.doors import Step
from workflow.models import Event
from workflow.outbox import Mail

CONSENT_PURPOSE = "employer-consent"


def _town(offer: Any) -> str:
    return str(offer.application.municipality.full_name)


def _url(offer: Any) -> str:
    return f"{settings.SITE_URL}{offer.get_absolute_url()}"


def _words(offer: Any, **more: str) -> dict[str, str]:
    day = era_date(offer.answer_due, short=True) if offer.answer_due else ""
    return {"town": _town(offer), "name": offer.advisor.user.name, "day": day, "url": _url(offer), **more}


def ask_advisor(offer: Any) -> list[Mail]:
    """To the advisor: answer, and by when."""
    user: User = offer.advisor.user
    with translation.override(user.language):
        values = {"town": _town(offer), "moment": moment_text(offer.expires_at), "name": user.name}
        subject = _("{moment}までに、{town}の打診にお答えください").format(**values)
        body = _(
            "{name}さん\n\n{town}の支援をお引き受けいただけるか、うかがいます。\n"
            "町の希望と時期をご覧のうえ、{moment}までに「引き受ける」か「見送る」を選んでください。\n\n{url}\n"
        ).format(url=_url(offer), **values)
        if offer.message:
            body += _("\n事務局から:\n{message}\n").format(message=offer.message)
    return [Mail(user.email, subject, body)] if user.is_active else []


def next_candidate(offer: Any, proposed: Sequence[tuple[str, int]], on: date) -> Iterable[Mail]:
    """To the office: this one is not coming; ``proposed`` are the next best, with their points."""
    url = f"{settings.SITE_URL}{offer.assign_url}"
    for user in people.members(Role.SECRETARIAT, None, on):
        with translation.override(user.language):
            values = {"town": _town(offer), "name": offer.advisor.user.name, "state": offer.outcome}
            subject = _("次の打診先を選んでください({town}、{name}さんは{state})").format(**values)
            body = _("{town}の打診は、{name}さんが「{state}」になりました。\n").format(**values)
            if offer.reason:
                body += _("理由: {reason}\n").format(reason=offer.reason)
            body += _proposal(proposed)
            body += _("次の候補をこの画面で選べます。\n\n{url}\n").format(url=url)
        yield Mail(user.email, subject, body)


def _proposal(proposed: Sequence[tuple[str, int]]) -> str:
    if not proposed:
        return _("いま打診できる方はいません。できない理由は、次の画面にあります。\n")
    lines = [
        _("{rank}. {name}さん({points}点)").format(rank=rank, name=name, points=points)
        for rank, (name, points) in enumerate(proposed, start=1)
    ]
    return "\n".join(["", _("次の候補:"), *lines, "", ""])


def withdrawn(offer: Any, step: Step, event: Event) -> list[Mail]:
    """To the advisor, and to the employer or the town where they were asked: no answer is needed any longer."""
    found = [_withdrawn(offer, offer.advisor.user.email, offer.advisor.user.language)]
    programme = offer.application.call.programme
    asked_town = step.source == "employer_consented" or (
        step.source == "accepted" and not programme.employer_consent
    )
    if step.source != "sent" and offer.request_hash:
        users = list(people.employer_members(offer, step.today()))
        contact = people.employer_contact(offer)
        found += [_withdrawn(offer, user.email, user.language) for user in users]
        found += [_withdrawn(offer, contact.email, "ja")] if contact and not users else []
    if asked_town and programme.town_yes:
        towns = people.members(Role.CONTACT, offer.application.municipality_id, step.today())
        found += [_withdrawn(offer, user.email, user.language, reason=False) for user in towns]
    return found if offer.advisor.user.is_active else found[1:]


def _withdrawn(offer: Any, address: str, language: str, *, reason: bool = True) -> Mail:
    """The reason is the advisor's and the employer's to read; the town reads who comes instead when that is settled."""
    with translation.override(language):
        values = _words(offer, reason=offer.reason)
        subject = _("{name}さんへの打診を取り下げました。お返事は要りません({town})").format(**values)
        body = _("{town}の支援について、{name}さんへの打診を取り下げました。お返事は要りません。\n").format(
            **values
        )
        if reason:
            body += _("\n理由: {reason}\n").format(**values)
    return Mail(address, subject, body)


# --- the employer ----------------------------------------------------------------------------------------


def ask_employer(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the employer's people, else to its contact by signed link, else to the office, which finds one."""
    return ask_employer_again(offer, step.now) or _nobody_to_ask(offer, step)


def ask_employer_again(offer: Any, now: datetime) -> list[Mail]:
    """The request to the employer's people, else by a new link to its contact; nothing where there is neither."""
    users = list(people.employer_members(offer, timezone.localdate(now)))
    if users:
        return [_for_employer(user.email, user.name, _url(offer), offer, user.language) for user in users]
    contact = people.employer_contact(offer)
    if contact is None:
        return []
    _link, url = links.issue(
        purpose=CONSENT_PURPOSE,
        role=Role.EMPLOYER,
        scope=f"offer:{offer.pk}",
        address=contact.email,
        name=" ".join(filter(None, [contact.section, contact.name]))[:80],
        version=offer.request_hash,
        now=now,
        expires_at=_link_ends(offer, now),
    )
    return [_for_employer(contact.email, contact.name, url, offer, "ja", once=True)]


def _link_ends(offer: Any, now: datetime) -> datetime:
    """It opens for a while after the day to answer by: a late answer is better than none."""
    ends = timezone.make_aware(datetime.combine(offer.answer_due, time(23, 59))) + links.LIFETIME
    return max(ends, now + links.LIFETIME)


def _for_employer(
    address: str, person: str, url: str, offer: Any, language: str, *, once: bool = False
) -> Mail:
    with translation.override(language):
        values = _words(offer, person=person, link=url)
        subject = _("{day}までに、{name}さんの派遣への同意をお願いします({town})").format(**values)
        body = _("{person}様\n\n").format(**values) if person else ""
        body += _(
            "{town}の窓口の見直しを支援するアドバイザーとして、{name}さんの派遣をお願いします。\n"
            "派遣依頼書をお読みのうえ、{day}までに「同意する」か「同意しない」を選んでください。\n\n{link}\n"
        ).format(**values)
        if once:
            body += _("\nアカウントは要りません。このリンクは1回使えます。ほかの方に転送しないでください。\n")
    return Mail(address, subject, body)


def _nobody_to_ask(offer: Any, step: Step) -> list[Mail]:
    def write(values: dict[str, str]) -> tuple[str, str]:
        subject = _("{name}さんの勤め先の連絡先を確かめてください({town})").format(**values)
        body = _(
            "{name}さんは{town}の打診を引き受けましたが、勤め先に派遣依頼書を送る先がありません。\n"
            "アドバイザーの登録に連絡先を入れて送り直すか、電話で聞いた答えを記録してください。\n\n{url}\n"
        ).format(**values)
        return subject, body

    return _to_office(offer, step, write)


# --- the town --------------------------------------------------------------------------------------------


def ask_town_first(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """After the advisor's acceptance, where no employer is asked in between."""
    return [] if turns.asks_employer(offer) else ask_town(offer, step, event)


def ask_town(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the town's contacts, where the programme asks for its yes."""
    if not offer.application.call.programme.town_yes:
        return []
    mails = []
    for user in people.members(Role.CONTACT, offer.application.municipality_id, step.today()):
        with translation.override(user.language):
            values = _words(offer)
            subject = _("{day}までに、アドバイザー{name}さんでよいかお答えください({town})").format(**values)
            body = _("次のページで紹介をご覧のうえ、{day}までにお答えください。\n\n{url}\n").format(**values)
        mails.append(Mail(user.email, subject, body))
    return mails


# --- silence, and what comes unexpected ------------------------------------------------------------------


def ask_again(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """The reminder: to whoever is asked now, as the first time. A link is a new one, the older stops working."""
    if offer.state == "sent":
        first = ask_advisor(offer)
    elif turns.asks_employer(offer):
        first = ask_employer_again(offer, step.now) if offer.request_hash else []
    else:
        first = list(ask_town(offer, step, event))
    return [
        replace(mail, subject=_("{subject}(再度のお願い)").format(subject=mail.subject)) for mail in first
    ]


def _to_office(offer: Any, step: Step, write: Any) -> list[Mail]:
    mails = []
    for user in people.members(Role.SECRETARIAT, None, step.today()):
        with translation.override(user.language):
            subject, body = write(_words(offer))
        mails.append(Mail(user.email, subject, body))
    return mails


def nobody_answered(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the office: the day to answer by is over, and the employer or the town has not."""
    asks_employer = turns.asks_employer(offer)

    def write(values: dict[str, str]) -> tuple[str, str]:
        if asks_employer:
            subject = _("{name}さんの勤め先に確かめてください({town}、{day}まででした)").format(**values)
            body = _(
                "{town}への派遣について、{name}さんの勤め先の返事がありません。\n"
                "電話などで聞いた答えを記録するか、打診を取り下げてください。\n\n{url}\n"
            ).format(**values)
        else:
            subject = _("{town}に代わって決めるか、町に確かめてください({day}まででした)").format(**values)
            body = _(
                "{name}さんでよいか、{town}の返事がありません。\n"
                "町に確かめて決めるか、打診を取り下げてください。\n\n{url}\n"
            ).format(**values)
        return subject, body

    return _to_office(offer, step, write)


def recalled(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the office, unless it wrote it down itself: the support runs, and needs another advisor."""
    if step.actor.holds(Role.SECRETARIAT, "office"):
        return []

    def write(values: dict[str, str]) -> tuple[str, str]:
        values = {**values, "reason": offer.reason}
        subject = _("次のアドバイザーを決めてください({town}、{name}さんの派遣の取りやめ)").format(**values)
        body = _(
            "{name}さんの勤め先が、{town}への派遣を取りやめると知らせてきました。\n理由: {reason}\n"
            "支援を続けられるよう、アドバイザーを代えるか、勤め先と相談してください。\n\n{url}\n"
        ).format(**values)
        return subject, body

    return _to_office(offer, step, write)
