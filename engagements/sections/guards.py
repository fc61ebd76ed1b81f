"""What a request to a section needs before a step, and what of an answer is held against what was asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.sections import answers
from engagements.sections.letters import addressees
from workflow.doors import Step, Unmet


def remind_day(request: Any) -> Any:
    return request.due_on - timedelta(days=request.engagement.programme.remind_days)


def reminder_is_due(request: Any, now: datetime) -> Unmet | None:
    """Once, some days before the end."""
    today = timezone.localdate(now)
    if request.reminded_at is None and remind_day(request) <= today <= request.due_on:
        return None
    return Unmet(_("お知らせする日ではありません。"))


def is_past_due(request: Any, now: datetime) -> Unmet | None:
    if request.due_on < timezone.localdate(now):
        return None
    return Unmet(_("回答の期限がまだ過ぎていません。"))


def somebody_reads_it(request: Any, now: datetime) -> Unmet | None:
    """The section has an account or a mailbox."""
    if addressees(request.engagement.municipality_id, request.section_ref, timezone.localdate(now)):
        return None
    return Unmet(_("この課の届け先がまだありません。課の宛先を登録してから送ってください。"))


def no_other_is_open(request: Any, now: datetime) -> Unmet | None:
    """One open request a section: a newer one goes on instead of this."""
    rows = (
        type(request)
        ._base_manager.filter(
            engagement=request.engagement_id, section_ref=request.section_ref, kind=request.kind
        )
        .filter(period=request.period)
    )
    if not rows.filter(state__in=["asked", "overdue"]).exclude(pk=request.pk).exists():
        return None
    return Unmet(_("この課には、もう新しいお願いが出ています。そちらの回答を待ってください。"))


def rows_are_whole(request: Any, step: Step) -> dict[str, str]:
    """Replies and figures are of this request; decisions and progress are held against their room's rows there."""
    shared = apps.get_model("engagement_survey", "SharedRemark").objects.filter(
        survey__engagement=request.engagement_id, section_key=request.section_key
    )
    asked: dict[str, Any] = {
        "figures": set(request.figures.values_list("pk", flat=True)),
        "replies": set(shared.values_list("key", flat=True)),
    }
    found: dict[str, str] = {}
    for part in answers.PARTS:
        rows = step.data.get(part)
        found |= answers.faults(part, rows, asked.get(part, _keys(part, rows)))
    return found


def _keys(part: str, rows: Any) -> list[Any]:
    key = answers.PARTS[part]
    return [row.get(key) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
