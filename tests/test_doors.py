"""Generated from the tables: role × transition × state, each allowed or refused as declared."""

import pytest
from django.db import transaction

from accounts import permissions
from accounts.models import Role
from accounts.table import TABLE
from tests.objects import MAKERS
from tests.worlds import foreign, related
from workflow.doors import machines, perform, rules
from workflow.errors import DoorError, NotAllowed, WrongState
from workflow.models import Event

pytestmark = pytest.mark.django_db


class Undo(Exception):
    """Leaves the transaction without a trace."""


def outcome(obj, name, actor):
    """``allowed`` (performed, or stopped by a guard or a missing input), ``state`` or ``refused``; always undone."""
    try:
        with transaction.atomic():
            try:
                perform(name, obj, actor)
            except NotAllowed:
                return "refused"
            except WrongState:
                return "state"
            except DoorError:
                return "allowed"
            raise Undo
    except Undo:
        return "allowed"


def states_of(machine):
    return [value for value, _label in machines()[machine]._meta.get_field("state").choices]


CASES = [(machine, state) for machine in machines() for state in states_of(machine)]


@pytest.mark.parametrize(("machine", "state"), CASES)
def test_every_role_at_every_transition(machine, state):
    model = machines()[machine]
    obj = MAKERS[machine](state=state)
    obj = model._base_manager.get(pk=obj.pk)
    for name, rule in rules(model).items():
        granted = TABLE[f"{machine}.{name}"]
        for role in Role.values:
            expected = ("allowed" if state in rule.sources else "state") if role in granted else "refused"
            assert outcome(obj, name, related(role, obj, machine)) == expected, (name, role)


@pytest.mark.parametrize("machine", list(machines()))
def test_nobody_passes_a_door_elsewhere(machine):
    """Every role held over something else is refused at every transition, and the try is logged."""
    obj = machines()[machine]._base_manager.get(pk=MAKERS[machine]().pk)
    for name in rules(type(obj)):
        for role in Role.values:
            with pytest.raises(NotAllowed):
                perform(name, obj, foreign(role))
    tries = Event.objects.filter(type="security.refused", stream="security").count()
    assert tries == len(rules(type(obj))) * len(Role.values)


def test_every_transition_is_granted_to_somebody_and_every_decision_has_its_way_back():
    for machine, model in machines().items():
        for name in rules(model):
            assert TABLE[f"{machine}.{name}"], f"{machine}.{name}"
    assert set(MAKERS) >= {resource for resource, model in permissions.resources().items() if model}
