"""Claims: the baseline is the survey's median, the promise adds up, staff's hours stand alone."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.plans import effects
from engagements.survey.measures import MEASURES

NUMBERS = st.integers(min_value=0, max_value=100_000)


def measures(measure: str, median: int | None) -> dict[str, Any]:
    spread = {"min": median, "median": median, "max": median, "mean": median}
    return {"scenarios": {"s1": {"complete_routes": 3, measure: spread}}}


@given(
    st.sampled_from([name for name in MEASURES if not name.endswith("_s")]), NUMBERS, st.integers(-500, 500)
)
def test_a_counted_measure_is_promised_as_counted(measure: str, median: int, change: int) -> None:
    claimed = effects.claim(measures(measure, median), "s1", measure, change)
    assert claimed is not None
    assert (claimed.baseline, claimed.promised, claimed.routes) == (median, median + change, 3)
    assert claimed.is_possible == (median + change >= 0)


@given(NUMBERS)
def test_times_are_read_in_minutes_half_away_from_zero(seconds: int) -> None:
    assert effects.in_unit("waiting_s", seconds) == int(Decimal(seconds) / 60 + Decimal("0.5"))


@pytest.mark.parametrize(
    ("scenario", "measure"), [("s2", "writes"), ("s1", "forms"), ("s1", "smiles"), ("s1", "")]
)
def test_what_the_survey_does_not_say_has_no_baseline(scenario: str, measure: str) -> None:
    assert effects.baseline(measures("writes", 58), scenario, measure) is None


def test_a_claim_names_what_it_is_about() -> None:
    claimed = effects.claim(measures("writes", 58), "s1", "writes", -3)
    assert claimed == effects.Claim("s1", "writes", baseline=58, change=-3, routes=3)


def test_an_unknown_median_has_no_claim() -> None:
    assert effects.claim(measures("writes", None), "s1", "writes", -3) is None


def test_a_claim_without_a_change_is_none() -> None:
    assert effects.claim(measures("writes", 58), "s1", "writes", None) is None


@given(st.integers(0, 10_000_000), st.integers(0, 1_440))
def test_staff_hours_are_volume_times_minutes(volume: int, minutes: int) -> None:
    found = effects.staff_hours(volume, minutes)
    assert found is not None
    assert (found.volume, found.minutes) == (volume, minutes)
    exact = Decimal(volume * minutes) / 60
    assert abs(found.hours - exact) <= (Decimal("0.05") if exact < 10 else Decimal("0.5"))


@pytest.mark.parametrize(
    ("volume", "minutes", "hours"),
    [
        (4680, 4, "312"),
        (468, 5, "39"),
        (9, 5, "0.8"),
        (3, 5, "0.3"),
        (0, 5, "0.0"),
        (119, 5, "9.9"),
        (120, 5, "10"),
        (126, 5, "11"),
        (126, -5, "-11"),
        (3, -5, "-0.3"),
    ],
)
def test_staff_hours_known_values(volume: int, minutes: int, hours: str) -> None:
    found = effects.staff_hours(volume, minutes)
    assert found is not None
    assert str(found.hours) == hours


@pytest.mark.parametrize(("volume", "minutes"), [(None, 5), (468, None), (None, None)])
def test_staff_hours_need_both_figures(volume: int | None, minutes: int | None) -> None:
    assert effects.staff_hours(volume, minutes) is None


def test_residents_hours_exist_for_times_only() -> None:
    waiting = effects.claim(measures("waiting_s", 3600), "s1", "waiting_s", -2)
    writes = effects.claim(measures("writes", 58), "s1", "writes", -2)
    hours = effects.resident_hours(waiting, 468)
    assert hours is not None
    assert hours.hours == -16
    assert effects.resident_hours(writes, 468) is None
    assert effects.resident_hours(waiting, None) is None
    assert effects.resident_hours(None, 468) is None
    assert effects.resident_hours(waiting, 0) is None


@pytest.mark.parametrize(("change", "possible"), [(-57, True), (-58, True), (-59, False)])
def test_nothing_is_promised_below_nothing(change: int, possible: bool) -> None:
    claimed = effects.claim(measures("writes", 58), "s1", "writes", change)
    assert claimed is not None
    assert (claimed.promised, claimed.is_possible) == (58 + change, possible)


@pytest.mark.parametrize("minutes", [4, -4])
def test_a_tenth_of_the_hours_has_no_sign(minutes: int) -> None:
    assert str(effects.Hours(4680, minutes).tenth) == "31"
    assert str(effects.Hours(468, minutes).tenth) == "3.1"


def test_a_measure_that_the_format_does_not_know_has_no_baseline() -> None:
    assert effects.baseline(measures("smiles", 5), "s1", "smiles") is None


def test_a_survey_without_scenarios_has_no_baseline() -> None:
    assert effects.baseline({}, "s1", "writes") is None
