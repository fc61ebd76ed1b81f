"""The machines beside the road (accounts, sections, rounds, cases): any transition, in any order, by any role.

What must hold is the same as on the road: a refused try changes nothing, a passed one is one event and one span.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from accounts.models import Role
from accounts.table import TABLE
from tests.objects import MAKERS
from tests.properties.amount import examples, steps
from tests.properties.oracle import RECORDS, SECURITY, Model, chain_of, fingerprint
from tests.properties.typed import broken, good
from tests.worlds import foreign, related
from workflow.audit import faults
from workflow.doors import machines, perform, rules
from workflow.errors import DoorError, NotAllowed, WrongState

pytestmark = pytest.mark.django_db
SETTINGS = settings(
    max_examples=examples(25),
    stateful_step_count=steps(30),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
BESIDE = ("case", "handover", "invitation", "registration", "round", "section_request", "shortlist")


class Beside(RuleBasedStateMachine):
    """Each example lives in a transaction of its own that is never committed."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.streams = [MAKERS[kind]().stream for kind in BESIDE]
        self.now = timezone.now()
        self.model, self.before = Model(), fingerprint()

    def teardown(self) -> None:
        try:
            assert faults() == []
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def _some(self, data: Any) -> Any:
        kind, _colon, pk = data.draw(st.sampled_from(self.streams)).partition(":")
        return machines()[kind]._base_manager.get(pk=pk)

    @rule(data=st.data(), mangled=st.booleans())
    def take_what_is_theirs(self, data: Any, mangled: bool) -> None:
        """A step out of the present state by somebody to whom the table grants it."""
        obj = self._some(data)
        names = [name for name, found in rules(type(obj)).items() if str(obj.state) in found.sources]
        if names:
            name = data.draw(st.sampled_from(names))
            role = data.draw(st.sampled_from(sorted(TABLE[f"{obj.machine}.{name}"])))
            self._attempt(data, obj, name, role, own=True, mangled=mangled)

    @rule(data=st.data(), own=st.booleans())
    def try_anything(self, data: Any, own: bool) -> None:
        """Any role, held over this object or over another one, at any door."""
        obj = self._some(data)
        name, role = (
            data.draw(st.sampled_from(list(rules(type(obj))))),
            data.draw(st.sampled_from(Role.values)),
        )
        self._attempt(data, obj, name, role, own=own, mangled=False)

    @rule(hours=st.sampled_from([1, 30, 200]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def _attempt(self, data: Any, obj: Any, name: str, role: str, *, own: bool, mangled: bool) -> None:
        self.now += timedelta(minutes=1)
        declared, action = rules(type(obj))[name], f"{obj.machine}.{name}"
        actor = related(role, obj, obj.machine) if own else foreign(role)
        said = good(obj, declared, self.now, lambda options: data.draw(st.sampled_from(options)))
        if mangled:
            said = broken(declared, said, data.draw)
        state, refused = str(obj.state), self.model.counts[SECURITY]
        try:
            perform(name, obj, actor, now=self.now, **said)
            outcome, sentence = "", "…"
        except DoorError as refusal:
            outcome, sentence = type(refusal).__name__, str(refusal)
        assert sentence, "a refusal says why"
        allowed = own and role in TABLE[action]
        assert (outcome == NotAllowed.__name__) == (not allowed), (action, role, outcome)
        assert (outcome == WrongState.__name__) == (allowed and state not in declared.sources)
        self._hold(action, outcome, refused, allowed=allowed)

    def _hold(self, action: str, outcome: str, refused: int, *, allowed: bool) -> None:
        after, batch = fingerprint(), self.model.news()
        self.model.take(batch)
        if not outcome:
            chain_of([found for found in batch if found.type not in RECORDS], action)
        else:
            assert after == self.before, f"{action}: {outcome} left something behind"
            assert self.model.counts[SECURITY] == refused + (not allowed)
        self.before = after


def test_any_order_by_any_role() -> None:
    run_state_machine_as_test(Beside, settings=SETTINGS)


def test_every_machine_is_walked_here_or_on_the_road() -> None:
    road = {"call", "application", "session", "decision", "offer", "plan", "engagement"}
    assert road | set(BESIDE) == set(machines())
