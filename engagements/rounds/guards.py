"""What has to be so before an offer moves on. Every guard reads rows that the transition's locks hold still."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from advisors.models import Advisor
from advisors.reasons import office_sentence, own_sentence
from engagements.applications.models import Application, ApplicationState
from engagements.models import SERVING, EngagementState
from engagements.rounds import pairs, people
from engagements.rounds.words import moment_text
from workflow.doors import Step, Unmet

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


def reminder_is_due(offer: Any, now: datetime) -> Unmet | None:
    days = timedelta(days=programme_of(offer).remind_days)
    waits = offer.answer_due and not offer.escalated_at and offer.reminded_for != offer.answer_due
    if waits and offer.answer_due - days <= timezone.localdate(now) <= offer.answer_due:
        return None
    return Unmet(_("いま知らせる期限はありません。"))


def answer_is_late(offer: Any, now: datetime) -> Unmet | None:
    late = offer.answer_due is not None and offer.answer_due < timezone.localdate(now)
    if late and not offer.escalated_at:
        return None
    return Unmet(_("お返事の期限がまだ過ぎていないか、もう事務局の番です。"))


def has_request(offer: Any, now: datetime) -> Unmet | None:
    if offer.request_hash:
        return None
    return Unmet(_("派遣依頼書のPDFを作っています。1分ほどしてから、もう一度開いてください。"))


def employer_reachable(offer: Any, now: datetime) -> Unmet | None:
    """The office names the contact at the advisor's page."""
    if people.employer_is_reachable(offer, timezone.localdate(now)):
        return None
    return Unmet(
        _("勤め先の連絡先がありません。アドバイザーの登録に、同意される方のメールを入れてください。"),
        url=f"/advisors/{offer.advisor_id}/edit/",
    )


def not_recalled(offer: Any, now: datetime) -> Unmet | None:
    return Unmet(_("派遣の取りやめは、もう事務局に届いています。")) if offer.recalled_at else None


def is_recalled(offer: Any, now: datetime) -> Unmet | None:
    return None if offer.recalled_at else Unmet(_("派遣の取りやめは届いていません。"))


def engagement_is_served(offer: Any, now: datetime) -> Unmet | None:
    engagement = offer.application.engagement
    if engagement is not None and engagement.state in SERVING:
        return None
    return Unmet(_("この支援は、いま進んでいません。"))


def same_request(offer: Any, step: Step) -> dict[str, Any] | None:
    if step.data["document_hash"] == offer.request_hash:
        return None
    return {
        "document_hash": _("派遣依頼書が新しくなっています。画面を開き直し、いまの依頼書をお確かめください。")
    }


def not_in_person(offer: Any, step: Step) -> dict[str, Any] | None:
    """An advisor who also answers for the employer leaves their own dispatch to somebody else."""
    if step.actor.user_id is None or step.actor.user_id != offer.advisor.user_id:
        return None
    return {"document_hash": _("ご本人は同意できません。勤め先のほかの方にお願いしてください。")}


def answered_already(offer: Any, step: Step) -> dict[str, Any] | None:
    if step.data["answered_on"] <= step.today():
        return None
    return {"answered_on": _("先の日付になっています。答えをもらった日を入れてください。")}


def no_running_engagement(offer: Any, now: datetime) -> Unmet | None:
    """A confirmation is taken back before the engagement begins, or after it was called off."""
    engagement = offer.application.engagement
    if engagement is None or engagement.state == EngagementState.CANCELLED:
        return None
    return Unmet(_("支援が開いています。先に支援を中止してください。"), url=f"/engagements/{engagement.pk}/")
