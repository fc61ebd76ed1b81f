"""What the homes of a town and of an advisor show. A constant number of queries, from spans and not from guards."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from advisors.load import loads
from advisors.models import Advisor
from engagements.applications.models import Application
from engagements.applications.selectors import open_calls
from engagements.applications.turns import whose
from engagements.journey import dossiers, follow_up, road, waits
from engagements.journey.selectors import OPEN_STATES, people, readable
from engagements.rounds.models import Offer
from engagements.sessions import selectors as session_reads
from engagements.sessions.models import Meeting, Session
from municipalities.dates import fiscal_year
from municipalities.models import Municipality
from workflow import Actor
from workflow.models import Span

FIRST_OF_FISCAL_YEAR = (4, 1)


@dataclass(slots=True)
class TownHome:
    """One town of a contact: its engagement, else its application, else nothing yet."""

    municipality: Municipality
    dossier: dossiers.Dossier | None = None
    countdown: Any = None
    checklist: list[Any] = field(default_factory=list)
    blocked: list[dict[str, str]] = field(default_factory=list)
    documents: list[Any] = field(default_factory=list)
    mails: list[Any] = field(default_factory=list)
    application: Any = None
    calls: list[Any] = field(default_factory=list)
    application_next: waits.NextAction | None = None
    application_road: list[road.Station] = field(default_factory=list)
    others: list[Any] = field(default_factory=list)
    follow_up: follow_up.Summary | None = None

    @property
    def done(self) -> int:
        return sum(1 for line in self.checklist if line.done_at)


def town_homes(actor: Actor, role: str, today: date) -> list[TownHome]:
    """The home of each town over which the role is held."""
    codes = sorted(actor.scopes(role, "municipality"))
    towns = list(Municipality.objects.filter(code__in=codes).select_related("prefecture"))
    running = (
        readable(actor).filter(municipality__in=codes, state__in=OPEN_STATES).order_by("-opened_at", "-pk")
    )
    found = dossiers.dossiers(running, actor, today)
    return [_town_home(town, actor, today, found) for town in towns]


def _town_home(town: Municipality, actor: Actor, today: date, found: list[dossiers.Dossier]) -> TownHome:
    own = [item for item in found if item.engagement.municipality_id == town.pk]
    home = TownHome(town)
    if own:
        first = own[0]
        home.dossier, home.others = first, own[1:]
        home.countdown = dossiers.countdown(first, today)
        if first.current.state != "confirmed":
            home.checklist = session_reads.checklist(first.current)
        home.blocked = dossiers.blocked(first)
        home.follow_up = follow_up.summary(first.engagement, today)
        home.documents = dossiers.documents(first, actor)[:5]
        own_people = {user.email for user in first.people.contacts.get(town.pk, [])}
        home.mails = [row for row in dossiers.mails(first, actor) if row["address"] in own_people][:3]
    else:
        _add_application(home, actor, today)
    return home


def _add_application(home: TownHome, actor: Actor, today: date) -> None:
    applications = Application.objects.filter(municipality=home.municipality, engagement=None)
    home.application = applications.exclude(state__in=["declined", "withdrawn"]).order_by("-pk").first()
    if home.application is None:
        home.calls = list(open_calls(timezone.now()))
        return
    spans = waits.open_spans([f"application:{home.application.pk}"])
    turns = waits.waits(spans, actor, waits.Known(), today, private=True)
    home.application_next = next((_asked(turn) for turn in turns if turn.mine), None) or next(
        (_told(turn.who, turn.what, turn.due) for turn in turns), None
    )
    if home.application_next is None and (carried := whose(home.application)) is not None:
        who = waits.role_name(carried.role)
        home.application_next = _told(who, str(carried.what), carried.due(home.application))
    received = home.application.received_at
    kinds = home.application.call.programme.session_kinds.all()
    home.application_road = road.road_to_opening(
        state=home.application.state,
        received=timezone.localdate(received) if received else None,
        names=[str(kind) for kind in kinds],
    )


def _asked(turn: waits.Wait) -> waits.NextAction:
    label = _("次にすること")
    return waits.NextAction(label, turn.title, turn.waiting, turn.due, "", turn.url, turn.button)


def _told(who: str, what: str, due: date | None) -> waits.NextAction:
    title = _("%(who)sの番です: %(what)s") % {"who": who, "what": what}
    return waits.NextAction(_("いまの様子"), title, _("いまあなたがすることはありません。"), due)


@dataclass(slots=True)
class AdvisorHome:
    """What an advisor looks at between two jobs."""

    advisor: Advisor | None
    offers: list[Any]
    dossiers: list[dossiers.Dossier]
    logs: list[waits.Wait]
    meetings: list[Any]
    load: int
    hours: Decimal
    held: int
    people: int

    @property
    def capacity(self) -> int:
        return self.advisor.capacity if self.advisor else 0

    @property
    def places(self) -> list[bool]:
        """A box for each place, filled where it is taken."""
        return [number < self.load for number in range(max(self.capacity, self.load))]

    @property
    def next(self) -> waits.NextAction | None:
        """The first thing of all towns: a log, a plan; offers stand above it."""
        own = [item for item in self.dossiers if any(turn.mine for turn in item.waits)]
        ordered = sorted(own, key=lambda item: item.next.due or date.max)
        return ordered[0].next if ordered else None


def advisor_home(actor: Actor, today: date) -> AdvisorHome:
    """Everything on the advisor's home, however many towns and offers there are."""
    served = [int(pk) for pk in actor.scopes("advisor", "engagement") if pk.isdecimal()]
    running = readable(actor).filter(pk__in=served, state__in=OPEN_STATES).order_by("opened_at", "pk")
    found = dossiers.dossiers(running, actor, today)
    advisor = Advisor.objects.filter(user=actor.user_id).first()
    meetings = _meetings_of_month(served, today)
    done = _held_this_year(actor, today)
    return AdvisorHome(
        advisor=advisor,
        offers=_offers(actor),
        dossiers=found,
        logs=[turn for item in found for turn in item.waits if turn.mine and turn.machine == "session"],
        meetings=meetings,
        load=loads(today, [advisor.pk])[advisor.pk] if advisor else 0,
        hours=done["hours"] or Decimal(0),
        held=done["held"],
        people=done["people"],
    )


def _offers(actor: Actor) -> list[Any]:
    rows = Offer.objects.filter(advisor__user=actor.user_id, state="sent")
    return list(rows.select_related("application__municipality__prefecture").order_by("expires_at", "pk"))


def _month(today: date) -> tuple[date, date]:
    first = today.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _meetings_of_month(engagements: list[int], today: date) -> list[Any]:
    first, end = _month(today)
    rows = Meeting.objects.filter(
        session__engagement__in=engagements,
        called_off=False,
        starts_at__gte=_midnight(first),
        starts_at__lt=_midnight(end),
    )
    return list(rows.select_related("session__kind", "session__engagement"))


def _held_this_year(actor: Actor, today: date) -> dict[str, Any]:
    """The fiscal year's totals over all engagements in which the person advised on the day."""
    start = date(fiscal_year(today), *FIRST_OF_FISCAL_YEAR)
    role = Q(
        engagement__roles__user=actor.user_id,
        engagement__roles__role="advisor",
    )
    rows = Session.objects.filter(role, held_on__gte=start, held_on__lte=today).distinct()
    attendance = list(rows.values_list("pk", "log_attendance", "log_hours"))
    return {
        "held": len(attendance),
        "hours": sum((hours or Decimal(0) for _pk, _sections, hours in attendance), Decimal(0)),
        "people": sum(row["count"] for _pk, sections, _hours in attendance for row in sections),
    }


def waiting_list(actor: Actor, today: date) -> list[waits.Wait]:
    """Everything that waits on a person, whatever their roles, by due day: at most 200. A constant number of queries."""
    spans = list(Span.objects.filter(waits.mine(actor), left_at=None).order_by(*waits.EARLIEST)[:200])
    ids = {pk for span in spans if (pk := waits.engagement_of(span))}
    rows = {row.pk: row for row in readable(actor).filter(pk__in=ids)}
    sessions = session_reads.of_engagements(rows)
    known = waits.Known(rows, sessions, people(rows.values(), today))
    return waits.waits(spans, actor, known, today)
