"""Whose turn a plan is, and by when: it follows the report meeting, the executive's address and what was answered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagements.models import AGREED
from engagements.plans import guards, letters
from engagements.sessions import checks
from workflow.doors import Turn


def _town(plan: Any) -> str:
    return f"municipality:{plan.engagement.municipality_id}"


def _engagement(plan: Any) -> str:
    return f"engagement:{plan.engagement_id}"


def report_session(plan: Any) -> Any:
    """The last session of the engagement, at which the plan is reported. One query."""
    sessions = apps.get_model("engagement_sessions", "Session")._base_manager
    return sessions.filter(engagement=plan.engagement_id).order_by("-kind__number").first()


def _report_day(plan: Any) -> date | None:
    session = report_session(plan)
    first = session.meetings.filter(called_off=False).order_by("starts_at").first() if session else None
    return timezone.localdate(first.starts_at) if first else None


def write_by(plan: Any) -> date | None:
    """So many days before the report meeting, where that has its day."""
    day = _report_day(plan)
    return day - timedelta(days=plan.engagement.programme.plan_days) if day else None


WRITING = Turn("contact", _town, _("計画書をまとめる"), write_by, waiter="advisor")
REVIEWING = Turn("advisor", _engagement, _("計画書の確認"), letters.review_due, waiter="contact")
ADDRESS = Turn(
    "contact", _town, _("首長の答えのいただき方を決める"), _report_day, waiter="advisor", code="address"
)
REPORTING = Turn("contact", _town, _("首長への報告"), waiter="executive", code="report")
ANSWERING = Turn("executive", _town, _("計画書への答え"), letters.answer_due, waiter="contact")
RECORDING = Turn("contact", _town, _("首長の答えの記録"), letters.answer_due, waiter="advisor")
UNRECORDED = Turn("contact", _town, _("②・③の実施の記録"), waiter="secretariat", code="unrecorded")
AGAIN = Turn("contact", _town, _("計画書の直しと、次の報告"), waiter="secretariat", code="again")


def _final(plan: Any) -> Turn | None:
    """Before the meeting has its day, the session carries the turn; then the address; then nobody until it is held."""
    session = report_session(plan)
    if session is None or session.state in checks.HELD:
        return REPORTING
    if session.state == "scheduled" and not (plan.executive_email or plan.answer_at_meeting):
        return ADDRESS
    return None


def _answered(plan: Any) -> Turn | None:
    """While the engagement has not gone on from the answer: what keeps it."""
    if plan.engagement.state in AGREED:
        return None
    return UNRECORDED if plan.decisions.filter(state__in=guards.ADOPTED).exists() else AGAIN


def of(plan: Any) -> dict[str, Turn]:
    """The turn in the plan's present state, beside those that only the state decides."""
    found: dict[str, Turn | None] = {
        "draft": WRITING,
        "in_review": REVIEWING,
        "final": _final(plan) if plan.state == "final" else None,
        "reported": ANSWERING if plan.executive_email else RECORDING,
        "answered": _answered(plan) if plan.state == "answered" else None,
    }
    return {state: turn for state, turn in found.items() if turn is not None}
