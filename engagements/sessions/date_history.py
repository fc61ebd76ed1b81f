"""How a session's date came about: every day that was set, moved or called off, by whom and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.doers import doer_of, personal_of
from engagements.sessions.models import Session
from municipalities.dates import era_date
from workflow.doors import rules
from workflow.models import Event

TOLD = (
    "schedule",
    "add_meeting",
    "meet_again",
    "reschedule",
    "drop_meeting",
    "postpone",
    "ask_new_dates",
    "cancel",
    "reinstate",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One step: ``old`` is the day that it took the place of, ``reason`` is empty once it was erased."""

    at: datetime
    who: str
    what: str
    old: str
    new: str
    reason: str


def changes(session: Session) -> list[Change]:
    """Oldest first. One query."""
    kinds = [f"session.{name}" for name in TOLD]
    events = Event.objects.filter(stream=session.stream, type__in=kinds).select_related("personal")
    return [_change(event) for event in events.order_by("position")]


def _change(event: Event) -> Change:
    personal = personal_of(event)
    data = json.loads(event.canonical)["data"]
    return Change(
        at=event.recorded_at,
        who=doer_of(event).polite,
        what=str(rules(Session)[event.type.partition(".")[2]].past),
        old=_moment((data.get("was") or [None])[0]),
        new=_moment(data.get("starts_at")),
        reason=str(personal.get("reason") or ""),
    )


def _moment(text: Any) -> str:
    moment = parse_datetime(text) if isinstance(text, str) else None
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{era_date(local.date(), short=True)} {local.hour}:{local:%M}"
