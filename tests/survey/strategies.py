"""Hypothesis strategies: valid files of the format madoguchi-survey/1, as raw documents.

The values are listed here a second time on purpose: a word lost from the service's lists must fail a test.
"""

from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

LIFE_EVENTS = [
    "move_in",
    "move_out",
    "move_within",
    "birth",
    "marriage",
    "divorce",
    "death",
    "name_change",
    "certificate",
    "childcare",
    "care",
    "other",
]
FIELDS = [
    "name",
    "kana",
    "address",
    "former_address",
    "birth_date",
    "phone",
    "my_number",
    "registered_domicile",
    "bank_account",
    "date",
    "signature",
    "other",
]
HOW = ["written", "prefilled", "typed_by_staff", "checked_only"]
KINDS = ["problem", "good", "idea"]
CATEGORIES = ["facility", "service", "operation", "form", "system", "wayfinding"]
OUTCOMES = ["done", "come_again", "wrong_counter", "left"]
ENDED = ["finished", "out_of_time", "gave_up", "told_to_return"]
ACTORS = ["newcomer", "staff", "counter_staff", "executive", "outsider"]
BLIND = ["actors", "counters", "both", "none"]
ELEVEN = [
    "total_s",
    "waiting_s",
    "service_s",
    "other_s",
    "visits",
    "counters",
    "forms",
    "writes",
    "repeated_writes",
    "distance_m",
    "wrong_counters",
]
MUNICIPALITIES = ["044041", "011002", "032085", "473821"]

START = datetime(2025, 8, 19, 0, 30, tzinfo=UTC)
LONGEST_S = 1200


def maybe(strategy):
    """A value, or one of the ways to say nothing (the field itself is left out by `without_absent`)."""
    return st.one_of(strategy, st.none(), st.just(""))


@st.composite
def record(draw, required, optional):
    """An object with the required fields, and each optional one given, null, empty or left out."""
    thing = {name: draw(strategy) for name, strategy in required.items()}
    for name, strategy in optional.items():
        if draw(st.booleans()):
            thing[name] = draw(maybe(strategy))
    if draw(st.integers(0, 9)) == 0:
        thing["町独自の項目"] = draw(st.sampled_from([1.5, [True, None], {"a": "b"}]))
    return thing


counts = st.integers(0, 4)


def write_time(second, fraction, offset_h, form):
    """One of the ISO 8601 spellings of a second after the start."""
    moment = (START + timedelta(seconds=second)).astimezone(timezone(timedelta(hours=offset_h)))
    if form == "basic":
        return moment.strftime("%Y%m%dT%H%M%S") + fraction + moment.strftime("%z")
    if form == "week":
        return moment.strftime("%G-W%V-%uT%H:%M:%S") + fraction + moment.isoformat()[-6:]
    text = moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + moment.isoformat()[-6:]
    return text.replace("+00:00", "Z")


def time_of(second):
    fractions = st.sampled_from(["", "", ".9", ".000001", ",5", ".1234567"])
    forms = st.sampled_from(["extended", "extended", "basic", "week"])
    return st.builds(write_time, st.just(second), fractions, st.sampled_from([9, 9, 0, -3]), forms)


def times_up_to(last):
    return st.integers(0, last).flatmap(time_of)


def observations(last):
    return st.lists(
        record(
            {
                "kind": st.sampled_from(KINDS),
                "category": st.sampled_from(CATEGORIES),
                "text": st.just("気づき"),
            },
            {"heading": st.just("設備面"), "at": times_up_to(last), "photo": st.just("photo 1.jpg")},
        ),
        max_size=2,
    )


def forms(last, people):
    person = {"person": st.sampled_from(people)} if people else {}
    writes = record(
        {"field": st.sampled_from(FIELDS), "times": counts},
        {"how": st.sampled_from(HOW), "at": times_up_to(last), **person},
    )
    fields = {"name": st.just("転入届"), "pages": counts, "writes": st.lists(writes, max_size=4)}
    return st.lists(record({}, fields), max_size=2)


@st.composite
def visit(draw, seconds, last, scenario):
    """A visit whose known times are some of three given seconds."""
    people = [person["id"] for person in scenario.get("household") or []]
    procedures = [procedure["id"] for procedure in scenario.get("procedures") or []]
    optional = {
        "section": st.sampled_from(["市民生活課", "福祉課"]),
        "building": st.sampled_from(["本庁舎", "支所"]),
        "floor": st.sampled_from(["1F", "2F"]),
        "distance_m": st.integers(0, 90),
        "outcome": st.sampled_from(OUTCOMES),
        "explained_again": counts,
        "forms": forms(last, people),
        "observations": observations(last),
    }
    if procedures:
        optional["procedures"] = st.lists(st.sampled_from(procedures), max_size=3)
    for name, second in zip(("queued_at", "called_at", "finished_at"), seconds, strict=True):
        optional[name] = time_of(second)
    return draw(record({"counter": st.sampled_from(["市民課", "会計", "福祉"])}, optional))


@st.composite
def walked_route(draw, scenario):
    """A route with visits in order of arrival, which may overlap."""
    last = draw(st.integers(0, LONGEST_S))
    arrivals = sorted(draw(st.lists(st.integers(0, last), max_size=4)))
    visits = []
    for queued in arrivals:
        called = draw(st.integers(queued, last))
        finished = draw(st.integers(called, last))
        visits.append(draw(visit((queued, called, finished), last, scenario)))
    optional = {
        "finished_at": st.integers(last, last + 60).flatmap(time_of),
        "ended": st.sampled_from(ENDED),
        "observations": observations(last),
    }
    route = draw(record({}, optional))
    if visits or draw(st.booleans()):
        route["started_at"] = draw(time_of(0))
        route["visits"] = visits
    return route


@st.composite
def counted_route(draw):
    """A route that was counted on paper."""
    totals = draw(record({}, {name: st.integers(0, 99) for name in ELEVEN}))
    route = draw(record({"totals": st.just(totals)}, {"ended": st.sampled_from(ENDED)}))
    return {**route, "visits": []} if draw(st.booleans()) else route


@st.composite
def route(draw, number, scenarios):
    chosen = draw(st.sampled_from(scenarios))
    walk = draw(st.one_of(walked_route(chosen), walked_route(chosen), counted_route()))
    head = record(
        {"id": st.just(f"r{number}"), "scenario": st.just(chosen["id"])},
        {"team": st.just("A"), "actor": st.sampled_from(ACTORS), "blind": st.sampled_from(BLIND)},
    )
    return {**draw(head), **walk}


def people(number):
    attributes = st.lists(st.sampled_from(["disability", "foreign", ""]), max_size=3)
    return record(
        {"id": st.just(f"p{number}")},
        {"relation": st.sampled_from(["世帯主", "子"]), "age": st.integers(0, 3), "attributes": attributes},
    )


def procedures(number):
    return record({"id": st.just(f"k{number}")}, {"name": st.sampled_from(["国保の加入", "児童手当"])})


def numbered(strategy, most):
    """A list whose items are told apart by their number."""
    return st.integers(0, most).flatmap(lambda size: st.tuples(*map(strategy, range(size))).map(list))


def scenario(number):
    return record(
        {"id": st.just(f"s{number}"), "life_event": st.sampled_from(LIFE_EVENTS)},
        {
            "title": st.just("転入する家族"),
            "planned_minutes": st.integers(1, 20),
            "household": numbered(people, 3),
            "procedures": numbered(procedures, 3),
        },
    )


@st.composite
def surveys(draw):
    """A valid document of the format."""
    scenarios = draw(numbered(scenario, 3))
    routes = draw(numbered(lambda number: route(number, scenarios), 5)) if scenarios else []
    head = record(
        {
            "municipality": st.sampled_from(MUNICIPALITIES),
            "held_on": st.dates().map(lambda day: day.isoformat()),
            "round": st.integers(1, 3),
        },
        {"title": st.just("体験調査")},
    )
    return {"format": "madoguchi-survey/1", "survey": draw(head), "scenarios": scenarios, "routes": routes}


@st.composite
def resurveys(draw):
    """Two valid documents; the later one repeats the scenarios of the earlier one, a few of them changed."""
    before, after = draw(surveys()), draw(surveys())
    if draw(st.booleans()):
        after["survey"]["municipality"] = before["survey"]["municipality"]
    after["scenarios"] = deepcopy(before["scenarios"])
    after["routes"] = (
        draw(numbered(lambda number: route(number, after["scenarios"]), 5)) if after["scenarios"] else []
    )
    for changed in after["scenarios"]:
        if draw(st.integers(0, 3)) == 0:
            changed["life_event"] = draw(st.sampled_from(LIFE_EVENTS))
        for person in changed.get("household") or []:
            if draw(st.integers(0, 3)) == 0:
                person["age"] = draw(st.integers(0, 3))
        for procedure in changed.get("procedures") or []:
            if draw(st.integers(0, 3)) == 0:
                procedure["name"] = draw(st.sampled_from(["国保の加入", "印鑑登録"]))
    return before, after
