"""Survey records and their measures: the format madoguchi-survey/1, in pure Python.

`read_survey` turns the bytes of a file into a `Survey` or refuses it with every fault; `measure_survey`
turns a `Survey` into the measures that files, pages and documents print alike; `dump_survey` writes a survey
back with whatever it held. The format itself is described in docs/survey-format.md.
"""

from typing import Any

from .checks import check_survey
from .document import MAX_DEPTH, decode, encode
from .effects import measure_effect
from .faults import MESSAGES, Fault, FaultLog, SurveyFaults, printable, shown
from .model import Form, Observation, Person, Procedure, Route, Scenario, Survey, Totals, Visit, Write
from .parsing import municipality_check_digit_ok, parse_survey
from .routes import measure_route
from .summaries import measure_counters, measure_scenario
from .vocabulary import (
    ACTORS,
    BLIND,
    CATEGORIES,
    ENDED,
    FIELDS,
    FORMAT,
    HOW,
    KINDS,
    LIFE_EVENTS,
    MEASURES,
    OUTCOMES,
    REASONS,
)

__all__ = [
    "ACTORS",
    "BLIND",
    "CATEGORIES",
    "ENDED",
    "FIELDS",
    "FORMAT",
    "HOW",
    "KINDS",
    "LIFE_EVENTS",
    "MAX_DEPTH",
    "MEASURES",
    "MESSAGES",
    "OUTCOMES",
    "REASONS",
    "Fault",
    "Form",
    "Observation",
    "Person",
    "Procedure",
    "Route",
    "Scenario",
    "Survey",
    "SurveyFaults",
    "Totals",
    "Visit",
    "Write",
    "dump_survey",
    "encode",
    "measure_survey",
    "municipality_check_digit_ok",
    "printable",
    "read_survey",
]


def read_survey(data: bytes | str, *, prefix: str = "") -> Survey:
    """Return the survey in a file (survey format madoguchi-survey/1).

    Raises SurveyFaults with every fault, its path after `prefix`; a fault of the whole file has the path `$`.
    Nothing is guessed or corrected: a file with one fault is refused whole.
    """
    log = FaultLog()
    survey = _read(data, log)
    if survey is None or log.faults:
        raise SurveyFaults(Fault(prefix + fault.path, fault.code, fault.params) for fault in log.faults)
    return survey


def dump_survey(survey: Survey) -> bytes:
    """Return the file of a survey that was read, unknown fields included, as UTF-8 JSON."""
    return encode(survey.raw)


def measure_survey(survey: Survey, before: Survey | None = None) -> dict[str, Any]:
    """Return `routes`, `scenarios` and `counters` of a survey, and its `effect` against an earlier one.

    Seconds and counts are integers, shares numbers of three decimals, None what the survey does not say
    (survey format madoguchi-survey/1, "Measures").
    """
    routes, scenarios = _measure(survey)
    measured: dict[str, Any] = {
        "routes": routes,
        "scenarios": scenarios,
        "counters": measure_counters(survey),
    }
    if before is not None:
        measured["effect"] = measure_effect(before, survey, _measure(before)[1], scenarios)
    return measured


def _read(data: bytes | str, log: FaultLog) -> Survey | None:
    try:
        document = decode(data)
    except ValueError:
        log.add("$", "not_json")
        return None
    if not isinstance(document, dict):
        log.add("$", "not_object")
        return None
    # A format of a wrong type is an unknown one: nothing else in such a file can be judged by these rules.
    # A missing one is a missing field like any other.
    if document.get("format") not in (FORMAT, None, ""):
        log.add("format", "unknown_format", value=shown(document["format"]))
        return None
    survey = parse_survey(document, log)
    check_survey(survey, log)
    return survey


def _measure(survey: Survey) -> tuple[dict[str, Any], dict[str, Any]]:
    by_id = {scenario.id: scenario for scenario in survey.scenarios}
    routes = {route.id: measure_route(route, by_id[route.scenario]) for route in survey.routes}
    scenarios = {
        scenario.id: measure_scenario(
            scenario, [(route, routes[route.id]) for route in survey.routes if route.scenario == scenario.id]
        )
        for scenario in survey.scenarios
    }
    return routes, scenarios
