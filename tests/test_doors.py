"""Generated from the tables: role × transition × state, each allowed or refused as declared."""

from itertools import count

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import permissions
from accounts.models import Role
from accounts.table import TABLE
from tests.objects import MAKERS
from tests.worlds import foreign, related
from workflow import authority
from workflow.doors import all_rules, available, machines, perform, rules
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


def stored(machine, state=""):
    return machines()[machine]._base_manager.get(pk=MAKERS[machine](state=state).pk)


CASES = [(machine, state) for machine in machines() for state in states_of(machine)]
TRANSITIONS = [(machine, rule.name) for machine, _model, rule in all_rules()]


# --- who may: every role asks the table, one of each kind tries the door -------------------------------------


@pytest.mark.parametrize(("machine", "state"), CASES)
def test_every_role_at_every_transition(machine, state):
    """The door and the buttons ask the table by ``authority.allows``; so does every role here."""
    obj, now = stored(machine, state), timezone.now()
    people = {role: related(role, obj, machine) for role in Role.values}
    for name, rule in rules(type(obj)).items():
        granted = set(TABLE[f"{machine}.{name}"])
        asked = {role for role, actor in people.items() if authority.allows(actor, f"{machine}.{name}", obj)}
        assert asked == granted, name
        if state in rule.sources:
            continue
        shown = [item.rule.name for role in granted for item in available(obj, people[role], now=now)]
        assert name not in shown, f"{name} is offered where it does not lead from"


@pytest.mark.parametrize(("machine", "state"), CASES)
def test_the_door_lets_in_and_turns_away_as_the_table_says(machine, state):
    """One who may and one who may not, at each transition; from state to state it is another role's turn."""
    obj = stored(machine, state)
    turn = count(states_of(machine).index(state))
    for name, rule in rules(type(obj)).items():
        granted = sorted(TABLE[f"{machine}.{name}"])
        others = sorted(set(Role.values) - set(granted))
        number = next(turn)
        one, other = granted[number % len(granted)], others[number % len(others)]
        expected = "allowed" if state in rule.sources else "state"
        assert outcome(obj, name, related(one, obj, machine)) == expected, (name, one)
        assert outcome(obj, name, related(other, obj, machine)) == "refused", (name, other)


@pytest.mark.parametrize("machine", list(machines()))
def test_nobody_passes_a_door_elsewhere(machine):
    """Every role held over something else is refused at every transition; a try at the door is logged."""
    obj, roles = stored(machine), list(Role.values)
    for number, name in enumerate(rules(type(obj))):
        action = f"{machine}.{name}"
        assert [role for role in roles if authority.allows(foreign(role), action, obj)] == [], name
        granted = sorted(TABLE[action])
        with pytest.raises(NotAllowed):
            perform(name, obj, foreign(granted[number % len(granted)]))
        tried = Event.objects.filter(type="security.refused", stream="security").latest("position")
        assert f'"action":"{action}"' in tried.canonical
        assert f'"on":"{obj.stream}"' in tried.canonical
    assert Event.objects.filter(type="security.refused").count() == len(rules(type(obj)))


def test_every_transition_is_granted_to_somebody_and_every_resource_can_be_made():
    for machine, model in machines().items():
        for name in rules(model):
            assert TABLE[f"{machine}.{name}"], f"{machine}.{name}"
    assert set(MAKERS) >= {resource for resource, model in permissions.resources().items() if model}


# --- the way back --------------------------------------------------------------------------------------------


def rule_of(machine, name):
    return rules(machines()[machine])[name]


def ways_back(machine):
    return {rule.reverse for rule in rules(machines()[machine]).values() if rule.reverse}


def is_decision(machine, name):
    """What a person does that moves the object, unless it takes something else back.

    What only the system passes follows from a decision elsewhere, or from a day that is over.
    """
    rule = rule_of(machine, name)
    moves = rule.target is not None and set(rule.sources) != {rule.target}
    return moves and set(TABLE[f"{machine}.{name}"]) != {"system"} and name not in ways_back(machine)


def before(machine, decision):
    """The states from which ordinary steps lead to where the decision was made: its sources, and what is further back."""
    found = set(decision.sources)
    steps = [
        rule
        for rule in rules(machines()[machine]).values()
        if rule.target and rule.name != decision.name and rule.name not in ways_back(machine)
    ]
    while more := {source for rule in steps if rule.target in found for source in rule.sources} - found:
        found |= more
    return found - {decision.target}


def instead(machine, decision):
    """The states to which the object could have been moved in the decision's place."""
    ways = [rule for rule in rules(machines()[machine]).values() if rule.name != decision.name]
    return {rule.target for rule in ways if set(rule.sources) & set(decision.sources)} - {decision.target}


@pytest.mark.parametrize(("machine", "name"), TRANSITIONS)
def test_every_decision_has_its_way_back(machine, name):
    """A reverse, or the ordinary step that undoes it, or the reason why there is none; never two of them."""
    rule = rule_of(machine, name)
    said = [word for word in (rule.reverse, rule.undone_by, rule.final) if word]
    assert len(said) == 1 if is_decision(machine, name) else len(said) <= 1


@pytest.mark.parametrize(("machine", "name"), [(m, n) for m, n in TRANSITIONS if rule_of(m, n).reverse])
def test_a_reverse_leads_back_with_a_reason_and_mails_nobody(machine, name):
    """From where the decision led, to where it was made or further back.

    Where something was used up by the decision (a link, a place), the object ends as if it had been called off instead.
    """
    decision, back = rule_of(machine, name), rule_of(machine, rule_of(machine, name).reverse)
    left = {decision.target} if decision.target else set(decision.sources)
    assert left <= set(back.sources)
    if decision.target is None:
        assert back.target is None
    else:
        assert back.target in before(machine, decision) | instead(machine, decision)
    assert "reason" in [spec.name for spec in back.inputs if spec.required]
    assert back.effects == ()


@pytest.mark.parametrize(("machine", "name"), [(m, n) for m, n in TRANSITIONS if rule_of(m, n).undone_by])
def test_what_undoes_a_step_starts_where_the_step_led(machine, name):
    step, undoing = rule_of(machine, name), rule_of(machine, rule_of(machine, name).undone_by)
    left = {step.target} if step.target else set(step.sources)
    assert left <= set(undoing.sources)
    assert undoing.target not in {step.target, None}
