"""A survey as it was read: immutable values, a class for each kind of object in madoguchi-survey/1.

None means that the file does not say. Times are aware datetimes in whole seconds, distances metres.
`extra` holds the fields that the format does not know: the measures ignore them, an export writes them back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime
from typing import Any

Extra = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the invented household that walks a scenario."""

    id: str
    relation: str | None = None
    age: int | None = None
    attributes: tuple[str, ...] = ()
    extra: Extra = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Procedure:
    """Something that the household must get done."""

    id: str
    name: str | None = None
    extra: Extra = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A life event, who lives through it, and what must get done."""

    id: str
    life_event: str
    title: str | None = None
    planned_minutes: int | None = None
    household: tuple[Person, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    extra: Extra = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Write:
    """How often one field of one person was put on a form, and how."""

    field: str
    times: int
    person: str | None = None
    how: str = "written"
    at: datetime | None = None
    extra: Extra = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was filled in at a visit; `pages` are sheets."""

    name: str | None = None
    pages: int | None = None
    writes: tuple[Write, ...] = ()
    extra: Extra = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observation:
    """Something the team noticed, at a visit or on the way; `photo` is a file name."""

    kind: str
    category: str
    text: str
    heading: str | None = None
    at: datetime | None = None
    photo: str | None = None
    extra: Extra = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop at one counter; `distance_m` is the walk to it."""

    counter: str
    section: str | None = None
    building: str | None = None
    floor: str | None = None
    distance_m: int | None = None
    queued_at: datetime | None = None
    called_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: str = "done"
    explained_again: int | None = None
    procedures: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    observations: tuple[Observation, ...] = ()
    extra: Extra = attribute(default_factory=dict)

    @property
    def place(self) -> tuple[str | None, str | None, str]:
        """What tells one counter from another: (building, floor, counter)."""
        return self.building, self.floor, self.counter

    def writes(self) -> Iterator[Write]:
        """Every write of every form of this visit."""
        for form in self.forms:
            yield from form.writes


@dataclass(frozen=True, slots=True)
class Totals:
    """Measures that were counted on paper, without a clock: some of the eleven, by name."""

    values: Mapping[str, int]
    extra: Extra = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One team's walk through a scenario: either its visits in order of arrival, or the totals it counted."""

    id: str
    scenario: str
    team: str | None = None
    actor: str | None = None
    blind: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    ended: str | None = None
    observations: tuple[Observation, ...] = ()
    visits: tuple[Visit, ...] = ()
    totals: Totals | None = None
    extra: Extra = attribute(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the household got to its end; what an incomplete route measures is only a lower bound.

        A paper survey has no times, so totals stand in for `finished_at`: the format's "with `totals`: and no
        `ended` other than finished" would say nothing if it only narrowed routes whose `ended` is absent.
        """
        if self.ended is not None:
            return self.ended == "finished"
        return self.totals is not None or self.finished_at is not None

    def moments(self) -> Iterator[tuple[str, datetime]]:
        """Every time known in a visit, write or observation, with its path below the route."""
        yield from _observed("observations", self.observations)
        for v, visit in enumerate(self.visits):
            for name in ("queued_at", "called_at", "finished_at"):
                moment = getattr(visit, name)
                if moment is not None:
                    yield f"visits[{v}].{name}", moment
            for f, form in enumerate(visit.forms):
                for w, write in enumerate(form.writes):
                    if write.at is not None:
                        yield f"visits[{v}].forms[{f}].writes[{w}].at", write.at
            yield from _observed(f"visits[{v}].observations", visit.observations)


@dataclass(frozen=True, slots=True)
class Survey:
    """A whole file. `raw` is the document as it was read, for an export that keeps unknown fields.

    `extra` are the unknown fields of the file's top level, `survey_extra` those of its `survey` object.
    """

    municipality: str
    held_on: date
    round: int
    title: str | None = None
    scenarios: tuple[Scenario, ...] = ()
    routes: tuple[Route, ...] = ()
    extra: Extra = attribute(default_factory=dict)
    survey_extra: Extra = attribute(default_factory=dict)
    raw: Extra = attribute(default_factory=dict, repr=False, compare=False)


def _observed(path: str, observations: tuple[Observation, ...]) -> Iterator[tuple[str, datetime]]:
    for o, observation in enumerate(observations):
        if observation.at is not None:
            yield f"{path}[{o}].at", observation.at
