"""Transitions in any order by anybody: no illegal state, no lost or repeated event, a log that proves itself whole.

``HYPOTHESIS_PROFILE=deep`` walks longer and more often.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from engagements.applications.models import Application, Call
from engagements.models import Engagement
from engagements.plans.models import Plan
from engagements.programme.models import Programme
from engagements.rounds.models import Offer
from tests.properties.ahead import Walker
from tests.properties.amount import examples, steps
from tests.properties.oracle import ROAD
from tests.properties.road import Road
from tests.properties.typed import broken, good
from tests.properties.world import World
from workflow.audit import faults
from workflow.doors import rules
from workflow.inputs import REASON

pytestmark = pytest.mark.django_db
SETTINGS = settings(
    max_examples=examples(20),
    stateful_step_count=steps(40),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
#: Nobody can be the system. It takes these only where an offer is confirmed, taken back, or its recall acted upon.
REACTIONS_ONLY = {("application", "match"), ("application", "unmatch"), ("offer", "settle_recall")}
#: Hours between what happened and its record: none named, still to come, a while, before anybody was born.
AGO = st.sampled_from([None, None, None, -2, 1, 50, 9_000_000])
ORDER = ("call", "application", "session", "decision", "offer", "plan", "engagement")
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

    def pick(self, data: Any, options: list[Any]) -> Any:
        return data.draw(st.sampled_from(options))

    @initialize(data=st.data(), asked=st.booleans(), town_yes=st.booleans())
    def set_out(self, data: Any, asked: bool, town_yes: bool) -> None:
        """Each town has an application that has come some way."""
        Programme.objects.update(employer_consent=asked, town_yes=town_yes, silence_days=5)
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

    @rule(data=st.data(), steps=st.integers(1, 3))
    def take_what_is_open(self, data: Any, steps: int) -> None:
        """Somebody takes a step that is theirs to take, and fills in what it asks for."""
        for _step in range(steps):
            obj = self.some(data)
            if doors := self.people(self.road.open_to(obj), obj):
                name = self.pick(data, sorted({name for _who, name in doors}))
                who = self.pick(data, [who for who, theirs in doors if theirs == name])
                self._try(data, obj, name, who)

    @rule(data=st.data(), steps=st.integers(1, 3))
    def turn_back(self, data: Any, steps: int) -> None:
        """Somebody takes back, puts off or calls off what is theirs, with a reason."""
        for _step in range(steps):
            obj = self.some(data)
            declared = rules(type(obj))
            doors = self.people(self.road.open_to(obj), obj)
            if back := sorted({name for _who, name in doors if REASON in declared[name].inputs}):
                name = self.pick(data, back)
                self._try(data, obj, name, self.pick(data, [who for who, theirs in doors if theirs == name]))

    @rule(data=st.data(), steps=st.integers(1, 3), mangled=st.booleans(), ago=AGO)
    def try_anything(self, data: Any, steps: int, mangled: bool, ago: int | None) -> None:
        """Anybody at any door of any object, with right or broken words."""
        for _step in range(steps):
            obj = self.some(data)
            name, who = self.pick(data, list(rules(type(obj)))), self.pick(data, self.world.names)
            if (obj.machine, name) not in REACTIONS_ONLY:
                self._try(data, obj, name, who, mangled, ago)

    @rule(data=st.data(), steps=st.integers(1, 3), mangled=st.booleans(), ago=AGO)
    def mistype(self, data: Any, steps: int, mangled: bool, ago: int | None) -> None:
        """Somebody at a door that is theirs types nonsense, or names a strange time."""
        for _step in range(steps):
            obj = self.some(data)
            if doors := self.people(self.road.open_to(obj), obj):
                who, name = self.pick(data, doors)
                self._try(data, obj, name, who, mangled, ago)

    def some(self, data: Any) -> Any:
        """An object of some machine; of the last stages rather than of the first ones."""
        kinds = sorted(self.road.kinds(), key=ORDER.index)
        kind = self.pick(data, [kind for place, kind in enumerate(kinds) for _time in range(place // 2 + 1)])
        return self.road.some(kind, lambda options: self.pick(data, options))

    def people(self, doors: list[tuple[str, str]], obj: Any) -> list[tuple[str, str]]:
        return [(who, name) for who, name in doors if (obj.machine, name) not in REACTIONS_ONLY]

    def _try(
        self, data: Any, obj: Any, name: str, who: str, mangled: bool = False, ago: int | None = None
    ) -> None:
        declared = rules(type(obj))[name]
        said = good(obj, declared, self.road.now, lambda options: self.pick(data, options))
        if mangled:
            said = broken(declared, said, data.draw)
        self.road.attempt(obj, name, who, said, ago=None if ago is None else timedelta(hours=ago))

    @rule(hours=st.sampled_from([1, 30, 200]), look=st.booleans())
    def wait(self, hours: int, look: bool) -> None:
        self.road.now += timedelta(hours=hours)
        assert not look or faults() == []

    @rule()
    def sweep(self) -> None:
        """Reminders, hand-overs to the office and expiries fall due."""
        self.road.sweep()

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
        if offers := list(Offer.objects.order_by("pk")):
            self.road.print_paper("dispatch-request", self.pick(data, offers))
        if plans := list(Plan.objects.order_by("pk")):
            self.road.print_paper("reform-plan", self.pick(data, plans))


def test_any_order_by_anybody():
    AnyOrder.world = World()
    run_state_machine_as_test(AnyOrder, settings=SETTINGS)
