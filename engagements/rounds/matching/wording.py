"""The parts of a score in words, from the run alone: what was known when it was solved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from advisors.fit import PARTS, AdvisorOffer, Fit, TownNeed
from advisors.matching.problem import Assignment
from advisors.reasons import PART_LABELS, part_sentence
from engagements.rounds.matching.models import Run


@dataclass(frozen=True, slots=True)
class WordedPart:
    """One part of a score, 0 to 100, its weight in the run, and what it rests on."""

    label: str
    part: int
    weight: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.label} {self.part} {self.sentence}"


class Wording:
    """The words of one run; the file is looked through once for all its pairs."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def _towns(self) -> dict[str, TownNeed]:
        params, end = self.run.input["params"], date.fromisoformat(self.run.input["round"]["end"])
        return {row["id"]: _need(row, end, params["sessions"]) for row in self.run.input["towns"]}

    @cached_property
    def _people(self) -> dict[str, AdvisorOffer]:
        return {row["id"]: _given(row) for row in self.run.input["advisors"]}

    def of(self, pair: Assignment) -> list[WordedPart]:
        """The five parts of a pair of the run, in their order."""
        return list(self._parts(pair))

    def _parts(self, pair: Assignment) -> Iterator[WordedPart]:
        need, given = self._towns[pair.town], self._people[pair.advisor]
        sized = not self.run.names.get("unsized")
        fit = Fit(pair.parts, pair.score, pair.mode, pair.km, sized)
        weights = self.run.input["params"]["weights"]
        for name in PARTS:
            sentence = part_sentence(name, need, given, fit)
            yield WordedPart(str(PART_LABELS[name]), pair.parts[name], weights[name], sentence)


def _need(row: dict[str, Any], end: date, sessions: int) -> TownNeed:
    return TownNeed(
        municipality=row["municipality"],
        lat_e4=row["lat_e4"],
        lon_e4=row["lon_e4"],
        band=row["band"],
        wants=tuple(row["wants"]),
        preferred=tuple(int(pk) for pk in row["preferred"]),
        months=frozenset(row["months"]),
        mode=row["mode"],
        until=end,
        sessions=sessions,
    )


def _given(row: dict[str, Any]) -> AdvisorOffer:
    return AdvisorOffer(
        id=int(row["id"]),
        employer=row["employer"],
        lat_e4=row["lat_e4"],
        lon_e4=row["lon_e4"],
        band=row["band"],
        tags=frozenset(row["tags"]),
        months=frozenset(row["months"]),
        mode=row["mode"],
        max_km=row["max_km"],
        capacity=row["capacity"],
        load=row["current_load"],
        certified_until=None,
    )
