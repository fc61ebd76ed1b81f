"""From a proposal to offers, and back."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from advisors.models import Advisor
from engagements.applications.models import Application, ApplicationState
from engagements.rounds import services as offers
from engagements.rounds.guards import OPEN
from engagements.rounds.matching.guards import proposed_pairs
from engagements.rounds.matching.models import RoundOffer
from engagements.rounds.models import Offer, OfferState
from workflow.doors import Step, perform


def publish_pairs(obj: Any, step: Step) -> dict[str, list[int]]:
    """Ask everybody who is new in the proposal; withdraw what is not in it any longer; leave the rest alone.

    A waitlisted town that the rule serves moves up: its application is accepted first. Raises what the doors raise;
    nothing is published then.
    """
    wanted = proposed_pairs(obj)
    out = Offer.objects.filter(application__in=wanted, state=OfferState.SENT).select_related("advisor")
    gone = Offer.objects.filter(
        published_in__round=obj.pk, state=OfferState.SENT, application__call=obj.call_id
    ).exclude(application__in=wanted)
    stays = set()
    withdrawn = []
    for offer in [*out, *gone]:
        if wanted.get(offer.application_id) == offer.advisor_id:
            stays.add(offer.application_id)
            continue
        reason = _("マッチングを組み直したため、打診を取り下げました。")
        perform("withdraw", offer, step.actor, now=step.now, reason=reason)
        withdrawn.append(offer.pk)
    asked = [_ask(obj, town, advisor, step) for town, advisor in wanted.items() if town not in stays]
    return {"asked": asked, "withdrawn": withdrawn}


def _ask(obj: Any, town: int, advisor: int, step: Step) -> int:
    application = Application.objects.get(pk=town)
    if application.state == ApplicationState.WAITLISTED:
        perform("accept", application, step.actor, now=step.now)
    made = offers.offer(
        application=application,
        advisor=Advisor.objects.get(pk=advisor),
        actor=step.actor,
        message=step.data["message"],
        now=step.now,
    )
    RoundOffer.objects.create(
        round_id=obj.pk,
        run_id=obj.proposal_id,
        offer=made,
        trainee_id=proposed_pairs(obj, "trainee").get(town),
    )
    return made.pk


def withdraw_open(obj: Any, step: Step) -> list[int]:
    """Withdraw the round's offers that wait for the advisor. Who has accepted keeps their town."""
    found = []
    for offer in Offer.objects.filter(published_in__round=obj.pk, state__in=OPEN[:1]).order_by("pk"):
        perform("withdraw", offer, step.actor, now=step.now, reason=step.data["reason"])
        found.append(offer.pk)
    return found


def trainee_of(offer: Offer) -> Advisor | None:
    """Who comes along to learn; None where nobody does, where the person has left, or outside a round."""
    found = RoundOffer.objects.filter(offer=offer.pk).select_related("trainee__user").first()
    trainee = found.trainee if found else None
    return trainee if trainee is not None and trainee.user.is_active else None
