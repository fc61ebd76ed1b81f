"""The road in a browser, walked by four people: on PostgreSQL, and without judging its pages, which the year does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.desk import Camera
from tests.browser.road import Road
from tests.journeys.people import People
from workflow.audit import faults

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_the_road_from_an_empty_application_to_agreed(people: People, desks: Any) -> None:
    road = Road(people, desks, Camera(None, blind=True))
    road.write_the_application()
    road.consent_without_an_account()
    road.accept_and_ask()
    road.take_it_on()
    road.learn_of_the_match()
    road.meet(1)
    road.page_of_the_engagement(road.advisor)
    road.meet(2)
    road.bring_the_survey()
    road.find_the_issues()
    road.write_the_plan()
    road.finish_and_report()
    road.meet(3)
    road.be_answered()
    road.look_round()
    assert faults() == []
