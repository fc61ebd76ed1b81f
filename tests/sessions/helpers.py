"""Walking a session forward in tests: each step by whoever takes it in life."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from engagements.models import Engagement
from engagements.sessions.models import Session
from tests.factories.engagements import actor, advisor_of, contact_of, session_of
from workflow import perform

LOG = {
    "log_summary": "やめられる紙を課ごとに1つずつ挙げた。",
    "log_next_step": "体験する場面を1つ決める",
    "log_next_by": "",
    "log_hours": "2.5",
    "log_attendance": '[{"section": "町民課", "count": 8}, {"section": "税務課", "count": 2}]',
}


def at(days: int, hour: int = 9) -> datetime:
    """So many days from today at that hour, in Japan."""
    day = timezone.localdate() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(hour)))


def meeting(days: int, **more: Any) -> dict[str, Any]:
    return {"starts_at": at(days), "ends_at": at(days, 11), "mode": "onsite", "place": "本庁舎"} | more


def schedule(engagement: Engagement, number: int, days: int = 10, *, now: datetime | None = None) -> Session:
    session = session_of(engagement, number)
    perform("schedule", session, actor(contact_of(engagement)), now=now, **meeting(days))
    return session


def hold(engagement: Engagement, number: int, days: int = -1) -> Session:
    """Planned in the past's past, held so many days from today."""
    session = schedule(engagement, number, days, now=at(days - 5))
    perform(
        "hold", session, actor(advisor_of(engagement)), held_on=timezone.localdate() + timedelta(days=days)
    )
    return session


def log(engagement: Engagement, number: int, days: int = -1, **changed: Any) -> Session:
    session = hold(engagement, number, days)
    perform("log", session, actor(advisor_of(engagement)), **LOG | changed)
    return session


def confirm(engagement: Engagement, number: int, days: int = -1) -> Session:
    session = log(engagement, number, days)
    perform("confirm", session, actor(contact_of(engagement)))
    return session
