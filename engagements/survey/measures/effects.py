"""The effect between two surveys: medians of the scenarios that both hold, and whether they compare."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from . import vocabulary as v
from .arithmetic import share
from .model import Scenario, Survey

ScenarioMeasures = Mapping[str, Mapping[str, Any]]


def measure_effect(
    before: Survey, after: Survey, measured_before: ScenarioMeasures, measured_after: ScenarioMeasures
) -> dict[str, Any]:
    """Return the change of every median for each scenario id in both surveys (madoguchi-survey/1, "Effect").

    Dates are not compared. The figures are given even where `reasons` say that they show no effect.
    """
    earlier = {scenario.id: scenario for scenario in before.scenarios}
    same_town = before.municipality == after.municipality
    return {
        scenario.id: _effect(
            _reasons(earlier[scenario.id], scenario, same_town=same_town),
            measured_before[scenario.id],
            measured_after[scenario.id],
        )
        for scenario in after.scenarios
        if scenario.id in earlier
    }


def _effect(reasons: list[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    if not (before["complete_routes"] and after["complete_routes"]):
        reasons = [*reasons, "incomplete"]
    changes = {name: _change(before[name]["median"], after[name]["median"]) for name in v.MEASURES}
    return {"comparable": not reasons, "reasons": reasons, **changes}


def _reasons(before: Scenario, after: Scenario, *, same_town: bool) -> list[str]:
    differs = {
        "municipality": not same_town,
        "life_event": before.life_event != after.life_event,
        "household": _household(before) != _household(after),
        # An unnamed procedure counts as one more name: without it, a longer list would equal a shorter one.
        "procedures": {item.name for item in before.procedures} != {item.name for item in after.procedures},
    }
    return [reason for reason in v.REASONS if differs.get(reason)]


def _household(scenario: Scenario) -> Counter[tuple[str | None, int | None, frozenset[str]]]:
    return Counter(
        (person.relation, person.age, frozenset(person.attributes)) for person in scenario.household
    )


def _change(before: int | None, after: int | None) -> dict[str, int | float | None]:
    change = None if before is None or after is None else after - before
    # Medians are never negative, so a `before` that is not 0 is positive.
    relative = share(change, before) if change is not None and before else None
    return {"before": before, "after": after, "change": change, "change_share": relative}
