"""From a proposal to offers, and back."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from advisors.fit import Fit
from advisors.matching.problem import Assignment
from advisors.models import Advisor
from engagements.applications.models import Application, ApplicationState
from engagements.rounds import services as offers
from engagements.rounds.guards import OPEN
from engagements.rounds.matching.guards import proposed_pairs, without
from engagements.rounds.matching.models import RoundOffer, Run
from engagements.rounds.matching.selectors import result_of
from engagements.rounds.models import Offer, OfferState
from workflow.doors import Step, perform

#: Why an offer that a new proposal does not hold is withdrawn.
REBUILT = gettext_noop("マッチングを組み直したため、打診を取り下げました。")


def publish_pairs(obj: Any, step: Step) -> dict[str, list[int]]:
    """Ask everybody who is new in the proposal; withdraw what is not in it any longer; leave the rest alone.

    ``offers_out`` says which is which, also to the page that asks. A waitlisted town that the rule serves moves up: its
    application is accepted first. Raises what the doors raise; nothing is published then.
    """
    left_out = without(step)
    wanted = {town: advisor for town, advisor in proposed_pairs(obj).items() if town not in left_out}
    stays, goes = offers_out(obj, left_out)
    for offer in goes:
        perform("withdraw", offer, step.actor, now=step.now, reason=_(REBUILT))
    withdrawn = [offer.pk for offer in goes]
    fits = fits_of(obj.proposal)
    asked = [
        _ask(obj, town, advisor, fits[town], step) for town, advisor in wanted.items() if town not in stays
    ]
    return {"asked": asked, "withdrawn": withdrawn}


def offers_out(obj: Any, left_out: set[int]) -> tuple[dict[int, Offer], list[Offer]]:
    """Who is asked already and stays so, by application, and whose offer the publication withdraws. Two queries."""
    wanted = proposed_pairs(obj)
    sent = Offer.objects.filter(state=OfferState.SENT).select_related(
        "advisor__user", "application__municipality"
    )
    out = sent.filter(application__in=wanted.keys() - left_out)
    gone = sent.filter(published_in__round=obj.pk, application__call=obj.call_id)
    stays, goes = {}, []
    for offer in [*out, *gone.exclude(application__in=wanted)]:
        if wanted.get(offer.application_id) == offer.advisor_id:
            stays[offer.application_id] = offer
        else:
            goes.append(offer)
    return stays, goes


def _ask(obj: Any, town: int, advisor: int, fit: Fit, step: Step) -> int:
    application = Application.objects.get(pk=town)
    if application.state == ApplicationState.WAITLISTED:
        perform("accept", application, step.actor, now=step.now)
    made = offers.offer(
        application=application,
        advisor=Advisor.objects.get(pk=advisor),
        actor=step.actor,
        message=step.data["message"],
        now=step.now,
        fit=fit,
    )
    RoundOffer.objects.create(
        round_id=obj.pk,
        run_id=obj.proposal_id,
        offer=made,
        trainee_id=proposed_pairs(obj, "trainee").get(town),
    )
    return made.pk


def fits_of(run: Run) -> dict[int, Fit]:
    """For each application of the run that has a lead: the figures that the board and the record show."""
    sized = not run.names.get("unsized")
    most = 100 * sum(run.input["params"]["weights"].values())
    leads = (row for row in result_of(run).assignments if row.seat == "lead")
    return {int(row.town): _fit(row, most, sized=sized) for row in leads}


def _fit(row: Assignment, most: int, *, sized: bool) -> Fit:
    return Fit(parts=row.parts, total=row.score, mode=row.mode, km=row.km, sized=sized, most=most)


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
