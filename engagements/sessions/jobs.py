"""What falls due in sessions without anybody pressing a button."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from engagements.sessions.checks import RUNNING
from engagements.sessions.models import OptionState, Session, SessionState
from workflow.doors import perform_as_system
from workflow.sweep import each, task


@task("expire-date-holds")
def expire_date_holds(now: datetime) -> int:
    """The day after a hold ends, or when its engagement is paused, handed on or over, its dates are free again."""
    ended = Q(date_options__held_until__lt=timezone.localdate(now)) | ~Q(engagement__state__in=RUNNING)
    over = Session.objects.filter(ended, date_options__state=OptionState.OPEN).distinct()
    return _each("expire_dates", over, now)


@task("confirm-by-silence")
def confirm_by_silence(now: datetime) -> int:
    """Records that nobody objected to in time stand; the door counts the open days of each programme."""
    waiting = Session.objects.filter(
        state=SessionState.LOGGED, logged_at__lt=now, engagement__programme__silence_days__gt=0
    )
    return _each("take_silence", waiting.exclude(engagement__state__in=["closed", "cancelled"]), now)


def _each(name: str, sessions: QuerySet[Session], now: datetime) -> int:
    return each(sessions.order_by("pk"), lambda session: perform_as_system(name, session, now=now))
