"""What was typed on the timeline's page, carried into a copy of the route. Pure.

A field that says what it said before leaves its part of the records alone, down to the last character. What the order
of times allows is left to the format's own reader: ``Corrected.names`` tells at which field each of its faults belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Literal, TypeVar

from engagements.survey.correction.visits import EDGES, MOST_NEW, NEW_FORM, PLACE, WRITE, cells
from engagements.survey.measures import FIELDS, HOW
from engagements.survey.plain import TEXT_LENGTH, instant, same

T = TypeVar("T")
Raw = MutableMapping[str, Any]
#: What can be wrong with a field; ``spoken`` has the sentences.
Fault = Literal["time", "count", "choice", "missing", "text", "form_needed", "form_in_use"]


@dataclass(frozen=True, slots=True)
class Readers:
    """How the house reads what people type, None for nothing; ``ValueError`` for what is neither time nor count."""

    time: Callable[[str], time | None]
    count: Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Corrected:
    """The route after what was typed; with ``faults`` (by name of the field) it must not be used.

    ``names`` gives the field of each place in the route: ``visits[1].called_at`` is ``v2-called_at`` once the second
    visit went.
    """

    route: dict[str, Any]
    faults: Mapping[str, Fault]
    names: Mapping[str, str]


def correct(
    route: Mapping[str, Any],
    persons: Iterable[str],
    places: Mapping[str, Mapping[str, Any]],
    typed: Mapping[str, str],
    readers: Readers,
) -> Corrected:
    """The route with what was typed; the one given is not touched.

    ``persons`` are the ids that the scenario knows, ``places`` the counters to choose from by their words.
    """
    made, faults, names = deepcopy(dict(route)), dict[str, Fault](), dict[str, str]()
    known, before = set(persons), made.get("visits") or []
    desks = [
        _Desk(visit, v, _sent_to(v, typed), known, places, _day_of(visit, made), faults, readers)
        for v, visit in enumerate(before)
    ]
    kept = [desk for desk in desks if not desk.gone]
    for desk in kept:
        desk.work()
    for desk in desks:
        desk.hand_on(desks)
    for place, desk in enumerate(kept):
        names |= {f"visits[{place}].{path}": name for path, name in desk.names(desks)}
    if len(kept) != len(before):
        made["visits"] = [desk.visit for desk in kept]
    return Corrected(made, faults, names)


def _sent_to(v: int, typed: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in typed.items() if name.startswith(f"v{v}-")}


def _day_of(visit: Mapping[str, Any], route: Mapping[str, Any]) -> tuple[date, tzinfo]:
    """The day and offset of a time that stands nowhere yet: those of the visit, else of the route."""
    japan = timezone(timedelta(hours=9))
    known = [visit.get(name) for name in EDGES] + [route.get("started_at")]
    at = next(
        (datetime.fromisoformat(moment) for moment in known if moment), datetime(1970, 1, 1, tzinfo=japan)
    )
    return at.date(), at.tzinfo or japan


@dataclass
class _Desk:
    """One visit while it is put right."""

    visit: Raw
    v: int
    typed: Mapping[str, str]
    persons: set[str]
    places: Mapping[str, Mapping[str, Any]]
    day: tuple[date, tzinfo]
    faults: dict[str, Fault]
    readers: Readers
    rows: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shown = cells(self.visit, self.v)
        self.noticed = list(self.visit.get("observations") or ())
        self.homes = {id(noticed): f"v{self.v}-o{o}" for o, noticed in enumerate(self.noticed)}

    @property
    def gone(self) -> bool:
        return bool(self.typed.get(f"v{self.v}-gone"))

    def work(self) -> None:
        """Forms before what is written on them, a form that goes after what was taken off it."""
        self.forms = self.visit.get("forms") or []
        self.flat = [(form, write) for form in self.forms for write in form.get("writes") or ()]
        self.rows = {id(write): f"w{k}" for k, (_form, write) in enumerate(self.flat)}
        self.rows |= {id(form): f"f{f}" for f, form in enumerate(self.forms)}
        for name in EDGES:
            self._time(name, self.visit, name)
        self._place()
        self._name_forms()
        for k, (form, write) in enumerate(self.flat):
            self._write(f"w{k}", form, write)
        for n in range(MOST_NEW):
            self._new_write(f"n{n}")
        self._drop_forms()
        for o, noticed in enumerate(self.noticed):
            self._time(f"o{o}-at", noticed, "at")

    def hand_on(self, desks: Sequence[_Desk]) -> None:
        """Remarks that belong to another visit go there, to their time; from a visit that goes, too."""
        for o, noticed in enumerate(self.noticed):
            if not self._changed(f"o{o}-visit"):
                continue
            said = self._said(f"o{o}-visit")
            number = int(said) if said.isascii() and said.isdigit() and len(said) < 5 else 0
            if not 1 <= number <= len(desks) or desks[number - 1].gone:
                self._refuse(f"o{o}-visit", "choice")
                continue
            target = desks[number - 1].visit
            _take(self.visit, "observations", noticed)
            _lay(target, "observations", noticed)

    def names(self, desks: Iterable[_Desk]) -> Iterator[tuple[str, str]]:
        """Where each field of the form stands in the visit now; a remark may have come from another of the desks."""
        for name in (*EDGES, *PLACE):
            yield name, f"v{self.v}-{name if name in EDGES else 'place'}"
        for f, form in enumerate(self.visit.get("forms") or ()):
            yield f"forms[{f}].name", f"v{self.v}-{self.rows[id(form)]}-name"
            for w, write in enumerate(form.get("writes") or ()):
                for name in WRITE:
                    yield f"forms[{f}].writes[{w}].{name}", f"v{self.v}-{self.rows[id(write)]}-{name}"
        homes = {key: name for desk in desks for key, name in desk.homes.items()}
        for o, noticed in enumerate(self.visit.get("observations") or ()):
            yield f"observations[{o}].at", f"{homes[id(noticed)]}-at"

    def _said(self, name: str) -> str:
        return self.typed.get(f"v{self.v}-{name}", "").strip()

    def _changed(self, name: str) -> bool:
        full = f"v{self.v}-{name}"
        return full in self.typed and not same(self.typed[full], self.shown.get(full, ""))

    def _refuse(self, name: str, fault: Fault) -> None:
        self.faults[f"v{self.v}-{name}"] = fault

    def _read(self, name: str, fault: Fault, read: Callable[[str], T | None]) -> T | None:
        try:
            return read(self._said(name))
        except ValueError:
            self._refuse(name, fault)
            return None

    def _time(self, name: str, holder: Raw, key: str) -> None:
        if not self._changed(name):
            return
        at = self._read(name, "time", self.readers.time)
        _put(holder, key, None if at is None else instant(at, holder.get(key), *self.day))

    def _place(self) -> None:
        if not self._changed("place"):
            return
        place = self.places.get(self._said("place"))
        if place is None:
            self._refuse("place", "choice")
            return
        for name in PLACE:
            _put(self.visit, name, place.get(name) or None)

    def _name_forms(self) -> None:
        for f, form in enumerate(self.forms):
            if self._changed(f"f{f}-name"):
                _put(form, "name", self._read(f"f{f}-name", "text", _text))
        self.new_form: Raw | None = None
        if name := self._read(f"f{NEW_FORM}-name", "text", _text):
            self.new_form = {"name": name, "writes": []}
            self.rows[id(self.new_form)] = f"f{NEW_FORM}"
            self.visit["forms"] = [*self.forms, self.new_form]

    def _form(self, row: str) -> Raw | None:
        """The form that a row names."""
        said = self._said(f"{row}-form")
        if said == NEW_FORM and self.new_form is not None:
            return self.new_form
        if said in ("", NEW_FORM):
            self._refuse(f"{row}-form", "form_needed")
            return None
        if not (said.isascii() and said.isdigit() and len(said) < 5 and int(said) < len(self.forms)):
            self._refuse(f"{row}-form", "choice")
            return None
        found: Raw = self.forms[int(said)]
        return found

    def _write(self, row: str, form: Raw, write: Raw) -> None:
        if self._said(f"{row}-gone"):
            _take(form, "writes", write)
            return
        self._time(f"{row}-at", write, "at")
        self._details(row, write)
        if self._changed(f"{row}-form") and (target := self._form(row)) is not None:
            _take(form, "writes", write)
            _lay(target, "writes", write)

    def _details(self, row: str, write: Raw) -> None:
        """Person, field, how and times of an entry."""
        if self._changed(f"{row}-person"):
            _put(write, "person", self._chosen(f"{row}-person", self.persons | {""}) or None)
        if self._changed(f"{row}-field"):
            write["field"] = self._chosen(f"{row}-field", FIELDS)
        if self._changed(f"{row}-how"):
            how = self._chosen(f"{row}-how", HOW)
            # No word means written: the word stays away unless something stood there.
            _put(write, "how", None if how == HOW[0] and "how" not in write else how)
        if self._changed(f"{row}-times"):
            times = self._read(f"{row}-times", "count", self.readers.count)
            if times is None and not self._said(f"{row}-times"):
                self._refuse(f"{row}-times", "missing")
            write["times"] = times

    def _chosen(self, name: str, known: set[str] | tuple[str, ...]) -> str:
        said = self._said(name)
        if said not in known:
            self._refuse(name, "choice" if said else "missing")
        return said

    def _new_write(self, row: str) -> None:
        """A row that says neither what nor when is an empty one."""
        if not self._said(f"{row}-field") and not self._said(f"{row}-at"):
            return
        write: Raw = {"field": self._chosen(f"{row}-field", FIELDS), "times": 1}
        self._time(f"{row}-at", write, "at")
        for name in ("person", "how", "times"):
            self.shown[f"v{self.v}-{row}-{name}"] = {"how": HOW[0], "times": "1"}.get(name, "")
        self._details(row, write)
        self.rows[id(write)] = row
        if (target := self._form(row)) is not None:
            _lay(target, "writes", write)

    def _drop_forms(self) -> None:
        gone = [f for f in range(len(self.forms)) if self._said(f"f{f}-gone")]
        for f in gone:
            if self.forms[f].get("writes"):
                self._refuse(f"f{f}-gone", "form_in_use")
        if gone:
            dropped = {id(self.forms[f]) for f in gone}
            self.visit["forms"] = [form for form in self.visit["forms"] if id(form) not in dropped]


def _text(typed: str) -> str | None:
    if "\x00" in typed or len(typed) > TEXT_LENGTH:
        raise ValueError(typed)
    return typed or None


def _put(holder: Raw, name: str, value: Any) -> None:
    if value is None:
        holder.pop(name, None)
    else:
        holder[name] = value


def _take(holder: Raw, name: str, one: Raw) -> None:
    holder[name] = [other for other in holder[name] if other is not one]


def _lay(holder: Raw, name: str, one: Raw) -> None:
    """Among the entries of a form, or the remarks of a visit, at its time; without one, at the end."""
    there = list(holder.get(name) or ())
    later = (n for n, other in enumerate(there) if _is_later(other, one))
    there.insert(next(later, len(there)), one)
    holder[name] = there


def _is_later(one: Raw, other: Raw) -> bool:
    if not (one.get("at") and other.get("at")):
        return False
    return datetime.fromisoformat(one["at"]) > datetime.fromisoformat(other["at"])
