"""Which town stands where. The road is walked in order, so every earlier stage is real as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from accounts.demo import TOWN, TOWN2
from oversight.demo.walk import Walk

Steps = tuple[Callable[[Walk], Walk], ...]


class Place(NamedTuple):
    """A town, its contact's account, how many days ago it began, and how far it has come."""

    code: str
    contact: str
    days_ago: int
    steps: Steps


SUBMITTED: Steps = (lambda w: w.draft(), lambda w: w.later(3).submit())
CONSENTED: Steps = (*SUBMITTED, lambda w: w.later(2, 14).consent())
ACCEPTED: Steps = (*CONSENTED, lambda w: w.later(3, 11).office_does("accept"))


def asked(advisor: str) -> Steps:
    return (*ACCEPTED, lambda w: w.later(2, 15).ask(advisor))


def opened(advisor: str) -> Steps:
    return (*asked(advisor), lambda w: w.later(3, 12).agree_to_serve())


def trained(advisor: str) -> Steps:
    return (
        *opened(advisor),
        lambda w: w.later(2).plan_day(1, 14, "online").hold(1),
        lambda w: w.later(2, 20).log(1),
    )


def surveyed(advisor: str) -> Steps:
    return (
        *trained(advisor),
        lambda w: w.later(3, 9).confirm(1),
        lambda w: w.later(2).plan_day(2, 21).hold(2),
        lambda w: w.later(1, 16).survey(),
        lambda w: w.later(2, 20).log(2),
    )


def planned(advisor: str) -> Steps:
    return (*surveyed(advisor), lambda w: w.later(2).confirm(2), lambda w: w.later(7).write_plan())


def reported(advisor: str) -> Steps:
    return (
        *planned(advisor),
        lambda w: w.plan_step("request_review"),
        lambda w: w.later(4, 20).plan_step("finalise"),
        lambda w: w.plan_day(3, 7).hold(3).plan_step("report"),
    )


def agreed(advisor: str) -> Steps:
    return (
        *reported(advisor),
        lambda w: w.later(1, 20).log(3),
        lambda w: w.later(2).confirm(3),
        lambda w: w.later(2).answer(),
    )


SECTION_SAID: Steps = (
    lambda w: w.later(1).give_clerk("健康福祉課").ask_sections(),
    lambda w: w.later(5, 15).section_answers("健康福祉課"),
)


def told(advisor: str) -> Steps:
    return (
        *agreed(advisor),
        lambda w: w.later(3).report_completion(),
        lambda w: w.later(5).follow_up(),
        lambda w: w.later(5).carry_out(),
        lambda w: w.later(20).survey_again(),
        lambda w: w.later(10).tell_others(),
    )


PLACES: tuple[Place, ...] = (
    Place(
        TOWN,
        "town",
        75,
        (
            *trained("advisor"),
            lambda w: w.later(3, 9).confirm(1),
            lambda w: w.plan_day(2, 40).later(14, 16).prepare(2, 4).arrange_day(2),
            lambda w: w.later(2).survey(teams=2).later(7).ask_sections(),
        ),
    ),
    Place(TOWN2, "town2", 6, (lambda w: w.draft(aims="", months=[7, 9]),)),
    Place("032085", "contact-032085", 12, SUBMITTED),
    Place("082104", "contact-082104", 14, CONSENTED),
    Place("202029", "contact-202029", 24, ACCEPTED),
    Place("012084", "contact-012084", 16, asked("advisor")),
    Place("394271", "contact-394271", 26, (*opened("advisor2"), lambda w: w.later(5).propose_days(1, 21))),
    Place("062081", "contact-062081", 60, trained("advisor3")),
    Place("434281", "contact-434281", 105, surveyed("advisor")),
    Place("243248", "contact-243248", 130, (*planned("advisor2"), *SECTION_SAID)),
    Place("163422", "contact-163422", 150, reported("advisor3")),
    Place("374041", "contact-374041", 190, agreed("advisor2")),
    Place(
        "014524",
        "contact-014524",
        205,
        (
            *agreed("advisor3"),
            lambda w: w.later(3).report_completion(),
            lambda w: w.later(5).follow_up(),
            lambda w: w.later(5).carry_out(),
        ),
    ),
    Place("212041", "contact-212041", 215, (*told("advisor2"), lambda w: w.later(3).close())),
    Place(
        "222208",
        "contact-222208",
        20,
        (
            *SUBMITTED,
            lambda w: w.later(2).office_does(
                "return", comment="受けられる月を、もう1か月足していただけますか。"
            ),
        ),
    ),
    Place(
        "472085",
        "contact-472085",
        40,
        (
            *CONSENTED,
            lambda w: w.later(2).office_does(
                "waitlist", comment="いまの枠がいっぱいです。空きしだい順にご案内します。"
            ),
        ),
    ),
)


def walk_all(now: datetime, places: Iterable[Place] = PLACES) -> list[Walk]:
    """Walk every town to where it stands; the earliest beginnings first, as numbers are given in order."""
    walks = []
    for place in sorted(places, key=lambda place: -place.days_ago):
        walk = Walk(place.code, place.contact, now - timedelta(days=place.days_ago)).later(0)
        for step in place.steps:
            step(walk)
        walks.append(walk)
    return walks
