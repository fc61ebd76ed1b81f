"""Opening an engagement, and letting it follow its stages."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts.models import Role
from advisors.models import Advisor
from engagements.applications.models import Application
from engagements.journey.letters import trainee_comes, was_opened
from engagements.journey.models import Journey
from engagements.models import Engagement, EngagementRole
from engagements.programme.models import Programme
from engagements.sessions.models import Session
from municipalities.dates import era_year_short, fiscal_year
from municipalities.models import Municipality
from workflow import SYSTEM, Actor, authority, begin
from workflow.doors import perform_as_system, rules
from workflow.log import record
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
    journey = _new(application.municipality, application.call.programme, opened_at=now)
    event = begin(journey, SYSTEM, now=now, application=application.reference)
    _staff(journey, advisor, SYSTEM, now)
    application.engagement_id = journey.pk
    application.save(update_fields=["engagement"])
    put(was_opened(journey, advisor.user, timezone.localdate(now)), event=event, now=now)
    return journey


@atomic
def add_trainee(journey: Journey, trainee: Advisor, *, now: datetime) -> None:
    """Somebody comes along to learn: reads the engagement, and gets one mail. Once for a person."""
    today = timezone.localdate(now)
    _role, added = EngagementRole.objects.get_or_create(
        engagement=journey, user=trainee.user, role=Role.TRAINEE, defaults={"valid_from": today}
    )
    if added:
        event = record(
            "engagement.trainee_joined",
            SYSTEM,
            stream=journey.stream,
            context=journey.context,
            visibility="parties",
            data={"trainee": trainee.pk},
            now=now,
        )
        put(trainee_comes(journey, trainee.user), event=event, now=now)


@atomic
def import_engagement(
    *, municipality: Municipality, advisor: Advisor, opened_on: date, actor: Actor, now: datetime
) -> Journey:
    """An engagement that began before the service was used, without an application; nobody gets a mail.

    The programme's version and the town's name are those of the day on which it began. Raises ``NotAllowed``.
    """
    authority.require(actor, "engagement.import", None, now=now)
    opened_at = timezone.make_aware(datetime.combine(opened_on, time(9)))
    journey = _new(municipality, Programme.in_force(opened_on), opened_at=opened_at)
    begin(journey, actor, now=now, imported=True, opened_on=opened_on)
    _staff(journey, advisor, actor, now)
    return journey


def _new(municipality: Municipality, programme: Programme, *, opened_at: datetime) -> Journey:
    day = timezone.localdate(opened_at)
    year = fiscal_year(day)
    return Journey.objects.create(
        reference=f"{era_year_short(year)}-{next_number('engagement', year):03d}",
        programme=programme,
        municipality=municipality,
        municipality_name=municipality.name_on(day),
        fiscal_year=year,
        opened_at=opened_at,
    )


def _staff(journey: Journey, advisor: Advisor, actor: Actor, now: datetime) -> None:
    """The lead from the first day, and the sessions of the programme; the first one's date is looked for now."""
    first = timezone.localdate(journey.opened_at)
    EngagementRole.objects.create(engagement=journey, user=advisor.user, role=Role.ADVISOR, valid_from=first)
    due: date | None = timezone.localdate(now) + timedelta(days=journey.programme.propose_days)
    for kind in journey.programme.session_kinds.all():
        begin(Session.objects.create(engagement=journey, kind=kind, dates_due=due), actor, now=now)
        due = None


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
