"""The measures of each scenario and of each counter, over the routes of one survey."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import vocabulary as v
from .arithmetic import mean, median, seconds_between, share
from .model import Route, Scenario, Survey, Visit
from .routes import count_written

RouteMeasures = Mapping[str, Any]


def measure_scenario(scenario: Scenario, routes: Sequence[tuple[Route, RouteMeasures]]) -> dict[str, Any]:
    """Return the measures of a scenario over its routes (survey format madoguchi-survey/1, "Each scenario").

    Only complete routes are summed up: one that stopped half-way would make the town look faster than it is.
    """
    complete = [measured for route, measured in routes if route.complete]
    stopped = [measured["total_s"] for route, measured in routes if not route.complete]
    return {
        "routes": len(routes),
        "complete_routes": len(complete),
        **{name: _spread([measured[name] for measured in complete]) for name in v.MEASURES},
        "lower_bound_s": max(_known(stopped), default=None),
        "over_plan": _over_plan(scenario, [measured["total_s"] for _, measured in routes]),
        "missed": _missed(scenario, complete),
    }


def measure_counters(survey: Survey) -> list[dict[str, Any]]:
    """Return the plain sums of each counter over all routes, by building, floor, counter, unknown first."""
    by_place: dict[tuple[str | None, str | None, str], list[Visit]] = {}
    for route in survey.routes:
        for visit in route.visits:
            by_place.setdefault(visit.place, []).append(visit)
    # (False, "") for unknown sorts before every name; the names themselves sort by code point.
    ordered = sorted(by_place, key=lambda place: [(name is not None, name or "") for name in place])
    return [_counter(by_place[place]) for place in ordered]


def _counter(visits: Sequence[Visit]) -> dict[str, Any]:
    building, floor, counter = visits[0].place
    observed = [observation for visit in visits for observation in visit.observations]
    return {
        "building": building,
        "floor": floor,
        "counter": counter,
        "visits": len(visits),
        "waiting_s": sum(
            seconds_between(x.queued_at, x.called_at) for x in visits if x.queued_at and x.called_at
        ),
        "service_s": sum(
            seconds_between(x.called_at, x.finished_at) for x in visits if x.called_at and x.finished_at
        ),
        "forms": sum(len(visit.forms) for visit in visits),
        "writes": sum(count_written(visit.writes()) for visit in visits),
        "problems": sum(observation.kind == "problem" for observation in observed),
    }


def _spread(values: Iterable[int | None]) -> dict[str, int | None]:
    known = _known(values)
    if not known:
        return dict.fromkeys(("min", "median", "max", "mean"))
    return {"min": min(known), "median": median(known), "max": max(known), "mean": mean(known)}


def _known(values: Iterable[int | None]) -> list[int]:
    return [value for value in values if value is not None]


def _over_plan(scenario: Scenario, totals: Iterable[int | None]) -> float | None:
    known = _known(totals)
    if scenario.planned_minutes is None or not known:
        return None
    planned_s = scenario.planned_minutes * 60
    return share(sum(total > planned_s for total in known), len(known))


def _missed(scenario: Scenario, complete: Iterable[RouteMeasures]) -> dict[str, int]:
    # A route with totals has None here: it does not say what it got done.
    missed = Counter(procedure for measured in complete for procedure in measured["procedures_missed"] or ())
    return {item.id: missed[item.id] for item in scenario.procedures if missed[item.id]}
