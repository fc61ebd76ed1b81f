"""Ends and side roads that the small demonstration does not show: walked once, when there is something to copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oversight.demo.stages import ACCEPTED, CONSENTED, SUBMITTED, Place, agreed, opened, trained
from oversight.demo.walk import Walk
from workflow.doors import perform

HELPER = "advisor6"
WHY = "庁舎の移転と重なったため"
NO_CASE = "町の希望により、事例は出しません。"
NOT_NOW = "今年度の枠がいっぱいになりました。来年度の募集でお待ちしています。"


def _office(name: str, **data: Any) -> Callable[[Walk], Walk]:
    """A step of the office on the engagement."""

    def step(walk: Walk) -> Walk:
        perform(name, walk.engagement, walk.office, now=walk.now, **data)
        return walk

    return step


def _withdraw(walk: Walk) -> Walk:
    perform("withdraw", walk.application, walk.contact, now=walk.now, reason=WHY)
    return walk


def _place(code: str, days_ago: int, *steps: Callable[[Walk], Walk]) -> Place:
    return Place(code, f"contact-{code}", days_ago, steps)


def _after(days: int) -> Callable[[Walk], Walk]:
    return lambda walk: walk.later(days)


#: Roads that open an engagement, and roads of applications that don't.
ENGAGED = (
    _place(
        "032093",
        215,
        *agreed(HELPER),
        _after(5),
        lambda w: w.follow_up().carry_out(),
        _after(9),
        _office("close", no_case_reason=NO_CASE),
    ),
    _place("052035", 90, *trained(HELPER), _after(9), _office("cancel", reason=WHY)),
    _place("102024", 65, *trained(HELPER), _after(4), _office("pause", reason=WHY)),
    _place("152021", 35, *opened(HELPER), _after(6), _office("reassign", reason=WHY)),
)
APPLIED = (
    _place("182052", 30, *CONSENTED, _after(2), lambda w: w.office_does("decline", comment=NOT_NOW)),
    _place("192023", 31, *SUBMITTED, _after(2), _withdraw),
    _place("202037", 12, *ACCEPTED),
    _place("212024", 5, lambda w: w.draft()),
)
EXTRA = (*ENGAGED, *APPLIED)
