"""What a decision claims to change, in pure Python: residents' figures from the survey, staff's from the section.

The two are never added together: a minute that a resident waits is not a minute that a clerk works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from engagements.survey.measures.arithmetic import divide_rounded
from engagements.survey.measures.vocabulary import MEASURES

MINUTES_AN_HOUR: Final = 60
TENTH: Final = Decimal("0.1")
WHOLE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Claim:
    """A promise to a resident, for one visit to the town hall: ``promised = baseline + change``.

    All three are in the unit in which people read the measure: times in minutes (the survey keeps seconds), the
    others as they are counted. ``baseline`` is the median of the scenario's complete routes, ``routes`` their number.
    """

    scenario: str
    measure: str
    baseline: int
    change: int
    routes: int

    @property
    def promised(self) -> int:
        return self.baseline + self.change

    @property
    def is_possible(self) -> bool:
        """Nothing that is counted or timed can become less than nothing."""
        return self.promised >= 0


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours a year, with the parts of the formula: ``volume`` cases × ``minutes`` each ÷ 60."""

    volume: int
    minutes: int

    @property
    def hours(self) -> Decimal:
        """To a tenth of an hour, half away from zero; whole hours from ten on, where a tenth says nothing."""
        exact = Decimal(self.volume) * Decimal(self.minutes) / MINUTES_AN_HOUR
        return _shown(exact)

    @property
    def tenth(self) -> Decimal:
        """A tenth of the hours: the product is off by as much when one of its two parts is."""
        return _shown(Decimal(self.volume) * Decimal(abs(self.minutes)) / MINUTES_AN_HOUR / 10)


def _shown(exact: Decimal) -> Decimal:
    step = TENTH if abs(exact) < 10 else WHOLE
    return exact.quantize(step, rounding=ROUND_HALF_UP)


def is_time(measure: str) -> bool:
    """Whether the survey keeps the measure in seconds and people read it in minutes."""
    return measure.endswith("_s")


def in_unit(measure: str, value: int) -> int:
    """A measured value as people read it: seconds become minutes, half away from zero."""
    return divide_rounded(value, MINUTES_AN_HOUR) if is_time(measure) else value


def baseline(measures: Mapping[str, Any], scenario: str, measure: str) -> int | None:
    """The scenario's median of a measure, as people read it; None where the survey does not say.

    ``measures`` is what ``measure_survey`` returns.
    """
    spread = measures.get("scenarios", {}).get(scenario, {}).get(measure)
    if measure not in MEASURES or spread is None or spread["median"] is None:
        return None
    return in_unit(measure, spread["median"])


def claim(measures: Mapping[str, Any], scenario: str, measure: str, change: int | None) -> Claim | None:
    """The claim with its baseline; None while a part is missing or the survey knows no such figure."""
    start = baseline(measures, scenario, measure)
    if start is None or change is None:
        return None
    routes = measures["scenarios"][scenario]["complete_routes"]
    return Claim(scenario, measure, start, change, routes)


def resident_hours(claimed: Claim | None, yearly_volume: int | None) -> Hours | None:
    """Residents' hours a year, where the measure is a time and the section has said how many cases a year.

    The sign is that of the change: less time is negative.
    """
    if claimed is None or not is_time(claimed.measure) or not yearly_volume:
        return None
    return Hours(yearly_volume, claimed.change)


def staff_hours(yearly_volume: int | None, staff_minutes: int | None) -> Hours | None:
    """Staff hours a year that the section expects to save; None while volume or minutes are unknown."""
    if yearly_volume is None or staff_minutes is None:
        return None
    return Hours(yearly_volume, staff_minutes)
