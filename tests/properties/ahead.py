"""The next step of the road for one application, with the right person and the right words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engagements.applications.models import Application
from engagements.journey.models import Journey
from engagements.plans.models import Decision, Plan
from engagements.sessions.models import Session
from engagements.survey.models import Survey
from tests.properties.road import Road
from tests.properties.typed import Pick, good
from workflow.doors import rules

SESSION_STEPS = {
    "unscheduled": ("schedule", "contact"),
    "postponed": ("schedule", "contact"),
    "scheduled": ("hold", "advisor"),
    "held": ("log", "advisor"),
    "logged": ("confirm", "contact"),
}
STOPPED = {"paused": "resume", "cancelled": "reinstate"}


class Walker:
    """Takes one application onward, as its people would."""

    def __init__(self, road: Road, application: Application, pick: Pick) -> None:
        self.road, self.application, self.pick = road, application, pick
        self.town = road.world.town_of(application)

    def _go(self, obj: Any, name: str, who: str) -> str:
        said = good(obj, rules(type(obj))[name], self.road.now, self.pick)
        return self.road.attempt(obj, name, who, said)

    def step(self) -> str:
        """One step from where it stands; ``nothing`` at the end of the road."""
        state = str(self.application.state)
        steps: dict[str, Callable[[], str]] = {
            "draft": self._write,
            "returned": self._write,
            "submitted": self._consent,
            "waitlisted": self._consent,
            "accepted": self._match,
            "matched": self._serve,
            "declined": lambda: self._go(self.application, "reconsider", "secretariat"),
            "withdrawn": lambda: self._go(self.application, "restore", f"contact{self.town}"),
        }
        return steps[state]()

    def _write(self) -> str:
        if not self.application.aims:
            return self.road.write(self.application, f"contact{self.town}")
        return self._go(self.application, "submit", f"contact{self.town}")

    def _consent(self) -> str:
        if not self.application.issued_hash:
            return self.road.print_paper("application", self.application)
        if not self.application.has_consent:
            return self._go(self.application, "consent", self.pick([f"approver{self.town}", "link-approver"]))
        return self._go(self.application, "accept", "secretariat")

    def _match(self) -> str:
        offer = self.application.offers.order_by("-pk").first()
        if offer is None or offer.state in ("declined", "expired", "withdrawn"):
            return self.road.ask(self.application, self.pick([1, 0]), "secretariat")
        if offer.state == "sent":
            late = offer.expires_at <= self.road.now + timedelta(minutes=1)
            who = "system" if late else f"advisor{self.road.world.number_of(offer.advisor)}"
            return self._go(offer, "expire" if late else "accept", who)
        programme = self.application.call.programme
        if offer.state == "accepted" and programme.employer_consent:
            return self._lend(offer)
        return self._go(offer, "confirm", f"contact{self.town}")

    def _lend(self, offer: Any) -> str:
        """The employer answers on its paper, with an account or by link, or the office hears it by telephone."""
        if not offer.request_hash:
            return self.road.print_paper("dispatch-request", offer)
        who = self.pick([self.road.world.employer_of(offer.advisor), "link-employer", "secretariat"])
        return self._go(offer, "record_consent" if who == "secretariat" else "consent_employer", who)

    def _serve(self) -> str:
        engagement = Journey.objects.get(pk=self.application.engagement_id)
        state = str(engagement.state)
        if state in STOPPED:
            return self._go(engagement, STOPPED[state], "secretariat")
        if state == "reassigning":
            return self._go(engagement, self.pick(["reassigned", "keep_advisor"]), "secretariat")
        if state in ("agreed", "following_up", "closed"):
            return self._follow_up(engagement)
        return self.pick([self._session, self._plan, self._plan])(engagement)

    def _session(self, engagement: Journey) -> str:
        for session in Session.objects.filter(engagement=engagement.pk).order_by("kind__number"):
            if str(session.state) in SESSION_STEPS:
                name, role = SESSION_STEPS[str(session.state)]
                who = f"contact{self.town}" if role == "contact" else self.road.world.lead_of(engagement)
                return self._go(session, name, who)
        return self._plan(engagement)

    def _plan(self, engagement: Journey) -> str:
        contact = f"contact{self.town}"
        plan = Plan.objects.filter(engagement=engagement.pk).order_by("number").last()
        if not Survey.objects.filter(engagement=engagement.pk).exists():
            return self.road.bring_survey(engagement, contact)
        if plan is None:
            return self.road.begin_plan(engagement, contact)
        if plan.state == "draft" and not plan.decisions.exists():
            return self.road.write_plan(plan, contact, self.pick([1, 2]))
        if plan.state in ("draft", "in_review"):
            return self._go(plan, "finalise", contact)
        if plan.state == "final":
            if not plan.issued_hash:
                return self.road.print_paper("reform-plan", plan)
            return self._go(plan, "report", contact)
        if plan.state == "reported":
            return self._go(plan, "answer", self.pick([contact, "link-executive", f"executive{self.town}"]))
        if plan.decisions.filter(state__in=("adopted", "adopted_with_condition")).exists():
            return self._go(engagement, "agree_out_of_order", contact)
        return self._go(plan, "send_back", contact)

    def _follow_up(self, engagement: Journey) -> str:
        contact = f"contact{self.town}"
        for decision in Decision.objects.filter(plan__engagement=engagement.pk).order_by("pk"):
            if decision.state in ("adopted", "adopted_with_condition"):
                return self._go(decision, self.pick(["start", "start", "note_progress"]), contact)
            if decision.state == "started":
                return self._go(decision, self.pick(["finish", "stop"]), contact)
        return self._close(engagement)

    def _close(self, engagement: Journey) -> str:
        names = {"agreed": "follow_up", "following_up": "close"}
        name = names.get(str(engagement.state))
        return self._go(engagement, name, "secretariat") if name else "nothing"
