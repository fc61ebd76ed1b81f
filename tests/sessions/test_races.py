"""Two who plan at once: one day for one town, one date for one session. Real connections, so PostgreSQL only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from engagements.sessions.models import Meeting
from engagements.sessions.services import choose_date
from tests.factories.engagements import (
    EngagementFactory,
    actor,
    advisor_of,
    advisor_user,
    contact_of,
    session_of,
)
from tests.sessions.helpers import meeting
from tests.sessions.test_dates import plain_day, propose, row
from workflow import perform
from workflow.errors import BadInput, DoorError


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


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_sides_that_settle_at_once_settle_on_one_date() -> None:
    """The town chooses while the advisor proposes anew and withdraws: never a meeting on a day that is not held."""
    engagement = EngagementFactory()
    advisor = actor(advisor_of(engagement))
    session = propose(engagement, advisor_of(engagement), plain_day(1), plain_day(2))
    options = list(session.date_options.values_list("pk", flat=True))
    town, now = actor(contact_of(engagement)), timezone.now()
    deeds = [
        partial(choose_date, session_of(engagement, 1), option=pk, actor=town, now=now) for pk in options
    ]
    deeds.append(partial(perform, "withdraw_dates", session_of(engagement, 1), advisor))
    deeds.append(
        partial(
            perform, "propose", session_of(engagement, 1), advisor, options=[row(plain_day(4))], sure=True
        )
    )

    def attempt(deed: partial) -> str:
        try:
            deed()
        except DoorError as error:
            return type(error).__name__
        finally:
            connection.close()
        return "passed"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, deeds))
    stored = session_of(engagement, 1)
    chosen = list(stored.date_options.filter(state="chosen").values_list("starts_at", flat=True))
    assert list(stored.meetings.values_list("starts_at", flat=True)) == chosen
    assert len(chosen) <= 1
    assert outcomes[:2].count("passed") == len(chosen)
