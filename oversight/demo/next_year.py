"""What the office prepares for the next fiscal year: a call in rounds, and the programme's next version."""

from __future__ import annotations

from datetime import datetime, time

from django.utils import timezone

from accounts.demo import DOMAIN
from accounts.models import User
from accounts.standings import actor_for
from engagements.applications import calls
from engagements.applications.models import Call
from engagements.programme import versions
from engagements.programme.models import Programme
from municipalities.dates import fiscal_year, fiscal_year_label

RULES = [
    {"question": "dx_plan", "value": "made", "priority": 2},
    {"question": "dx_plan", "value": "making", "priority": 1},
    {"question": "mayor", "value": "attends", "priority": 2},
]


def prepare(now: datetime) -> Call:
    """Both in preparation: nothing that towns see changes."""
    office = actor_for(User.objects.get(email=f"secretariat@{DOMAIN}"))
    version = versions.draft_version(Programme.in_force(timezone.localdate(now)), actor=office, now=now)
    rules = {"priority_rules": RULES, "once_per_years": 2, "review_days": 14}
    versions.save_settings(version, rules, actor=office, now=now)
    year = fiscal_year(timezone.localdate(now)) + 1
    day = timezone.localdate(now)

    def at(month: int, number: int, hour: int) -> datetime:
        return timezone.make_aware(
            datetime.combine(day.replace(year=year, month=month, day=number), time(hour))
        )

    values = {
        "title": f"{fiscal_year_label(year)} 第1次募集",
        "fiscal_year": year,
        "round": 1,
        "opens_at": at(4, 12, 9),
        "closes_at": at(5, 31, 17),
        "slots": 12,
        "notice": "",
    }
    return calls.create_call(values, actor=office, now=now)
