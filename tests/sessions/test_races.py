"""Two towns plan the same advisor's day at once: one of them gets it. Real connections, so PostgreSQL only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from engagements.sessions.models import Meeting
from tests.factories.engagements import EngagementFactory, actor, advisor_user, contact_of, session_of
from tests.sessions.helpers import meeting
from workflow import perform
from workflow.errors import BadInput


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_one_advisor_is_promised_to_one_town_a_day() -> None:
    lead = advisor_user()
    towns = [EngagementFactory(advisor=lead) for _number in range(8)]
    tries = [(session_of(town, 1), actor(contact_of(town))) for town in towns]

    def plan(attempt: tuple) -> bool:
        try:
            perform("schedule", attempt[0], attempt[1], **meeting(10))
        except BadInput:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(plan, tries)) == 1
    assert Meeting.objects.count() == 1
