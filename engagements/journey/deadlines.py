"""The days of the year after: the completion report and the re-survey, from the programme's rows."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone


def months_later(day: date, months: int) -> date:
    """The same day so many months later; the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def agreed_on(engagement: Any) -> date | None:
    """The day of the executive's answer; None while there is none."""
    plans = apps.get_model("engagement_plans", "Plan")._base_manager
    answered = plans.filter(engagement=engagement.pk, state="answered").order_by("number").last()
    return timezone.localdate(answered.answered_at) if answered else None


def completion_due(engagement: Any) -> date | None:
    day = agreed_on(engagement)
    return day + timedelta(days=engagement.programme.completion_days) if day else None


def resurvey_due(engagement: Any) -> date:
    """Counted from the first survey, so that the same season is compared; without one, from the opening."""
    surveys = apps.get_model("engagement_survey", "Survey")._base_manager
    first = surveys.filter(engagement=engagement.pk).order_by("round").first()
    day = first.held_on if first else timezone.localdate(engagement.opened_at)
    return months_later(day, engagement.programme.follow_up_months)
