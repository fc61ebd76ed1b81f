"""Relations of people to offers, and what follows from one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions
from engagements.applications.models import Application, ApplicationState
from engagements.applications.turns import asks_elsewhere
from engagements.rounds import jobs, mails, renewals, selectors  # noqa: F401  (jobs and renewals register themselves)
from engagements.rounds.guards import OPEN
from engagements.rounds.models import Offer, OfferState, Side
from workflow.actors import Actor
from workflow.doors import Turn, perform_as_system, turn_anew
from workflow.events import Happening, on
from workflow.outbox import put

_ASKED = (OfferState.ACCEPTED, OfferState.EMPLOYER_CONSENTED)


def _programme(offer: Any) -> Any:
    return offer.application.call.programme


def _is_asked_lender(actor: Actor, role: str, obj: Any) -> bool:
    if not isinstance(obj, Offer) or obj.advisor.employer_id not in actor.scopes(role, "municipality"):
        return False
    if obj.state == OfferState.DECLINED:
        return obj.declined_by == Side.EMPLOYER
    return obj.state in (*_ASKED, OfferState.CONFIRMED) and _programme(obj).employer_consent


def _asked_lender(actor: Actor, role: str) -> Q:
    """An employer sees what it is asked about and what came of it, never what its employee turned down."""
    asked = Q(application__call__programme__employer_consent=True, state__in=[*_ASKED, OfferState.CONFIRMED])
    own = Q(state=OfferState.DECLINED, declined_by=Side.EMPLOYER)
    return Q(advisor__employer__in=sorted(actor.scopes(role, "municipality"))) & (asked | own)


def _is_asked_town(actor: Actor, role: str, obj: Any) -> bool:
    if not isinstance(obj, Offer) or obj.application.municipality_id not in actor.scopes(
        role, "municipality"
    ):
        return False
    if obj.state == OfferState.CONFIRMED or obj.declined_by == Side.TOWN:
        return True
    ready = obj.state == OfferState.EMPLOYER_CONSENTED or (
        obj.state == OfferState.ACCEPTED and not _programme(obj).employer_consent
    )
    return ready and _programme(obj).town_yes


def _asked_town(actor: Actor, role: str) -> Q:
    """A town sees an offer when its yes is asked for, what it said, and who is decided; never who was asked before."""
    ready = Q(state=OfferState.EMPLOYER_CONSENTED) | Q(
        state=OfferState.ACCEPTED, application__call__programme__employer_consent=False
    )
    waiting = ready & Q(application__call__programme__town_yes=True)
    return Q(application__municipality__in=sorted(actor.scopes(role, "municipality"))) & (
        Q(state=OfferState.CONFIRMED) | Q(declined_by=Side.TOWN) | waiting
    )


permissions.resource("offer", Offer)
permissions.scoped("offer", "offer", "pk")
permissions.scoped("offer", "person", "advisor__user_id")
permissions.scoped("offer", "municipality", "advisor__employer_id", name="lender")
permissions.scoped("offer", "municipality", "application__municipality_id", name="town")
permissions.register(
    "offer",
    permissions.Relation(
        "asked_lender", _is_asked_lender, _asked_lender, lambda obj: f"municipality:{obj.advisor.employer_id}"
    ),
)
permissions.register(
    "offer",
    permissions.Relation(
        "asked_town",
        _is_asked_town,
        _asked_town,
        lambda obj: f"municipality:{obj.application.municipality_id}",
    ),
)


@asks_elsewhere
def turn_of_offer(application: Application) -> Turn | None:
    """Of an application with an open offer: that of whoever has to answer it, by the offer's own day."""
    offer = (
        application.offers.filter(state__in=OPEN)
        .select_related("advisor", "application__call__programme")
        .first()
    )
    turn = offer.turns.get(offer.state) if offer is not None else None
    if offer is None or turn is None:
        return None
    scope, due = turn.scope(offer), turn.due(offer)
    return replace(turn, scope=lambda _application: scope, due=lambda _application: due)


@on("offer.begin")
@on("offer.reoffer")
@on("offer.decline")
@on("offer.expire")
@on("offer.withdraw")
@on("offer.refuse_employer")
@on("offer.record_refusal")
@on("offer.refuse_town")
def hand_turn_over(happening: Happening) -> None:
    """While somebody is asked it is not the office's turn; when they are not any longer it is again."""
    application = Application.objects.get(pk=happening.obj.application_id)
    if application.state == ApplicationState.ACCEPTED:
        turn_anew(application)


@on("offer.accept")
def confirm_unless_asked(happening: Happening) -> None:
    """With the employer's consent and the town's yes switched off, acceptance confirms at once."""
    programme = _programme(happening.obj)
    if not programme.employer_consent and not programme.town_yes:
        perform_as_system("confirm", happening.obj, now=happening.now)


@on("offer.consent_employer")
@on("offer.record_consent")
def confirm_unless_town_asked(happening: Happening) -> None:
    if not _programme(happening.obj).town_yes:
        perform_as_system("confirm", happening.obj, now=happening.now)


@on("offer.decide_for_town")
def confirm_for_town(happening: Happening) -> None:
    perform_as_system("confirm", happening.obj, now=happening.now)


@on("offer.decline")
@on("offer.expire")
@on("offer.refuse_employer")
@on("offer.record_refusal")
@on("offer.refuse_town")
def propose_alternates(happening: Happening) -> None:
    """One mail to each of the office: who said no, and who is next best for that town."""
    offer, today = happening.obj, timezone.localdate(happening.now)
    application = selectors.applications().get(pk=offer.application_id)
    found = selectors.assignment(application, today).alternates
    proposed = [(candidate.advisor.user.name, candidate.fit.total) for candidate in found]
    put(mails.next_candidate(offer, proposed, today), event=happening.event, now=happening.now)


@on("engagement.reassign")
@on("engagement.cancel")
def settle_recalls(happening: Happening) -> None:
    """The office has acted on an employer that took its employee back."""
    waiting = Offer.objects.filter(application__engagement=happening.obj.pk, state=OfferState.CONFIRMED)
    for offer in waiting.exclude(recalled_at=None).order_by("pk"):
        perform_as_system("settle_recall", offer, now=happening.now)


@on("offer.confirm")
def match_application(happening: Happening) -> None:
    """The rooms above subscribe after this one: they find the application matched."""
    perform_as_system("match", happening.obj.application, now=happening.now)


@on("offer.unconfirm")
def unmatch_application(happening: Happening) -> None:
    perform_as_system(
        "unmatch", happening.obj.application, now=happening.now, reason=happening.data["reason"]
    )


@on("application.withdraw")
@on("application.reconsider")
def withdraw_open_offers(happening: Happening) -> None:
    """Nobody is asked any longer for an application that does not wait for an advisor."""
    for offer in Offer.objects.filter(application=happening.obj, state__in=OPEN).order_by("pk"):
        perform_as_system(
            "withdraw", offer, now=happening.now, reason=_("町の申込が受理の状態ではなくなりました。")
        )
