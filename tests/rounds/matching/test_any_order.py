"""A round while its offers and applications move on between solvings: every page and paper of it opens, each time."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.standings import actor_for
from engagements.applications.models import Application
from engagements.programme.models import Programme
from engagements.rounds.matching import services
from engagements.rounds.matching.models import Round
from engagements.rounds.models import Offer
from tests.documents.reading import page_of, snapshot_of
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import office
from tests.factories.matching import round_of, solve
from tests.factories.rounds import AcceptedFactory
from tests.properties.amount import examples
from workflow.doors import available, perform
from workflow.errors import DoorError

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: What a person does with an offer, and what they say with it. Most accept: what is decided leaves the next run.
ANSWERS = {
    "accept": {},
    "decline": {"reason": "本務のため"},
    "withdraw": {"reason": "組み直すため"},
    "retract": {"reason": "日程が合わないため"},
    "reoffer": {"reason": "もう一度お願いするため"},
    "record_consent": {"answered_by": "人事課 見本", "conditions": "", "reason": "電話で聞いた"},
    "refuse_town": {"reason": "ほかの方を希望"},
    "decide_for_town": {"reason": "電話で聞いた"},
}
ANSWER = st.sampled_from(["accept", "accept", "accept", *sorted(ANSWERS)])
#: What becomes of an application meanwhile.
DECISIONS = {
    "withdraw": {"reason": ""},
    "reconsider": {"reason": "確かめ直すため"},
    "waitlist": {"comment": ""},
    "accept": {},
    "decline": {"comment": "今回は見送ります。"},
}


class Between:
    """What may happen to a round, its offers and its applications, in any order."""

    def __init__(self, user: Any, draw: Any) -> None:
        self.draw, self.office = draw, actor_for(user)
        self.desk = Client()
        self.desk.force_login(user, backend=BACKEND)
        self.pk = round_of().pk
        Programme.objects.update(employer_consent=draw(st.booleans()), town_yes=draw(st.booleans()))
        for _ in range(2):
            AdvisorFactory(capacity=1)
        for _ in range(3):
            self._town("accepted")

    @property
    def round(self) -> Round:
        return Round.objects.get(pk=self.pk)

    def _town(self, state: str) -> None:
        consent = {"consented_at": timezone.now(), "consented_hash": "x" * 64, "issued_hash": "x" * 64}
        AcceptedFactory(state=state, **consent)

    def take(self, name: str, obj: Any, actor: Any = None, **said: Any) -> None:
        """Through the door, where it is open; a refusal leaves everything as it was."""
        try:
            with transaction.atomic():
                if name == "solve":
                    solve(obj)
                else:
                    perform(name, obj, actor or self.office, **said)
        except DoorError:
            return

    def an_offer_moves_on(self) -> None:
        if not (offers := list(Offer.objects.order_by("pk"))):
            return
        obj, name = self.draw(st.sampled_from(offers)), self.draw(ANSWER)
        said = dict(ANSWERS[name])
        if name == "reoffer":
            said["expires_at"] = timezone.now() + timedelta(days=5)
        if name == "record_consent":
            said["answered_on"] = timezone.localdate()
        theirs = name in ("accept", "decline", "retract")
        self.take(name, obj, actor_for(obj.advisor.user) if theirs else self.office, **said)

    def an_application_moves_on(self) -> None:
        obj = self.draw(st.sampled_from(list(Application.objects.order_by("pk"))))
        name = self.draw(st.sampled_from(sorted(DECISIONS)))
        self.take(name, obj, **DECISIONS[name])

    def somebody_comes(self) -> None:
        self._town(self.draw(st.sampled_from(["accepted", "waitlisted"])))
        AdvisorFactory(capacity=1)

    def an_employer_loses_its_place(self) -> None:
        """The next run leaves its people out."""
        if offers := list(Offer.objects.select_related("advisor__employer").order_by("pk")):
            employer = self.draw(st.sampled_from(offers)).advisor.employer
            employer.lat = employer.lon = None
            employer.save()

    def something_is_decided_by_hand(self) -> None:
        if not (offers := list(Offer.objects.select_related("advisor", "application").order_by("pk"))):
            return
        offer, kind = self.draw(st.sampled_from(offers)), self.draw(st.sampled_from(["lock", "veto"]))
        pair = {"advisor": offer.advisor, "application": offer.application}
        said = {"value": None, "reason": "町の事情による", "actor": self.office, "now": timezone.now()}
        with contextlib.suppress(DoorError):
            services.adjust(self.round, kind, **pair, **said)

    def the_round_turns_back(self) -> None:
        name = self.draw(st.sampled_from(["take_back", "close", "reopen"]))
        self.take(name, self.round, reason="見直すため")

    def everything_opens(self) -> None:
        """Every page, sheet, confirmation and paper of the round as it stands."""
        obj = self.round
        addresses = [reverse("rounds"), obj.get_absolute_url(), f"{obj.get_absolute_url()}?format=xlsx"]
        doors = [item.rule.name for item in available(obj, self.office) if item.allowed]
        addresses += [reverse("transition", args=["round", obj.pk, name]) for name in doors]
        addresses += [
            reverse("round-run", args=[obj.pk, run.number]) for run in obj.runs.all() if run.objective
        ]
        if obj.proposal is not None:
            names = obj.proposal.names
            addresses += [reverse("round-town", args=[obj.pk, town]) for town in names["towns"]]
            addresses += [reverse("round-advisor", args=[obj.pk, person]) for person in names["advisors"]]
            paper = snapshot_of("round-record", obj)
            page_of("round-record", json.loads(json.dumps(paper)))
        for address in addresses:
            assert self.desk.get(address, follow=True).status_code == 200, address


HAPPENINGS = (
    *[Between.an_offer_moves_on] * 4,
    *[Between.an_application_moves_on] * 2,
    Between.somebody_comes,
    Between.an_employer_loses_its_place,
    Between.something_is_decided_by_hand,
    Between.the_round_turns_back,
)


@pytest.fixture
def officer():
    return office()


@settings(max_examples=examples(6), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_page_and_paper_of_a_round_opens_whatever_happens_between_two_runs(officer, data):
    with transaction.atomic():
        world = Between(officer, data.draw)
        for _ in range(3):
            world.take("solve", world.round)
            world.everything_opens()
            world.take("publish", world.round)
            for happening in data.draw(st.lists(st.sampled_from(HAPPENINGS), min_size=1, max_size=4)):
                happening(world)
        world.everything_opens()
        transaction.set_rollback(True)
