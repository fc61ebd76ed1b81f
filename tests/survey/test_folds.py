"""The cases that server and phone fold alike; the phone's side stands in ``tests/browser/test_phones.py``."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from engagements.survey.recorder import clocks
from tests.survey.folds import CASES, START, of_server, taps_of

DAY = timedelta(days=1)
NOTHING = timedelta()


@pytest.mark.parametrize("name", CASES)
def test_the_server_makes_of_taps_what_is_written_down(name: str) -> None:
    taps = taps_of(CASES[name]["taps"])
    assert of_server(taps) == CASES[name]["walk"]
    random.Random(name).shuffle(taps)
    assert of_server(taps) == CASES[name]["walk"]


def minutes(*numbers: float) -> list:
    return [START + timedelta(minutes=number) for number in numbers]


@pytest.mark.parametrize(
    ("said", "ahead", "last", "right", "moved"),
    [
        # By a right clock; fifteen minutes slow; an hour fast.
        ((0, 7, 20), 0, None, (0, 7, 20), (0, 0, 0)),
        ((-15, -8, 5), -15, None, (0, 7, 20), (0, 0, 0)),
        ((60, 67, 80), 60, None, (0, 7, 20), (0, 0, 0)),
        # An hour fast, and put right before the taps were sent at minute 31: they end then, and keep their intervals.
        ((60, 75, 91), 0, None, (0, 15, 31), (60, 60, 60)),
        # Put right while they were made: those before are moved, those after stand.
        ((60, 75, 20), 0, None, (5, 20, 20), (55, 55, 0)),
        # What waits behind a first batch moves it as well.
        ((60, 75), 0, 91, (0, 15), (60, 60)),
        # Seconds that the message took are no wrong clock.
        ((0, 31.05), 0, None, (0, 31), (0, 0)),
        # Taps of the past in whatever order stay as they were said.
        ((20, 0, 7), 0, None, (20, 0, 7), (0, 0, 0)),
        ((), 0, None, (), ()),
    ],
)
def test_times_by_the_services_clock(said, ahead, last, right, moved) -> None:
    found = clocks.corrected(
        minutes(*said),
        ahead=timedelta(minutes=ahead),
        last=None if last is None else minutes(last)[0],
        now=minutes(31)[0],
    )
    assert [one.at for one in found] == minutes(*right)
    assert [one.moved for one in found] == [timedelta(minutes=number) for number in moved]


@pytest.mark.parametrize(
    ("device", "ahead"),
    [(None, NOTHING), (START + 4 * timedelta(seconds=1), NOTHING), (START + DAY, DAY), (START - DAY, -DAY)],
)
def test_how_far_a_clock_is_ahead(device, ahead) -> None:
    assert clocks.ahead_of(device, START) == ahead
