"""Start-up checks of everything that is declared about transitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register

from workflow.doors import Rule, all_rules, machines, rules
from workflow.events import announced_types, subscribed_types


def _of_rule(machine: str, model: type[Any], rule: Rule) -> Iterator[str]:
    states = {value for value, _label in model._meta.get_field("state").choices}
    for state in {*rule.sources, rule.target} - {None} - states:
        yield f"{machine}.{rule.name}: unknown state {state!r}"
    if rule.reverse:
        reverse = rules(model).get(rule.reverse)
        if reverse is None:
            yield f"{machine}.{rule.name}: its reverse {rule.reverse!r} does not exist"
        elif not any(spec.name == "reason" and spec.required for spec in reverse.inputs):
            yield f"{machine}.{rule.reverse}: a reverse needs a required reason"
    if rule.undone_by and rule.undone_by not in rules(model):
        yield f"{machine}.{rule.name}: what undoes it, {rule.undone_by!r}, does not exist"


@register()
def declared_transitions(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    faults = [fault for machine, model, rule in all_rules() for fault in _of_rule(machine, model, rule)]
    types = {f"{machine}.{rule.name}" for machine, _model, rule in all_rules()} | {
        f"{name}.begin" for name in machines()
    }
    unknown = subscribed_types() - types - announced_types()
    faults += [f"a room waits for the event {name!r}, which nothing makes" for name in unknown]
    return [Error(fault, id="workflow.E001") for fault in faults]
