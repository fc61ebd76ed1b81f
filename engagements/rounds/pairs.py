"""From an application and an advisor to what the fit computes with, and who holds how many places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Count, Q

from accounts.models import Role
from advisors.fit import AdvisorOffer, Barrier, Fit, Ties, TownNeed, barriers
from advisors.load import counts_load, loads
from advisors.models import Advisor, Conflict
from advisors.selectors import offering, town_need
from engagements.applications.models import Application
from engagements.models import SERVING, EngagementRole, EngagementState
from municipalities.models import Municipality


@counts_load
def engagements_led(on: date, advisors: list[int] | None) -> Mapping[int, int]:
    """Running engagements by the advisor who leads them."""
    led = EngagementRole.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=on), role=Role.ADVISOR, engagement__state__in=SERVING
    )
    known = (
        led.filter(user__advisor__isnull=False)
        if advisors is None
        else led.filter(user__advisor__in=advisors)
    )
    return dict(known.values_list("user__advisor").annotate(Count("engagement", distinct=True)))


@counts_load
def offers_taken(on: date, advisors: list[int] | None) -> Mapping[int, int]:
    """Accepted offers whose engagement is not open yet: the place is promised."""
    promised = apps.get_model("engagement_rounds", "Offer").objects.filter(
        Q(state__in=["accepted", "employer_consented"]) | Q(state="confirmed", application__engagement=None)
    )
    known = promised if advisors is None else promised.filter(advisor__in=advisors)
    return dict(known.order_by().values_list("advisor").annotate(Count("pk")))


def need_of(application: Application, on: date) -> TownNeed:
    """What the application asks for, with a certification to be valid on that day."""
    return town_need(
        application.municipality,
        wants=application.life_events,
        months=application.months,
        mode=application.mode,
        until=on,
        preferred=[wish.advisor_id for wish in application.wishes.all()],
        sessions=application.call.programme.months_needed,
    )


def sizes_are_known(municipality: Municipality, advisors: Iterable[Advisor]) -> bool:
    """Whether size may count between the town and these advisors: only where every population is registered."""
    return municipality.band is not None and all(row.employer.band is not None for row in advisors)


def served_before(municipality_id: str) -> set[int]:
    """The users who have advised this town in an engagement that was not called off."""
    roles = EngagementRole.objects.filter(role=Role.ADVISOR, engagement__municipality_id=municipality_id)
    return set(roles.exclude(engagement__state=EngagementState.CANCELLED).values_list("user_id", flat=True))


def ties_of(application: Application, advisor: Advisor, *, declined: bool) -> Ties:
    """What is known about one pair; lists read the same for all at once (``selectors.assignment``)."""
    return Ties(
        conflict=Conflict.objects.filter(advisor=advisor, municipality=application.municipality_id).exists(),
        declined=declined,
        history=advisor.user_id in served_before(application.municipality_id),
    )


def offering_now(advisor: Advisor, on: date) -> AdvisorOffer:
    """One advisor with the places that are taken now."""
    return offering(advisor, loads(on, [advisor.pk])[advisor.pk], on)


def barriers_of(
    application: Application, advisor: Advisor, on: date, *, declined: bool = False
) -> list[Barrier]:
    """What keeps this advisor from this application today."""
    ties = ties_of(application, advisor, declined=declined)
    return barriers(need_of(application, on), offering_now(advisor, on), ties)


def stored(fit: Fit) -> dict[str, Any]:
    """The fit as an offer keeps it: the figures of the day on which somebody was asked."""
    return asdict(fit)
