"""From taps to a route of the survey format. Pure: the same taps in any order give the same route.

What a device says is never refused for its content: an unknown kind, a word that no list has, or a time that can't be is
passed over or moved to the nearest time that can be. The tap itself stays as it was said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engagements.survey.measures import ACTORS, CATEGORIES, ENDED, FIELDS, HOW, KINDS, OUTCOMES
from engagements.survey.recorder.declared import MOST_TIMES, TEXT_LENGTH, UNDO, cleaned
from municipalities.dates import recorded

Raw = Mapping[str, Any]
#: Two recorders who tap 着いた at the same counter so near in time mean the same visit.
SAME_ARRIVAL = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Said:
    """A tap with the time corrected by the device's clock."""

    uid: str
    kind: str
    at: datetime
    data: Raw
    recorder: int = 0

    @classmethod
    def of(cls, uid: str, kind: str, at: datetime, data: Any, recorder: int) -> Said:
        """A tap as it is stored, also one that was kept before taps were cleaned on their arrival."""
        return cls(uid, kind, at, cleaned(kind, data) if isinstance(data, dict) else {}, recorder)


@dataclass(slots=True)
class _Visit:
    place: Raw
    queued: datetime
    recorder: int
    called: datetime | None = None
    finished: datetime | None = None
    outcome: str = ""
    again: int = 0
    procedures: list[str] = field(default_factory=list)
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    observations: list[dict[str, Any]] = field(default_factory=list)


def standing(taps: Iterable[Said]) -> list[Said]:
    """The taps in order of time, without those that were taken back."""
    ordered = sorted(taps, key=lambda tap: (tap.at, tap.uid))
    undone = {str(tap.data.get("uid")) for tap in ordered if tap.kind == UNDO}
    return [tap for tap in ordered if tap.kind != UNDO and tap.uid not in undone]


def as_route(
    taps: Iterable[Said], *, id: str, scenario: Raw, team: str, actor: str = "", blind: str = ""
) -> dict[str, Any] | None:
    """The route that a team's taps make; None where nothing was recorded.

    Walks the taps once, in order. ``scenario`` gives the persons and procedures that may be referred to.
    """
    said = standing(taps)
    if not said:
        return None
    walk = _Walk(scenario, said)
    # Two clocks differ: what was written at a counter may seem to come before somebody arrived there.
    for tap in sorted(said, key=lambda tap: tap.kind != "arrive"):
        walk.take(tap)
    route: dict[str, Any] = {"id": id, "scenario": scenario["id"], "team": team}
    if actor in ACTORS:
        route["actor"] = actor
    if blind:
        route["blind"] = blind
    start = min(tap.at for tap in said)
    route["started_at"] = recorded(start)
    if walk.ended:
        end, how, why = walk.ended
        route |= {"finished_at": recorded(max(end, start)), "ended": how}
        if why:
            route["ended_why"] = why
    limit = max(walk.ended[0], start) if walk.ended else None
    route["observations"] = [_within(item, start, limit) for item in walk.observations]
    visits = sorted(walk.visits.values(), key=lambda visit: visit.queued)
    route["visits"] = [_visit(visit, start, limit) for visit in visits]
    return route


def passed_over(taps: Iterable[Said], *, scenario: Raw) -> list[Said]:
    """The taps that the fold could not use: of a visit that nobody began, of a field or a procedure that nobody knows."""
    every = list(taps)
    said = standing(every)
    walk = _Walk(scenario, said)
    for tap in sorted(said, key=lambda tap: tap.kind != "arrive"):
        walk.take(tap)
    # What was recorded at a visit that was taken back went with it.
    begun = {str(tap.data.get("visit") or tap.uid) for tap in every if tap.kind == "arrive"}
    return [tap for tap in said if walk.is_lost(tap, begun)]


class _Walk:
    """The taps taken in one after the other."""

    def __init__(self, scenario: Raw, said: Sequence[Said]) -> None:
        done = (tap for tap in said if tap.kind == "done")
        self.left = {str(tap.data.get("visit")): tap.at for tap in done}
        self.persons = {person["id"] for person in scenario.get("household") or ()}
        self.procedures = {item["id"] for item in scenario.get("procedures") or ()}
        self.visits: dict[str, _Visit] = {}
        self.same: dict[str, str] = {}
        self.observations: list[dict[str, Any]] = []
        self.ended: tuple[datetime, str, str] | None = None

    def take(self, tap: Said) -> None:
        step = getattr(self, f"_{tap.kind}", None) if tap.kind in KINDS_OF_TAP else None
        if step:
            step(tap)

    def is_lost(self, tap: Said, begun: set[str]) -> bool:
        """Whether the tap names something that is nowhere."""
        visit = str(tap.data.get("visit") or "")
        if tap.kind in OF_VISITS and visit not in begun:
            return True
        if tap.kind == "procedure":
            return tap.data.get("procedure") not in self.procedures
        return tap.kind == "write" and tap.data.get("field") not in FIELDS

    def _visit_of(self, tap: Said) -> _Visit | None:
        name = str(tap.data.get("visit") or "")
        return self.visits.get(self.same.get(name, name))

    def _start(self, tap: Said) -> None:
        """The route begins with its first tap, whichever that is."""

    def _arrive(self, tap: Said) -> None:
        name, place = str(tap.data.get("visit") or tap.uid), _place(tap.data)
        if not place["counter"] or name in self.visits:
            return
        twin = self._twin(tap, place)
        if twin:
            self.same[name] = twin
        else:
            self.visits[name] = _Visit(place, tap.at, tap.recorder)

    def _twin(self, tap: Said, place: Raw) -> str:
        """The same arrival as another recorder tapped it."""
        for name, visit in self.visits.items():
            open_ = name not in self.left or self.left[name] > tap.at
            near = tap.at - visit.queued <= SAME_ARRIVAL
            if visit.recorder != tap.recorder and open_ and near and _where(visit.place) == _where(place):
                return name
        return ""

    def _called(self, tap: Said) -> None:
        visit = self._visit_of(tap)
        if visit and visit.called is None:
            visit.called = tap.at

    def _done(self, tap: Said) -> None:
        visit = self._visit_of(tap)
        if visit is None:
            return
        visit.finished = max(tap.at, visit.finished or tap.at)
        if tap.data.get("outcome") in OUTCOMES:
            visit.outcome = str(tap.data["outcome"])

    def _procedure(self, tap: Said) -> None:
        visit, id = self._visit_of(tap), tap.data.get("procedure")
        if visit and id in self.procedures and not any(id in one.procedures for one in self.visits.values()):
            visit.procedures.append(str(id))

    def _again(self, tap: Said) -> None:
        if visit := self._visit_of(tap):
            visit.again += 1

    def _form(self, tap: Said) -> None:
        if visit := self._visit_of(tap):
            _form_of(visit, tap.data)

    def _write(self, tap: Said) -> None:
        visit, name = self._visit_of(tap), tap.data.get("field")
        if visit is None or name not in FIELDS:
            return
        write: dict[str, Any] = {"field": name, "times": _times(tap.data.get("times")), "at": tap.at}
        if tap.data.get("person") in self.persons:
            write["person"] = tap.data["person"]
        if tap.data.get("how") in HOW[1:]:
            write["how"] = tap.data["how"]
        _form_of(visit, tap.data)["writes"].append(write)

    def _notice(self, tap: Said) -> None:
        text = _text(tap.data.get("text"))
        if not text:
            return
        kind, category = tap.data.get("kind"), tap.data.get("category")
        item: dict[str, Any] = {
            "kind": kind if kind in KINDS else KINDS[0],
            "category": category if category in CATEGORIES else "operation",
            "text": text,
            "at": tap.at,
        }
        if photo := _text(tap.data.get("photo")):
            item["photo"] = f"{photo}.jpg"
        visit = self._visit_of(tap)
        (visit.observations if visit else self.observations).append(item)

    def _end(self, tap: Said) -> None:
        """The last word counts: a team that went on after all ends when it ends."""
        how = tap.data.get("ended")
        self.ended = (tap.at, how if how in ENDED else ENDED[0], _text(tap.data.get("why")))


OF_VISITS = ("called", "done", "procedure", "again", "form", "write")
KINDS_OF_TAP = ("start", "arrive", "called", "done", "procedure", "again", "form", "write", "notice", "end")


def _place(data: Raw) -> dict[str, Any]:
    place: dict[str, Any] = {
        name: _text(data.get(name)) for name in ("counter", "section", "building", "floor")
    }
    metres = data.get("distance_m")
    if isinstance(metres, int) and not isinstance(metres, bool) and metres >= 0:
        place["distance_m"] = metres
    return place


def _where(place: Raw) -> tuple[str, ...]:
    return tuple(place[name] for name in ("building", "floor", "counter"))


def _form_of(visit: _Visit, data: Raw) -> dict[str, Any]:
    """The form by its name; what was written on no form stands on one without a name."""
    name = _text(data.get("form"))
    return visit.forms.setdefault(name, {"writes": []} | ({"name": name} if name else {}))


def _times(value: Any) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 1), MOST_TIMES) if whole else 1


def _text(value: Any) -> str:
    return value.replace("\x00", "").strip()[:TEXT_LENGTH] if isinstance(value, str) else ""


def _clip(at: datetime, low: datetime, high: datetime | None) -> datetime:
    at = max(at, low)
    return min(at, high) if high else at


def _within(item: dict[str, Any], start: datetime, limit: datetime | None) -> dict[str, Any]:
    return item | {"at": recorded(_clip(item["at"], start, limit))}


def _visit(visit: _Visit, start: datetime, limit: datetime | None) -> dict[str, Any]:
    """A visit of the format: times in their order and inside the route, empty values left out."""
    queued = _clip(visit.queued, start, limit)
    made: dict[str, Any] = {name: value for name, value in visit.place.items() if value not in ("", None)}
    made["queued_at"] = recorded(queued)
    called = _clip(visit.called, queued, limit) if visit.called else None
    if called:
        made["called_at"] = recorded(called)
    if visit.finished:
        made["finished_at"] = recorded(_clip(visit.finished, called or queued, limit))
    if visit.outcome or (limit and not visit.finished):
        made["outcome"] = visit.outcome or "left"
    if visit.again:
        made["explained_again"] = visit.again
    made["procedures"] = visit.procedures
    made["forms"] = [_form(form, start, limit) for form in visit.forms.values()]
    made["observations"] = [_within(item, start, limit) for item in visit.observations]
    return made


def _form(form: dict[str, Any], start: datetime, limit: datetime | None) -> dict[str, Any]:
    """Writes of the same field by the same person in the same way are one entry, at its last time."""
    joined: dict[tuple[Any, ...], dict[str, Any]] = {}
    for write in form["writes"]:
        key = (write["field"], write.get("person"), write.get("how"))
        known = joined.get(key)
        joined[key] = write | {"times": write["times"] + (known["times"] if known else 0)}
    writes = [_within(write, start, limit) for write in joined.values()]
    return {name: value for name, value in form.items() if name != "writes"} | {"writes": writes}
