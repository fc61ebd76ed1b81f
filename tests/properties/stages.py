"""What must hold between the stages at every moment, counted once more without the house's own helpers."""

from __future__ import annotations

from collections import Counter

from engagements.applications.models import Application
from engagements.models import Engagement, EngagementRole
from engagements.plans.models import Decision, Plan
from engagements.rounds.models import Offer
from engagements.sessions.models import Session
from tests.properties.world import World

SERVING = {"preparing", "training", "survey", "reporting", "paused"}
RECORDED = {"held", "logged", "confirmed", "cancelled"}
AGREED = {"agreed", "following_up", "closed"}
PROMISED = {"accepted", "employer_consented"}
OPEN = {"sent", *PROMISED}
ADOPTED = {"adopted", "adopted_with_condition", "started", "done", "stopped"}
ANSWERED = {*ADOPTED, "deferred", "rejected"}


def hold(world: World) -> None:
    engagements = {found.pk: found for found in Engagement.objects.all()}
    applications = list(Application.objects.all())
    offers = list(Offer.objects.select_related("application", "advisor"))
    leads = dict(
        EngagementRole.objects.filter(role="advisor", valid_to=None).values_list("engagement", "user")
    )
    _nobody_overbooked(world, engagements, offers, leads)
    _nobody_at_home(world, engagements, offers, leads)
    _one_advisor_an_application(applications, offers)
    _one_application_an_engagement(engagements, applications)
    _agreed_by_answer(engagements)


def _nobody_overbooked(world, engagements, offers, leads) -> None:
    taken = Counter(user for pk, user in leads.items() if engagements[pk].state in SERVING)
    for offer in offers:
        waits = offer.state == "confirmed" and offer.application.engagement_id is None
        taken[offer.advisor.user_id] += offer.state in PROMISED or waits
    for advisor in world.advisors:
        assert taken[advisor.user_id] <= advisor.capacity, f"{advisor} serves {taken[advisor.user_id]} towns"


def _nobody_at_home(world, engagements, offers, leads) -> None:
    home = {advisor.user_id: advisor.employer_id for advisor in world.advisors}
    for pk, user in leads.items():
        assert engagements[pk].municipality_id != home[user], "an advisor serves their employer"
    for offer in offers:
        assert offer.application.municipality_id != offer.advisor.employer_id, (
            "an advisor is asked by their employer"
        )


def _one_advisor_an_application(applications, offers) -> None:
    for application in applications:
        states = Counter(offer.state for offer in offers if offer.application_id == application.pk)
        assert sum(states[state] for state in (*OPEN, "confirmed")) <= 1, f"{application}: {states}"
        assert (application.state == "matched") == (application.engagement_id is not None), application.state
        assert (application.state == "matched") == (states["confirmed"] == 1), f"{application}: {states}"
        assert application.state in ("accepted", "matched") or not any(states[state] for state in OPEN)


def _one_application_an_engagement(engagements, applications) -> None:
    asked = {application.engagement_id for application in applications}
    for engagement in engagements.values():
        assert engagement.pk in asked or engagement.state == "cancelled", (
            f"{engagement}: nobody applied for it"
        )


def _agreed_by_answer(engagements) -> None:
    answered = set(Plan.objects.filter(state="answered").values_list("pk", flat=True))
    decided = list(Decision.objects.select_related("plan"))
    agreed = {
        found.plan.engagement_id for found in decided if found.plan_id in answered and found.state in ADOPTED
    }
    rows = Session.objects.filter(kind__number__gt=1).exclude(state__in=RECORDED)
    unrecorded = set(rows.values_list("engagement", flat=True))
    for engagement in engagements.values():
        if engagement.state not in AGREED:
            continue
        assert engagement.pk in agreed, f"{engagement}: agreed to nothing"
        assert engagement.order_reason or engagement.pk not in unrecorded, f"{engagement}: agreed too early"
    for found in decided:
        assert (found.state in ANSWERED) <= (found.plan_id in answered), (
            f"{found}: {found.state} without an answer"
        )
