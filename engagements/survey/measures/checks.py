"""What the values of a survey must say together: ids, references, and times that can have happened.

A value that was already refused on reading is absent here, so nothing that depends on it is reported again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from .faults import FaultLog, shown
from .model import Route, Scenario, Survey, Visit


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


def check_survey(survey: Survey, log: FaultLog) -> None:
    """Note every fault of ids, references and times (survey format madoguchi-survey/1, "Refusals")."""
    _check_ids("scenarios", survey.scenarios, log)
    for s, scenario in enumerate(survey.scenarios):
        _check_ids(f"scenarios[{s}].household", scenario.household, log)
        _check_ids(f"scenarios[{s}].procedures", scenario.procedures, log)
    _check_ids("routes", survey.routes, log)
    for r, route in enumerate(survey.routes):
        _check_references(f"routes[{r}]", route, survey.scenarios, log)
        _check_route(f"routes[{r}]", route, log)


def _check_ids(path: str, items: Iterable[_HasId], log: FaultLog) -> None:
    seen: set[str] = set()
    for i, item in enumerate(items):
        if item.id and item.id in seen:
            log.add(f"{path}[{i}].id", "duplicate_id", value=shown(item.id))
        seen.add(item.id)


def _check_references(path: str, route: Route, scenarios: Sequence[Scenario], log: FaultLog) -> None:
    # Where an id is used twice, a reference may mean either: what one of them knows leads somewhere.
    meant = [
        (s, scenario)
        for s, scenario in enumerate(scenarios)
        if route.scenario and scenario.id == route.scenario
    ]
    if not meant:
        # A list that could not be read is one fault, not one for each reference into it.
        if route.scenario and "scenarios" not in log.paths:
            log.add(f"{path}.scenario", "unknown_scenario", value=shown(route.scenario))
        return
    if not any(f"scenarios[{s}].household" in log.paths for s, _ in meant):
        _check_people(path, route, {person.id for _, scenario in meant for person in scenario.household}, log)
    if not any(f"scenarios[{s}].procedures" in log.paths for s, _ in meant):
        _check_procedures(
            path, route, {item.id for _, scenario in meant for item in scenario.procedures}, log
        )


def _check_people(path: str, route: Route, known: set[str], log: FaultLog) -> None:
    for v, visit in enumerate(route.visits):
        for f, form in enumerate(visit.forms):
            for w, write in enumerate(form.writes):
                if write.person is not None and write.person not in known:
                    where = f"{path}.visits[{v}].forms[{f}].writes[{w}].person"
                    log.add(where, "unknown_person", value=shown(write.person))


def _check_procedures(path: str, route: Route, known: set[str], log: FaultLog) -> None:
    for v, visit in enumerate(route.visits):
        for p, procedure in enumerate(visit.procedures):
            if procedure and procedure not in known:
                where = f"{path}.visits[{v}].procedures[{p}]"
                log.add(where, "unknown_procedure", value=shown(procedure))


def _check_route(path: str, route: Route, log: FaultLog) -> None:
    if route.visits and route.totals is not None:
        log.add(f"{path}.totals", "visits_and_totals")
    if route.visits and route.started_at is None and f"{path}.started_at" not in log.paths:
        log.add(f"{path}.started_at", "no_start")
    _check_span(path, route, log)
    for v, visit in enumerate(route.visits):
        _check_visit(f"{path}.visits[{v}]", visit, log)
    _check_arrivals(path, route, log)


def _check_span(path: str, route: Route, log: FaultLog) -> None:
    started, finished = route.started_at, route.finished_at
    if _later(started, finished):
        # No time lies within such a route: to name them all would bury the one that is wrong.
        log.add(f"{path}.finished_at", "route_finished_before_started")
        return
    for where, moment in route.moments():
        if _later(started, moment):
            log.add(f"{path}.{where}", "before_route")
        elif _later(moment, finished):
            log.add(f"{path}.{where}", "after_route")


def _check_visit(path: str, visit: Visit, log: FaultLog) -> None:
    queued, called, finished = visit.queued_at, visit.called_at, visit.finished_at
    if _later(queued, called):
        log.add(f"{path}.called_at", "called_before_queued")
    if _later(called, finished):
        log.add(f"{path}.finished_at", "finished_before_called")
    if called is None and _later(queued, finished):
        log.add(f"{path}.finished_at", "finished_before_queued")


def _check_arrivals(path: str, route: Route, log: FaultLog) -> None:
    previous: datetime | None = None
    for v, visit in enumerate(route.visits):
        if _later(previous, visit.queued_at):
            log.add(f"{path}.visits[{v}].queued_at", "out_of_order")
        previous = visit.queued_at or previous


def _later(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one > other
