"""What has to be so before an offer moves on. Every guard reads rows that the transition's locks hold still."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from advisors.models import Advisor
from advisors.reasons import office_sentence, own_sentence
from engagements.applications.models import Application, ApplicationState
from engagements.models import EngagementState
from engagements.rounds import pairs
from engagements.rounds.words import moment_text
from workflow.doors import Unmet

#: Somebody still has to answer.
OPEN = ("sent", "accepted", "employer_consented")
#: The application has its advisor, or is about to.
TAKEN = ("accepted", "employer_consented", "confirmed")
#: An offer that nobody answers ends by then.
LONGEST = timedelta(days=60)


def advisor_row(offer: Any) -> Any:
    """Whoever takes or counts an advisor's places locks the advisor: that one row stands for all of them.

    The advisor's other offers are not locked: each acceptance holds its own already, so two of them would wait for
    each other. New places (an engagement role, an accepted offer) are only made by who holds this row.
    """
    return Advisor.objects.filter(pk=offer.advisor_id)


def application_row(offer: Any) -> Any:
    return Application.objects.filter(pk=offer.application_id)


def programme_of(offer: Any) -> Any:
    return offer.application.call.programme


def in_time(offer: Any, now: datetime) -> Unmet | None:
    if offer.expires_at > now:
        return None
    return Unmet(
        _("お返事の期限(%(moment)s)が過ぎています。引き受けられるときは、事務局にご連絡ください。")
        % {"moment": moment_text(offer.expires_at)}
    )


def overdue(offer: Any, now: datetime) -> Unmet | None:
    return None if offer.expires_at <= now else Unmet(_("お返事の期限がまだ過ぎていません。"))


def application_waits(offer: Any, now: datetime) -> Unmet | None:
    """The application is accepted, and nobody else has taken it."""
    others = offer.application.offers.filter(state__in=TAKEN).exclude(pk=offer.pk)
    if offer.application.state == ApplicationState.ACCEPTED and not others.exists():
        return None
    return Unmet(_("この町の申込は、いま打診を受けられる状態ではありません。事務局にご連絡ください。"))


def nobody_else_asked(offer: Any, now: datetime) -> Unmet | None:
    others = offer.application.offers.filter(state__in={*OPEN, *TAKEN}).exclude(pk=offer.pk)
    if not others.exists():
        return None
    return Unmet(_("この申込には、ほかの方への打診があります。先にそちらを取り下げてください。"))


def may_serve(offer: Any, now: datetime) -> Unmet | None:
    """A place is free, the certification is valid, and the town is neither the employer's nor in conflict."""
    found = pairs.barriers_of(offer.application, offer.advisor, timezone.localdate(now))
    sentence = own_sentence(found)
    return Unmet(sentence) if sentence else None


def may_be_asked(offer: Any, now: datetime) -> list[Unmet]:
    """Everything that an offer needs, as the office reads it; the refusal that is being taken back does not count."""
    on = timezone.localdate(now)
    need, given = pairs.need_of(offer.application, on), pairs.offering_now(offer.advisor, on)
    found = pairs.barriers_of(offer.application, offer.advisor, on)
    return [Unmet(office_sentence(barrier, need, given)) for barrier in found]


def employer_is_asked(offer: Any, now: datetime) -> Unmet | None:
    return (
        None
        if programme_of(offer).employer_consent
        else Unmet(_("この事業では、勤め先の同意はうかがいません。"))
    )


def town_is_asked(offer: Any, now: datetime) -> Unmet | None:
    return None if programme_of(offer).town_yes else Unmet(_("この事業では、町の確認はうかがいません。"))


def employer_has_consented(offer: Any, now: datetime) -> Unmet | None:
    if offer.state == "accepted" and programme_of(offer).employer_consent:
        return Unmet(_("勤め先の同意を待っています。"))
    return None


def no_running_engagement(offer: Any, now: datetime) -> Unmet | None:
    """A confirmation is taken back before the engagement begins, or after it was called off."""
    engagement = offer.application.engagement
    if engagement is None or engagement.state == EngagementState.CANCELLED:
        return None
    return Unmet(_("支援が開いています。先に支援を中止してください。"), url=f"/engagements/{engagement.pk}/")
