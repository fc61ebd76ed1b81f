"""Bounded time: a step is ended at the limit or when the run is cancelled, and its voice is heard."""

import time

import pytest

from advisors.matching.budget import Budget, OutOfTime


def forever():
    while True:
        time.monotonic()


def test_a_step_is_ended_at_the_limit():
    with pytest.raises(OutOfTime):
        Budget(0.2).run("step", forever)


def test_a_step_is_ended_when_cancelled():
    asked = iter([False, False, True])
    with pytest.raises(OutOfTime):
        Budget(cancelled=lambda: next(asked)).run("step", forever)


def test_what_is_done_in_time_is_the_answer_and_steps_are_told():
    told = []
    assert Budget(60, progress=told.append).run("first", lambda: [1, 2]) == [1, 2]
    assert told == ["first"]


def test_a_step_that_dies_is_not_an_answer():
    def dies():
        raise ValueError

    with pytest.raises(ChildProcessError):
        Budget(60).run("step", dies)
