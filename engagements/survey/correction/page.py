"""What the page of the timeline shows: one visit of a route as fields, over them what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from engagements.survey import words
from engagements.survey.correction.spoken import EDGE_WORDS, WRITE_WORDS
from engagements.survey.correction.visits import (
    EDGES,
    MOST_NEW,
    NEW_FORM,
    PLACE,
    WRITE,
    cells,
    entries,
    place_words,
)
from engagements.survey.day.preparation import read
from engagements.survey.measures import FIELDS, HOW
from engagements.survey.plain import same, show_time

Raw = Mapping[str, Any]
Options = Sequence[tuple[str, Any]]
NAME = re.compile(r"v([0-9]{1,4})-[a-z0-9_]+(?:-[a-z]+)?")


@dataclass(frozen=True, slots=True)
class Field:
    """One input: what it shows, what stands in the records (``was``), and the sentence where it has to be mended."""

    name: str
    label: str
    value: str
    was: str
    fault: str = ""
    options: Options = ()

    @property
    def changed(self) -> bool:
        return not same(self.value, self.was)

    @property
    def was_words(self) -> str:
        """The recorded value as a choice names it."""
        return str(dict(self.options).get(self.was, self.was)) or _("記録なし")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, a form or an observation; ``gone`` is whether it is ticked to go."""

    number: int | str
    name: str
    fields: Sequence[Field]
    gone: bool = False
    new: bool = False
    fault: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A visit to choose."""

    number: int
    words: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """The page of one visit. ``hidden`` carries what was typed at the others."""

    v: int
    visit: Raw
    gone: bool
    chips: Sequence[Chip]
    edges: Sequence[Field]
    place: Field
    rows: Sequence[Row]
    forms: Sequence[Row]
    new_form: Field
    observations: Sequence[Row]
    new_rows: int
    hidden: Sequence[tuple[str, str]] = ()
    form_names: Sequence[str] = field(default_factory=list)
    between: str = ""

    @property
    def going(self) -> int:
        return sum(row.gone for row in self.rows)

    @property
    def staying(self) -> int:
        return sum(not (row.gone or row.new) for row in self.rows)


def typed_of(posted: Mapping[str, str]) -> dict[str, str]:
    """What of a form belongs to visits."""
    return {name: value for name, value in posted.items() if NAME.fullmatch(name)}


def places_of(document: Raw) -> dict[str, Raw]:
    """Every counter that the records or the preparation of the day name, by its words."""
    recorded = [visit for route in document.get("routes") or () for visit in route.get("visits") or ()]
    prepared = [{name: getattr(place, name) for name in PLACE} for place in read(document).places]
    return {place_words(place): place for place in [*reversed(recorded), *prepared]}


def form_names_of(document: Raw) -> list[str]:
    """The names of forms that the records know already."""
    visits = [visit for route in document.get("routes") or () for visit in route.get("visits") or ()]
    names = (form.get("name") for visit in visits for form in visit.get("forms") or ())
    return sorted({name for name in names if name})


class _Builder:
    """One visit with what was typed over it."""

    def __init__(self, visit: Raw, v: int, typed: Mapping[str, str], faults: Mapping[str, str]) -> None:
        self.visit, self.v, self.typed, self.faults = visit, v, typed, faults
        self.was = cells(visit, v)

    def field(self, key: str, label: str, options: Options = (), default: str = "") -> Field:
        name = f"v{self.v}-{key}"
        was = self.was.get(name, default)
        return Field(name, label, self.typed.get(name, was), was, self.faults.get(name, ""), options)

    def ticked(self, key: str) -> bool:
        return bool(self.typed.get(f"v{self.v}-{key}-gone"))

    def row(self, number: int | str, key: str, options: Mapping[str, Options], *, new: bool = False) -> Row:
        said = _("%(number)s本目") % {"number": number} if number else _("新しい行")
        defaults = {"how": HOW[0], "times": "1", "form": options["form"][0][0]} if new else {}
        fields = [
            self.field(
                f"{key}-{name}", f"{said} {WRITE_WORDS[name]}", options.get(name, ()), defaults.get(name, "")
            )
            for name in WRITE
        ]
        return Row(number, f"v{self.v}-{key}", fields, self.ticked(key), new)

    def rows(self, options: Mapping[str, Options], new: int) -> list[Row]:
        found = [self.row(entry.number, f"w{entry.index}", options) for entry in entries(self.visit)]
        with_nothing = dict(options) | {"field": [("", "—"), *options["field"]]}
        return found + [self.row("", f"n{n}", with_nothing, new=True) for n in range(new)]

    def forms(self) -> list[Row]:
        return [
            Row(
                number,
                f"v{self.v}-f{number - 1}",
                [self.field(f"f{number - 1}-name", _("%(number)sつ目の様式の名前") % {"number": number})],
                self.ticked(f"f{number - 1}"),
                fault=self.faults.get(f"v{self.v}-f{number - 1}-gone", ""),
            )
            for number, _form in enumerate(self.visit.get("forms") or (), start=1)
        ]

    def observations(self, visits: Options) -> list[Row]:
        """``visits``: the visits of the route, to one of which each belongs."""
        return [
            Row(
                o + 1,
                f"v{self.v}-o{o}",
                [
                    self.field(f"o{o}-at", _("%(number)s件目の気づきの時刻") % {"number": o + 1}),
                    self.field(f"o{o}-visit", _("%(number)s件目の気づきの窓口") % {"number": o + 1}, visits),
                ],
                text=f"{words.KINDS[item['kind']]} {item['text']}",
            )
            for o, item in enumerate(self.visit.get("observations") or ())
        ]

    def options(self, scenario: Raw, new_form: str) -> dict[str, Options]:
        """The words to choose from in the rows of entries."""
        forms = [
            (str(f), form.get("name") or _("名前のない様式"))
            for f, form in enumerate(self.visit.get("forms") or ())
        ]
        people = [(one["id"], one.get("relation") or one["id"]) for one in scenario.get("household") or ()]
        return {
            "form": [*forms, (NEW_FORM, new_form or _("足す様式"))],
            "person": [("", _("記録なし")), *people],
            "field": [(name, words.FIELDS[name]) for name in FIELDS],
            "how": [(name, words.HOW[name]) for name in HOW],
        }

    def new_rows(self, more: bool) -> int:
        said = self.typed.get(f"v{self.v}-rows", "")
        known = int(said) if re.fullmatch(r"[0-9]{1,3}", said) else 1
        return min(max(known, 1) + more, MOST_NEW)


def show(
    route: Raw,
    scenario: Raw,
    document: Raw,
    v: int,
    *,
    typed: Mapping[str, str],
    faults: Mapping[str, str],
    more: bool = False,
) -> Shown:
    """The visit at place ``v`` of the route; ``faults`` are sentences by the name of the field."""
    visits = route["visits"]
    build = _Builder(visits[v], v, typed, faults)
    places = list(places_of(document))
    now = place_words(visits[v])
    new_form = build.field(f"f{NEW_FORM}-name", _("足す様式の名前"))
    new = build.new_rows(more)
    chips = [_chip(n, visit, v) for n, visit in enumerate(visits)]
    return Shown(
        v=v,
        visit=visits[v],
        gone=build.typed.get(f"v{v}-gone", "") != "",
        chips=chips,
        edges=[build.field(name, str(EDGE_WORDS[name])) for name in EDGES],
        place=build.field("place", _("窓口"), [(name, name) for name in dict.fromkeys([now, *places])]),
        rows=build.rows(build.options(scenario, new_form.value), new),
        forms=build.forms(),
        new_form=new_form,
        observations=build.observations([(str(chip.number), chip.words) for chip in chips]),
        new_rows=new,
        hidden=_elsewhere(typed, v),
        form_names=form_names_of(document),
        between=_between(visits, v),
    )


def _between(visits: Sequence[Raw], v: int) -> str:
    """When the team left the counter before and came to the next one."""
    left = show_time(visits[v - 1].get("finished_at")) if v else ""
    came = show_time(visits[v + 1].get("queued_at")) if v + 1 < len(visits) else ""
    before = _("前の窓口が終わるのは%(time)sです。") % {"time": left} if left else ""
    after = _("次の窓口に着くのは%(time)sです。") % {"time": came} if came else ""
    return before + after


def _chip(n: int, visit: Raw, v: int) -> Chip:
    arrived = next((visit[name] for name in EDGES if visit.get(name)), None)
    return Chip(n + 1, f"{visit['counter']} {show_time(arrived)}".strip(), n == v)


def _elsewhere(typed: Mapping[str, str], v: int) -> list[tuple[str, str]]:
    return [(name, value) for name, value in typed.items() if not name.startswith(f"v{v}-")]


def place_of_fault(name: str, route: Raw) -> str:
    """Where a field stands, for the list of what has to be mended: 3番 国保 呼ばれた."""
    found, visits = NAME.fullmatch(name), route["visits"]
    if not found or int(found[1]) >= len(visits):
        return ""
    v, key = int(found[1]), name.partition("-")[2]
    head, _dash, last = key.partition("-")
    numbers = {f"w{entry.index}": entry.number for entry in entries(visits[v])}
    if head in numbers:
        said = _("%(number)s本目") % {"number": numbers[head]} + f" {WRITE_WORDS.get(last, '')}"
    else:
        said = str(EDGE_WORDS.get(head, "")) or _label(head, last)
    return f"{visits[v]['counter']} {said}".strip()


def _label(head: str, last: str) -> str:
    if head.startswith("n"):
        return _("新しい行") + f" {WRITE_WORDS.get(last, '')}"
    return {"place": _("窓口")}.get(head, _("様式") if head.startswith("f") else _("気づき"))


def spread(names: Mapping[str, str], found: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    """Faults of the whole records by the field that shows the place; what no field shows stays a sentence."""
    faults: dict[str, str] = {}
    rest: list[str] = []
    for path, sentence in found:
        name = names.get(re.sub(r"^routes\[[0-9]+\]\.", "", path))
        if name:
            faults.setdefault(name, sentence)
        else:
            rest.append(f"{path}: {sentence}")
    return faults, rest
