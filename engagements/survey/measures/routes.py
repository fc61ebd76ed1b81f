"""The measures of one route. Seconds and counts are integers; None where the survey does not say."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from . import vocabulary as v
from .arithmetic import Interval, seconds_between, union_length
from .model import Observation, Route, Scenario, Visit, Write


def measure_route(route: Route, scenario: Scenario) -> dict[str, Any]:
    """Return every measure of a route by name (survey format madoguchi-survey/1, "Each route")."""
    measured: dict[str, Any] = {"complete": route.complete, "lower_bound": not route.complete}
    measured |= _times(route) | _stops(route) | _paper(route)
    measured |= _procedures(route, scenario) | _observations(route)
    if route.totals is None:
        return measured
    # Only what was counted on paper is known: not even the observations of such a route are a whole.
    known = {"complete": route.complete, "lower_bound": not route.complete, **route.totals.values}
    return {name: known.get(name) for name in measured}


def _times(route: Route) -> dict[str, int | None]:
    total, service, waiting = _total(route), _service(route), _waiting(route)
    known = total is not None and service is not None and waiting is not None
    other = total - waiting - service if known else None  # type: ignore[operator]
    return {"total_s": total, "waiting_s": waiting, "service_s": service, "other_s": other}


def _total(route: Route) -> int | None:
    if route.started_at is None:
        return None
    latest = route.finished_at or max((moment for _, moment in route.moments()), default=None)
    return None if latest is None else seconds_between(route.started_at, latest)


def _service(route: Route) -> int | None:
    served = list(_served(route.visits))
    return union_length(served) if served or not route.visits else None


def _waiting(route: Route) -> int | None:
    waited = [(x.queued_at, x.called_at) for x in route.visits if x.queued_at and x.called_at]
    if route.visits and not waited:
        return None
    # Waiting with a ticket while being served elsewhere costs nothing: only the rest of it counts.
    served = list(_served(route.visits))
    return union_length(served + waited) - union_length(served)


def _served(visits: Iterable[Visit]) -> Iterator[Interval]:
    for visit in visits:
        if visit.called_at and visit.finished_at:
            yield visit.called_at, visit.finished_at


def _stops(route: Route) -> dict[str, int | None]:
    visits = route.visits
    outcomes = Counter(visit.outcome for visit in visits)
    return {
        "visits": len(visits),
        "counters": len({visit.place for visit in visits}),
        "sections": _distinct_known(visit.section for visit in visits),
        "buildings": _distinct_known(visit.building for visit in visits),
        "floor_changes": sum(
            (one.building, one.floor) != (other.building, other.floor) for one, other in pairwise(visits)
        ),
        "distance_m": _distance(visits),
        "explained_again": sum(visit.explained_again or 0 for visit in visits),
        "wrong_counters": outcomes["wrong_counter"],
        "come_again": outcomes["come_again"],
    }


def _distinct_known(names: Iterable[str | None]) -> int | None:
    return len({name for name in names if name is not None}) or None


def _distance(visits: Iterable[Visit]) -> int | None:
    walks = [visit.distance_m for visit in visits]
    known = [walk for walk in walks if walk is not None]
    return sum(known) if len(known) == len(walks) else None


def _paper(route: Route) -> dict[str, Any]:
    forms = [form for visit in route.visits for form in visit.forms]
    writes = [write for form in forms for write in form.writes]
    by_hand = [write for write in writes if write.how == "written"]
    by_field = Counter(dict.fromkeys(v.FIELDS, 0))
    for write in by_hand:
        by_field[write.field] += write.times
    return {
        "forms": len(forms),
        "pages": sum(form.pages or 0 for form in forms),
        "writes": count_written(writes),
        "writes_by_field": dict(by_field),
        "writes_avoided": sum(write.times for write in writes if write.how != "written"),
        "repeated_writes": _repeated(by_hand),
    }


def count_written(writes: Iterable[Write]) -> int:
    """Return how many times something was written by hand."""
    return sum(write.times for write in writes if write.how == "written")


def _repeated(by_hand: Iterable[Write]) -> int:
    times: Counter[tuple[str | None, str]] = Counter()
    for write in by_hand:
        if write.field not in v.FIELDS_NEVER_REPEATED:
            times[write.person, write.field] += write.times
    return sum(max(0, count - 1) for count in times.values())


def _procedures(route: Route, scenario: Scenario) -> dict[str, Any]:
    done = {procedure for visit in route.visits for procedure in visit.procedures if procedure}
    missed = [procedure.id for procedure in scenario.procedures if procedure.id not in done]
    return {
        "procedures_expected": len(scenario.procedures),
        "procedures_done": len(done),
        "procedures_missed": missed if route.complete else None,
    }


def _observations(route: Route) -> dict[str, dict[str, int]]:
    seen: list[Observation] = [*route.observations]
    for visit in route.visits:
        seen += visit.observations
    kinds = Counter(observation.kind for observation in seen)
    categories = Counter(observation.category for observation in seen)
    return {
        "observations_by_kind": {kind: kinds[kind] for kind in v.KINDS},
        "observations_by_category": {category: categories[category] for category in v.CATEGORIES},
    }
