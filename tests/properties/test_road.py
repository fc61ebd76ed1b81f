"""Transitions in any order by anybody: no illegal state, no lost or repeated event, a log that proves itself whole.

``HYPOTHESIS_PROFILE=deep`` walks longer and more often.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, settings, target
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from engagements.applications.models import Application, Call
from engagements.models import Engagement
from engagements.plans.models import Plan
from engagements.programme.models import Programme
from tests.properties.ahead import Walker
from tests.properties.oracle import ROAD
from tests.properties.road import PASSED, Road
from tests.properties.typed import broken, good
from tests.properties.world import World
from workflow.audit import faults
from workflow.doors import machines, rules
from workflow.errors import BadInput

pytestmark = pytest.mark.django_db
DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
SETTINGS = settings(
    max_examples=300 if DEEP else 25,
    stateful_step_count=80 if DEEP else 40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
#: Nobody can be the system. It takes these two only where an offer is confirmed or taken back.
REACTIONS_ONLY = {("application", "match"), ("application", "unmatch")}
DEPTH = ("draft", "submitted", "accepted", "matched", *ROAD)


class AnyOrder(RuleBasedStateMachine):
    """Each example lives in a transaction of its own that is never committed."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.passed: dict[str, int] = {}

    def teardown(self) -> None:
        try:
            assert faults() == []
            self._tell()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def _tell(self) -> None:
        seen = {name.partition(".")[2] for name in self.road.model.seen}
        deepest = max((DEPTH.index(state) for state in seen if state in DEPTH), default=0)
        event(f"deepest: {DEPTH[deepest]}")
        event(f"plan answered: {'plan.answered' in self.road.model.seen}")
        target(float(len(self.road.model.seen)), label="states seen")

    def pick(self, data: Any, options: list[Any]) -> Any:
        return data.draw(st.sampled_from(options))

    @initialize(data=st.data(), asked=st.booleans(), town_yes=st.booleans())
    def set_out(self, data: Any, asked: bool, town_yes: bool) -> None:
        """Each town has an application that has come some way."""
        Programme.objects.update(employer_consent=asked, town_yes=town_yes)
        self.road = Road(self.world)
        for town in (0, 1):
            self.road.start(self.world.call, town, f"contact{town}")
            self._walk(data, town, data.draw(st.integers(0, 22)))

    def _walk(self, data: Any, number: int, steps: int) -> None:
        for _step in range(steps):
            found = Application.objects.select_related("call__programme").order_by("pk")[number]
            Walker(self.road, found, lambda options: self.pick(data, options)).step()

    @rule(data=st.data(), steps=st.integers(1, 4))
    def go_on(self, data: Any, steps: int) -> None:
        """Some application is taken onward."""
        self._walk(data, data.draw(st.integers(0, Application.objects.count() - 1)), steps)

    @rule(data=st.data())
    def take_what_is_open(self, data: Any) -> None:
        """Somebody presses a button that their page shows, and fills in what it asks for."""
        obj = self.pick(data, self.road.objects())
        who = self.pick(data, self.world.names)
        shown = [name for name, found in self.road.offered(obj, who).items() if found.allowed]
        shown = [name for name in shown if (obj.machine, name) not in REACTIONS_ONLY]
        if not shown:
            return
        name = self.pick(data, shown)
        said = good(obj, rules(type(obj))[name], self.road.now, lambda options: self.pick(data, options))
        assert self.road.attempt(obj, name, who, said) in (PASSED, BadInput.__name__)

    @rule(data=st.data(), mangled=st.booleans(), ago=st.sampled_from([None, None, -2, 1, 50, 9_000_000]))
    def try_anything(self, data: Any, mangled: bool, ago: int | None) -> None:
        """Anybody at any door of any object, with right or broken words."""
        obj = self.pick(data, self.road.objects())
        names = [name for name in rules(type(obj)) if (obj.machine, name) not in REACTIONS_ONLY]
        self._try(data, obj, self.pick(data, names), self.pick(data, self.world.names), mangled, ago)

    @rule(data=st.data(), ago=st.sampled_from([None, None, -2, 1, 50, 9_000_000]))
    def mistype(self, data: Any, ago: int | None) -> None:
        """Somebody at a door that stands open to them types nonsense."""
        obj = self.pick(data, self.road.objects())
        open_to = [(who, name) for who in self.world.names for name in self.road.offered(obj, who)]
        open_to = [
            (who, name)
            for who, name in open_to
            if (obj.machine, name) not in REACTIONS_ONLY and who != "system"
        ]
        if open_to:
            who, name = self.pick(data, open_to)
            self._try(data, obj, name, who, True, ago)

    def _try(self, data: Any, obj: Any, name: str, who: str, mangled: bool, ago: int | None) -> None:
        declared = rules(machines()[obj.machine])[name]
        said = good(obj, declared, self.road.now, lambda options: self.pick(data, options))
        if mangled:
            said = broken(declared, said, data.draw)
        self.road.attempt(obj, name, who, said, ago=None if ago is None else timedelta(hours=ago))

    @rule(hours=st.sampled_from([1, 30, 200]))
    def wait(self, hours: int) -> None:
        self.road.now += timedelta(hours=hours)

    @rule(data=st.data(), town=st.sampled_from([0, 1]))
    def ask_for_support(self, data: Any, town: int) -> None:
        """Anybody begins an application, to the first call or to another one."""
        calls = list(Call.objects.order_by("pk"))
        if len(calls) < 3:
            self.road.new_call()
        self.road.start(self.pick(data, calls), town, self.pick(data, [f"contact{town}", *self.world.names]))

    @rule(data=st.data(), advisor=st.sampled_from([0, 1]))
    def ask_somebody(self, data: Any, advisor: int) -> None:
        found = self.pick(data, list(Application.objects.order_by("pk")))
        self.road.ask(found, advisor, self.pick(data, ["secretariat", *self.world.names]))

    @rule(data=st.data())
    def write_something(self, data: Any) -> None:
        """Anybody edits an application, brings records, begins a plan or writes one."""
        who = self.pick(data, self.world.names)
        self.road.write(self.pick(data, list(Application.objects.order_by("pk"))), who)
        engagements, plans = list(Engagement.objects.order_by("pk")), list(Plan.objects.order_by("pk"))
        if engagements:
            self.pick(data, [self.road.bring_survey, self.road.begin_plan])(self.pick(data, engagements), who)
        if plans:
            self.road.write_plan(self.pick(data, plans), who, data.draw(st.integers(0, 2)))

    @rule(data=st.data())
    def print_papers(self, data: Any) -> None:
        """The worker gets round to somebody's paper, be it wanted still or not."""
        self.road.print_paper("application", self.pick(data, list(Application.objects.order_by("pk"))))
        if plans := list(Plan.objects.order_by("pk")):
            self.road.print_paper("reform-plan", self.pick(data, plans))

    @rule()
    def read_the_log(self) -> None:
        assert faults() == []


def test_any_order_by_anybody():
    AnyOrder.world = World()
    run_state_machine_as_test(AnyOrder, settings=SETTINGS)
