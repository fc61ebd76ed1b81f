"""Opening an engagement, and letting it follow its stages."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts.models import Role
from advisors.models import Advisor
from engagements.applications.models import Application
from engagements.journey.letters import was_opened
from engagements.journey.models import Journey
from engagements.models import Engagement, EngagementRole
from engagements.sessions.models import Session
from municipalities.dates import era_year_short, fiscal_year
from workflow import SYSTEM, begin
from workflow.doors import perform_as_system, rules
from workflow.outbox import put
from workflow.serials import next_number
from workflow.transactions import atomic

#: What the stages' facts may carry on by themselves, in the road's order.
STEPS = ("start_training", "start_survey", "start_reporting", "agree")


@atomic
def open_engagement(*, application: Application, advisor: Advisor, now: datetime) -> Journey:
    """The engagement of a matched application: its number, its lead, its sessions, each with its first event.
    The town's contacts get a mail.

    The programme's version is the one that the call pinned; the town's name is that of the day. Once for an
    application: a second call gives the engagement that exists.
    """
    if application.engagement_id:
        return Journey.objects.get(pk=application.engagement_id)
    day = timezone.localdate(now)
    year = fiscal_year(day)
    journey = Journey.objects.create(
        reference=f"{era_year_short(year)}-{next_number('engagement', year):03d}",
        programme=application.call.programme,
        municipality=application.municipality,
        municipality_name=application.municipality.name_on(day),
        fiscal_year=year,
        opened_at=now,
    )
    event = begin(journey, SYSTEM, now=now, application=application.reference)
    EngagementRole.objects.create(engagement=journey, user=advisor.user, role=Role.ADVISOR, valid_from=day)
    for kind in journey.programme.session_kinds.all():
        begin(Session.objects.create(engagement=journey, kind=kind), SYSTEM, now=now)
    application.engagement_id = journey.pk
    application.save(update_fields=["engagement"])
    put(was_opened(journey, advisor.user, day), event=event, now=now)
    return journey


def advance(engagement: Engagement, *, now: datetime) -> None:
    """Carry the engagement on as far as its stages' facts reach; nothing where it is paused, being reassigned or over.

    Runs inside the transaction of the step that made the fact.
    """
    journey = Journey.objects.get(pk=engagement.pk)
    declared = rules(Journey)
    for name in STEPS:
        rule = declared[name]
        if str(journey.state) in rule.sources and not any(guard(journey, now) for guard in rule.guards):
            perform_as_system(name, journey, now=now)
