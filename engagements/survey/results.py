"""The results page: measures in words and pictures. Reads only; every figure is one of ``measure_survey``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.survey import photos, remarks, words
from engagements.survey.comparison import Comparison, compare
from engagements.survey.measures import FIELDS, KINDS, MEASURES
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.plots import (
    RouteBand,
    bands_from_survey,
    observations_in_order,
    routes_timeline,
)
from engagements.survey.selectors import Observation, earlier, measures_of, observations
from engagements.survey.services import blank_document
from workflow import Actor

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Missed:
    """A procedure that teams left without: they went all the way round and nobody told them."""

    procedure: str
    teams: str
    routes: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over the complete routes; values carry their unit."""

    label: str
    median: str
    least: str
    most: str


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A route in the table and on its way to the grid."""

    id: str
    name: str
    ending: str
    complete: bool
    on_paper: bool
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """How often a field was written by hand and how often that was avoided; shares are percent of the longest bar."""

    label: str
    written: int
    avoided: int
    written_share: int
    avoided_share: int


@dataclass(frozen=True, slots=True)
class CounterRow:
    """A counter over all routes."""

    place: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """Everything about one scenario."""

    id: str
    title: str
    life_event: str
    household: str
    planned_minutes: int | None
    routes: int
    complete_routes: int
    missed: Sequence[Missed]
    no_misses: bool
    unfinished: str
    figures: Sequence[Figure]
    lower_bound: str
    over_plan: str
    timeline: SafeString
    table: Sequence[RouteRow]
    comparison: Comparison | None


@dataclass(frozen=True, slots=True)
class Results:
    """The page. ``version`` is None while nothing was recorded."""

    version: SurveyVersion | None
    earlier: Survey | None
    scenarios: Sequence[ScenarioResult]
    routes: int
    fields: Sequence[FieldRow]
    written: int
    counters: Sequence[CounterRow]
    observations: Sequence[Observation]
    observation_words: str
    withheld: int
    #: How many remarks lose their words in a file for others.
    covered: int
    has_photos: bool


TABLE_MEASURES = MEASURES
COUNTER_MEASURES = ("visits", "waiting_s", "service_s", "forms", "writes")


def results(survey: Survey, version: SurveyVersion | None, *, reader: Actor) -> Results:
    """The page of a survey's latest version as this reader may see it. Two queries, however many routes there are."""
    document = version.document if version else blank_document(survey)
    before = earlier(survey)
    earlier_text = before.latest_content if before else None  # type: ignore[attr-defined]
    measured = measures_of(version.content if version else None, before=earlier_text, survey=survey)
    every = remarks.noted(survey, observations(document))
    noticed = _with_photos(remarks.readable(reader, survey, every), reader, survey)
    document = remarks.with_only(document, noticed)
    before_measured = (
        measures_of(earlier_text, before=None, survey=before) if before and earlier_text else None
    )
    return Results(
        version=version,
        earlier=before,
        scenarios=_scenarios(document, measured, before_measured, (before, survey)),
        routes=len(measured["routes"]),
        fields=_fields(document, measured),
        written=sum(route["writes"] or 0 for route in measured["routes"].values()),
        counters=[_counter(row) for row in measured["counters"]],
        observations=noticed,
        observation_words=_kinds(noticed),
        withheld=len(every) - len(noticed),
        covered=sum(1 for item in every if remarks.stays(item)),
        has_photos=any(item.photo for item in every),
    )


def _scenarios(
    document: Raw, measured: Raw, before: Raw | None, rounds: tuple[Survey | None, Survey]
) -> list[ScenarioResult]:
    bands, number = {}, 1
    for route in document.get("routes") or ():
        bands[route["id"]] = bands_from_survey(route, number)
        number += len(observations_in_order(route))
    return [
        _scenario(scenario, document, measured, bands, before, rounds)
        for scenario in document.get("scenarios") or ()
    ]


def _scenario(
    scenario: Raw,
    document: Raw,
    measured: Raw,
    bands: Mapping[str, RouteBand],
    before: Raw | None,
    rounds: tuple[Survey | None, Survey],
) -> ScenarioResult:
    spread = measured["scenarios"][scenario["id"]]
    routes = [route for route in document.get("routes") or () if route["scenario"] == scenario["id"]]
    known = measured["routes"]
    missed = _missed(scenario, spread, routes, known)
    return ScenarioResult(
        id=scenario["id"],
        title=scenario.get("title") or str(words.LIFE_EVENTS[scenario["life_event"]]),
        life_event=str(words.LIFE_EVENTS[scenario["life_event"]]),
        household=household_words(scenario),
        planned_minutes=scenario.get("planned_minutes"),
        routes=spread["routes"],
        complete_routes=spread["complete_routes"],
        missed=missed,
        no_misses=not missed and any(known[route["id"]]["procedures_missed"] is not None for route in routes),
        unfinished=_unfinished(routes, known),
        figures=_figures(spread),
        lower_bound="" if spread["lower_bound_s"] is None else words.at_least(spread["lower_bound_s"]),
        over_plan=_over_plan(spread, routes, known),
        timeline=routes_timeline(
            [bands[route["id"]] for route in routes], scenario.get("planned_minutes"), for_screen=True
        ),
        table=[_route_row(route, known[route["id"]], bands[route["id"]]) for route in routes],
        comparison=compare(scenario["id"], measured, before, rounds),
    )


def _with_photos(noticed: Sequence[Observation], reader: Actor, survey: Survey) -> list[Observation]:
    """Each remark with the address of its picture, where this reader may see it. No query where none has one."""
    shown = photos.readable(reader, survey) if any(item.photo for item in noticed) else {}
    return [
        replace(item, photo_url=reverse("survey-photo-file", args=[survey.pk, shown[item.photo].uid]))
        if item.photo in shown
        else item
        for item in noticed
    ]


def household_words(scenario: Raw) -> str:
    """The household as people say it: 世帯主(38)、妻(36)."""
    people = []
    for person in scenario.get("household") or ():
        more = [str(person["age"])] if person.get("age") is not None else []
        inside = "、".join([*more, *filter(None, person.get("attributes") or ())])
        relation = person.get("relation") or person["id"]
        people.append(f"{relation}({inside})" if inside else relation)
    return "、".join(people)


def _missed(scenario: Raw, spread: Raw, routes: Sequence[Raw], known: Raw) -> list[Missed]:
    names = {item["id"]: item.get("name") or item["id"] for item in scenario.get("procedures") or ()}
    found = []
    for procedure, count in spread["missed"].items():
        teams = [
            words.team_name(route.get("team"), route["id"])
            for route in routes
            if procedure in (known[route["id"]]["procedures_missed"] or ())
        ]
        found.append(Missed(names[procedure], "、".join(teams), count))
    return found


def _unfinished(routes: Sequence[Raw], known: Raw) -> str:
    teams = [
        words.team_name(route.get("team"), route["id"])
        for route in routes
        if known[route["id"]]["lower_bound"]
    ]
    if not teams:
        return ""
    return _("%(teams)sは最後まで回っていないため、漏れとは数えず、中央値にも入れていません。") % {
        "teams": "、".join(teams)
    }


def _figures(spread: Raw) -> list[Figure]:
    return [
        Figure(
            str(words.MEASURES[name].label),
            *(words.amount(name, spread[name][part]) for part in ("median", "min", "max")),
        )
        for name in MEASURES
        if spread[name]["median"] is not None
    ]


def _over_plan(spread: Raw, routes: Sequence[Raw], known: Raw) -> str:
    if spread["over_plan"] is None:
        return ""
    timed = sum(known[route["id"]]["total_s"] is not None for route in routes)
    over = round(spread["over_plan"] * timed)
    if not over:
        return _("予定より長くかかった班はありません。")
    return _("時間の分かる%(timed)s班のうち%(over)s班が、予定より長くかかりました。") % {
        "timed": timed,
        "over": over,
    }


def _route_row(route: Raw, measured: Raw, band: RouteBand) -> RouteRow:
    values = [words.amount(name, measured[name]) for name in TABLE_MEASURES]
    if measured["lower_bound"]:
        values[0] = words.at_least(measured["total_s"])
    return RouteRow(
        id=route["id"],
        name=band.label,
        ending=band.sub,
        complete=measured["complete"],
        on_paper=isinstance(route.get("totals"), Mapping),
        values=values,
    )


def _fields(document: Raw, measured: Raw) -> list[FieldRow]:
    avoided = dict.fromkeys(FIELDS, 0)
    for _route, _visit, write in _writes(document):
        if write.get("how") not in (None, "", "written"):
            avoided[write["field"]] += write["times"]
    by_route = [route["writes_by_field"] for route in measured["routes"].values() if route["writes_by_field"]]
    written = {name: sum(route[name] for route in by_route) for name in FIELDS}
    most = max((written[name] + avoided[name] for name in FIELDS), default=0) or 1
    return [
        FieldRow(
            str(words.FIELDS[name]),
            written[name],
            avoided[name],
            100 * written[name] // most,
            100 * avoided[name] // most,
        )
        for name in FIELDS
        if written[name] or avoided[name]
    ]


def _writes(document: Raw) -> Any:
    for route in document.get("routes") or ():
        for visit in route.get("visits") or ():
            for form in visit.get("forms") or ():
                for write in form.get("writes") or ():
                    yield route, visit, write


def _counter(row: Raw) -> CounterRow:
    where = " ".join(part for part in (row["building"], row["floor"]) if part)
    place = f"{row['counter']}({where})" if where else row["counter"]
    problems = ngettext("%(count)s件", "%(count)s件", row["problems"]) % {"count": row["problems"]}
    return CounterRow(place, [*(words.amount(name, row[name]) for name in COUNTER_MEASURES), problems])


def _kinds(noticed: Sequence[Observation]) -> str:
    by_kind = {kind: len(list(group)) for kind, group in groupby(sorted(one.kind for one in noticed))}
    return "、".join(f"{words.KINDS[kind]}{by_kind[kind]}" for kind in KINDS if kind in by_kind)
