"""Who hears of an offer: only whoever is next to act."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, User
from engagements.rounds.words import moment_text
from workflow.doors import Step
from workflow.models import Event
from workflow.outbox import Mail


def _members(role: str, municipality_id: str | None, step: Step) -> QuerySet[User]:
    """The active people who hold the role today, each once."""
    held = Membership.objects.filter(
        Membership.in_force(step.today()), role=role, municipality=municipality_id, user__is_active=True
    )
    return User.objects.filter(pk__in=held.values("user")).order_by("pk")


def _town(offer: Any) -> str:
    return str(offer.application.municipality.full_name)


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


def _url(offer: Any) -> str:
    return f"{settings.SITE_URL}{offer.get_absolute_url()}"


def next_candidate(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the office: this one is not coming, choose the next."""
    url = f"{settings.SITE_URL}{offer.assign_url}"
    for user in _members(Role.SECRETARIAT, None, step):
        with translation.override(user.language):
            values = {
                "town": _town(offer),
                "name": offer.advisor.user.name,
                "state": offer.get_state_display(),
            }
            subject = _("次の打診先を選んでください({town}、{name}さんは{state})").format(**values)
            body = _("{town}の打診は、{name}さんが「{state}」になりました。\n").format(**values)
            if offer.reason:
                body += _("理由: {reason}\n").format(reason=offer.reason)
            body += _("次の候補をこの画面で選べます。\n\n{url}\n").format(url=url)
        yield Mail(user.email, subject, body)


def after_acceptance(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the employer, or else to the town, where the programme asks them; nobody waits otherwise."""
    if offer.application.call.programme.employer_consent:
        return _ask(offer, step, Role.EMPLOYER, offer.advisor.employer_id)
    return ask_town(offer, step, event)


def ask_town(offer: Any, step: Step, event: Event) -> Iterable[Mail]:
    """To the town's contacts, where the programme asks for its yes."""
    if not offer.application.call.programme.town_yes:
        return []
    return _ask(offer, step, Role.CONTACT, offer.application.municipality_id)


def _ask(offer: Any, step: Step, role: str, municipality_id: str) -> list[Mail]:
    mails = []
    for user in _members(role, municipality_id, step):
        with translation.override(user.language):
            values = {"town": _town(offer), "name": offer.advisor.user.name, "url": _url(offer)}
            if role == Role.EMPLOYER:
                subject = _("{name}さんの派遣への同意をお願いします({town})").format(**values)
            else:
                subject = _("アドバイザー{name}さんでよいか、ご確認ください({town})").format(**values)
            body = _("次のページで内容をご覧のうえ、お答えください。\n\n{url}\n").format(**values)
        mails.append(Mail(user.email, subject, body))
    return mails
