"""From a JSON document to a `Survey`: shapes, types, known values. What they say together is for `checks`."""

from typing import Any

from . import vocabulary as v
from .faults import FaultLog
from .model import Form, Observation, Person, Procedure, Route, Scenario, Survey, Totals, Visit, Write
from .reading import Node


def parse_survey(document: dict[str, Any], log: FaultLog) -> Survey:
    """Return the survey in a document, its faults noted in `log`; with any, it must not be used."""
    root = Node(document, "", log)
    root.required_text("format")
    # Without a `survey` object, each required field of it is missing at its own path.
    head = root.child("survey") or Node({}, "survey", log)
    return Survey(
        municipality=_municipality(head),
        held_on=head.required_day("held_on"),
        round=head.required_number("round", least=1),
        title=head.text("title"),
        scenarios=tuple(_scenario(node) for node in root.children("scenarios")),
        routes=tuple(_route(node) for node in root.children("routes")),
        extra=root.extra(),
        survey_extra=head.extra(),
        raw=document,
    )


def municipality_check_digit_ok(code: str) -> bool:
    """Whether `code` is six digits, the last of them the check digit of the five before (JIS X 0401/0402)."""
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return False
    weighted = sum(int(digit) * weight for digit, weight in zip(code, (6, 5, 4, 3, 2), strict=False))
    return int(code[5]) == (11 - weighted % 11) % 10


def _municipality(head: Node) -> str:
    code = head.required_text("municipality")
    if code and not municipality_check_digit_ok(code):
        head.fault("municipality", "bad_municipality")
    return code


def _scenario(node: Node) -> Scenario:
    return Scenario(
        id=node.required_text("id"),
        life_event=node.required_choice("life_event", v.LIFE_EVENTS),
        title=node.text("title"),
        planned_minutes=node.number("planned_minutes", least=1),
        household=tuple(_person(person) for person in node.children("household")),
        procedures=tuple(_procedure(procedure) for procedure in node.children("procedures")),
        extra=node.extra(),
    )


def _person(node: Node) -> Person:
    return Person(
        id=node.required_text("id"),
        relation=node.text("relation"),
        age=node.number("age"),
        attributes=tuple(filter(None, node.texts("attributes"))),
        extra=node.extra(),
    )


def _procedure(node: Node) -> Procedure:
    return Procedure(id=node.required_text("id"), name=node.text("name"), extra=node.extra())


def _route(node: Node) -> Route:
    return Route(
        id=node.required_text("id"),
        scenario=node.required_text("scenario"),
        team=node.text("team"),
        actor=node.choice("actor", v.ACTORS),
        blind=node.choice("blind", v.BLIND),
        started_at=node.moment("started_at"),
        finished_at=node.moment("finished_at"),
        ended=node.choice("ended", v.ENDED),
        observations=_observations(node),
        visits=tuple(_visit(visit) for visit in node.children("visits")),
        totals=_totals(node.child("totals")),
        extra=node.extra(),
    )


def _totals(node: Node | None) -> Totals | None:
    if node is None:
        return None
    values = {name: node.number(name) for name in v.MEASURES}
    known = {name: value for name, value in values.items() if value is not None}
    return Totals(values=known, extra=node.extra())


def _visit(node: Node) -> Visit:
    return Visit(
        counter=node.required_text("counter"),
        section=node.text("section"),
        building=node.text("building"),
        floor=node.text("floor"),
        distance_m=node.number("distance_m"),
        queued_at=node.moment("queued_at"),
        called_at=node.moment("called_at"),
        finished_at=node.moment("finished_at"),
        outcome=node.choice("outcome", v.OUTCOMES) or v.DEFAULT_OUTCOME,
        explained_again=node.number("explained_again"),
        procedures=node.texts("procedures"),
        forms=tuple(_form(form) for form in node.children("forms")),
        observations=_observations(node),
        extra=node.extra(),
    )


def _form(node: Node) -> Form:
    return Form(
        name=node.text("name"),
        pages=node.number("pages"),
        writes=tuple(_write(write) for write in node.children("writes")),
        extra=node.extra(),
    )


def _write(node: Node) -> Write:
    return Write(
        field=node.required_choice("field", v.FIELDS),
        times=node.required_number("times"),
        person=node.text("person"),
        how=node.choice("how", v.HOW) or v.DEFAULT_HOW,
        at=node.moment("at"),
        extra=node.extra(),
    )


def _observations(node: Node) -> tuple[Observation, ...]:
    return tuple(_observation(observation) for observation in node.children("observations"))


def _observation(node: Node) -> Observation:
    return Observation(
        kind=node.required_choice("kind", v.KINDS),
        category=node.required_choice("category", v.CATEGORIES),
        text=node.required_text("text"),
        heading=node.text("heading"),
        at=node.moment("at"),
        photo=node.file_name("photo"),
        extra=node.extra(),
    )
