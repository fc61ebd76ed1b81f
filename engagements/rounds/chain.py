"""The way of an offer in steps: who has said yes, whose turn it is, by when, and what comes then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.rounds import turns
from engagements.rounds.models import Offer, OfferState, Side
from municipalities.dates import era_date
from workflow.models import Event

_MOMENTS = {
    "offer.begin": "asked",
    "offer.reoffer": "asked",
    "offer.accept": Side.ADVISOR,
    "offer.consent_employer": Side.EMPLOYER,
    "offer.record_consent": Side.EMPLOYER,
    "offer.confirm": "confirmed",
}
_ENDED = (OfferState.DECLINED, OfferState.EXPIRED, OfferState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Link:
    """One step, as ``components/road.html`` shows it."""

    name: str
    state: str
    when: str = ""
    when2: str = ""
    flag: bool = False


def _moments(offer: Offer) -> dict[str, datetime]:
    rows = Event.objects.filter(stream=offer.stream, type__in=_MOMENTS).order_by("pk")
    return {_MOMENTS[row.type]: row.occurred_at for row in rows.only("type", "occurred_at")}


def _sides(offer: Offer) -> list[tuple[str, str]]:
    """Those whose yes this offer needs, in turn."""
    programme = offer.application.call.programme
    found = [(str(Side.ADVISOR), _("本人の承諾"))]
    if programme.employer_consent:
        found.append((str(Side.EMPLOYER), _("勤め先の同意")))
    if programme.town_yes:
        found.append((str(Side.TOWN), _("町の確認")))
    return found


def asked_now(offer: Offer) -> str:
    """Whose answer is waited for; empty when nobody's is."""
    if offer.state == OfferState.SENT:
        return str(Side.ADVISOR)
    if offer.state not in (OfferState.ACCEPTED, OfferState.EMPLOYER_CONSENTED):
        return ""
    return str(Side.EMPLOYER if turns.asks_employer(offer) else Side.TOWN)


def _day(moment: datetime | date | None) -> str:
    return era_date(moment, short=True) if isinstance(moment, date) else ""


def _stopped_at(offer: Offer) -> str:
    """Who the offer ended at: who said no, or who had been asked when it ended."""
    return offer.declined_by or (str(Side.ADVISOR) if offer.state in _ENDED else "")


def links(offer: Offer, today: date) -> list[Link]:
    """The steps of this offer. One query."""
    when, now, stopped = _moments(offer), asked_now(offer), _stopped_at(offer)
    found = [Link(_("打診"), "done", _day(when.get("asked", offer.sent_at)))]
    passed = True
    for side, name in _sides(offer):
        if side == now:
            found.append(_waiting(offer, name, today))
            passed = False
        elif side == stopped:
            found.append(Link(name, "now", offer.outcome, flag=True))
            passed = False
        else:
            moment = when.get(side) or (when.get("confirmed") if side == Side.TOWN else None)
            found.append(Link(name, "done" if passed else "later", _day(moment) if passed else ""))
    confirmed = offer.state == OfferState.CONFIRMED
    found.append(
        Link(_("決定"), "done" if confirmed else "later", _day(when.get("confirmed")) if confirmed else "")
    )
    return found


def _waiting(offer: Offer, name: str, today: date) -> Link:
    due = offer.answer_due or (
        timezone.localdate(offer.expires_at) if offer.state == OfferState.SENT else None
    )
    late = due is not None and due < today
    until = _("%(day)sまで") % {"day": _day(due)} if due else ""
    return Link(name, "now", until, _("期限を過ぎています") if late else "", flag=late)


def what_comes(offer: Offer) -> str:
    """What happens next, in one sentence, the same for every reader."""
    programme: Any = offer.application.call.programme
    if offer.recalled_at:
        return _("事務局が、アドバイザーを代えるか、勤め先と相談するかを決めます。")
    side = asked_now(offer)
    if side == Side.ADVISOR and programme.employer_consent:
        return _("引き受けると、勤め先に派遣依頼書が届きます。")
    if side == Side.ADVISOR and programme.town_yes:
        return _("引き受けると、町が確認します。")
    if side == Side.EMPLOYER and programme.town_yes:
        return _("同意があると、町が確認します。同意がないときは、事務局が次の方に打診します。")
    if side in (Side.EMPLOYER, Side.TOWN):
        return _(
            "よければアドバイザーが決まり、支援が開きます。そうでないときは、事務局が次の方に打診します。"
        )
    return ""
