"""``manage.py demo --scale N``: many engagements over ten fiscal years, copied from roads walked through the doors."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from random import Random
from typing import NamedTuple

from django.db import connection, models, transaction
from django.utils import timezone

from accounts.demo import DOMAIN
from accounts.models import User
from accounts.standings import actor_for
from engagements.applications.models import Application, Call
from engagements.applications.services import seed_call
from engagements.documents.models import Document
from engagements.models import Engagement
from engagements.programme.models import Programme
from municipalities.dates import fiscal_year, fiscal_year_label
from municipalities.models import Municipality
from oversight.demo.bulk_copies import Copy, Destination
from oversight.demo.bulk_people import CAPACITY, Helpers, town_people
from oversight.demo.bulk_roads import OWNED, Road, roads, towns_of_roads
from oversight.demo.bulk_sheets import Sheet, sheets
from workflow import SYSTEM, begin, seals
from workflow.doors import perform
from workflow.models import Event, EventPersonal, Serial, Span, StreamHead

#: In the order in which it is written.
WRITTEN: tuple[type[models.Model], ...] = (*OWNED, Event, EventPersonal, StreamHead, Span)
YEARS = 10
BATCH = 200
SEED = 20260401
APPLICATIONS_EVERY = 5
ENDS = ("closed", "closed", "closed", "closed", "closed", "closed", "closed", "cancelled")
ENDS_OF_LAST_YEAR = ("following_up", "closed", "agreed", "closed", "following_up", "cancelled")
NO_ENGAGEMENT = ("declined", "withdrawn")


class Slot(NamedTuple):
    """One copy to make: which road, for which fiscal year."""

    road: Road
    year: int


def scale(number: int, now: datetime) -> int:
    """Add engagements until there are ``number``; returns how many were added. The same state gives the same copies.

    Copies have no letters, links and papers of their own (one sheet stands in, see ``bulk_sheets``). Each batch is
    one transaction, so that what an interrupted run leaves is whole and the next one goes on.
    """
    before = Engagement.objects.count()
    if number <= before:
        return 0
    found = roads(now, number)
    this_year = fiscal_year(timezone.localdate(now))
    slots = list(_slots(found, number - Engagement.objects.count(), this_year))
    printer = sheets(row.shared["kind"] for road in found for row in road.rows if row.model is Document)
    writer = _Writer(slots, printer, now)
    slots.sort(key=lambda slot: slot.year)
    for start in range(0, len(slots), BATCH):
        writer.write(slots[start : start + BATCH])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the planner has never seen tables of this size
    return Engagement.objects.count() - before


def _slots(found: list[Road], wanted: int, this_year: int) -> Iterator[Slot]:
    """The years in turn; this year at every stage, the last one followed up, the others over."""
    engaged = [road for road in found if road.engagement is not None]
    applied = [road for road in found if road.engagement is None]
    for index in range(wanted):
        year, turn = this_year - index % YEARS, index // YEARS
        yield Slot(_road_of(engaged, year, this_year, turn), year)
        if index % APPLICATIONS_EVERY == 0 and applied:
            old = [road for road in applied if road.state in NO_ENGAGEMENT]
            choice = applied if index % (2 * APPLICATIONS_EVERY) == 0 else old
            if choice:
                yield Slot(choice[turn % len(choice)], this_year if choice is applied else year)


def _road_of(engaged: list[Road], year: int, this_year: int, turn: int) -> Road:
    if year == this_year:
        return engaged[turn % len(engaged)]
    ends = ENDS_OF_LAST_YEAR if year == this_year - 1 else ENDS
    state = ends[turn % len(ends)]
    over = [road for road in engaged if road.state in ends]
    return next((road for road in over if road.state == state), over[0])


class _Places:
    """A town for each copy: every town once in a call, in an order that looks like chance."""

    def __init__(self, now: datetime) -> None:
        rows = Municipality.objects.filter(valid_to=None).exclude(pk__in=towns_of_roads())
        self.towns = list(rows.select_related("prefecture").prefetch_related("former_names").order_by("pk"))
        Random(SEED).shuffle(self.towns)  # noqa: S311  (an order for the eye, no secret)
        self.now = now
        self._left: dict[int, list[tuple[Call, Municipality]]] = defaultdict(list)
        self._waves: Counter[int] = Counter()

    def next(self, year: int) -> tuple[Call, Municipality]:
        while not self._left[year]:
            call = _call(year, self._waves[year], self.now)
            self._waves[year] += 1
            taken = set(Application.objects.filter(call=call).values_list("municipality", flat=True))
            self._left[year] = [(call, town) for town in reversed(self.towns) if town.pk not in taken]
        return self._left[year].pop()


def _call(year: int, wave: int, now: datetime) -> Call:
    """The year's call; a further one where every town has been in the ones before."""
    if year == fiscal_year(timezone.localdate(now)) and wave == 0:
        return seed_call(now)
    known = list(Call.objects.filter(fiscal_year=year).order_by("pk"))
    if wave < len(known):
        return known[wave]
    first = timezone.make_aware(datetime.combine(date(year, 4, 1), time()))
    label = fiscal_year_label(year)
    title = f"{label} 随時募集" if wave == 0 else f"{label} 随時募集 その{wave + 1}"
    programme = Programme.objects.earliest("effective_from", "version")
    call = Call.objects.create(title=title, programme=programme, fiscal_year=year, opens_at=first)
    begin(call, SYSTEM, now=first)
    perform("open", call, SYSTEM, now=first)
    last = timezone.make_aware(datetime.combine(date(year + 1, 3, 31), time(17)))
    if last < now:
        perform("close", call, actor_for(User.objects.get(email=f"secretariat@{DOMAIN}")), now=last)
    return call


class _Writer:
    """Makes copies and writes them, a batch at a time."""

    def __init__(self, slots: list[Slot], printer: dict[str, Sheet], now: datetime) -> None:
        today = timezone.localdate(now)
        self.since = date(fiscal_year(today) - YEARS, 4, 1)
        self.places, self.printer = _Places(now), printer
        served = sum(slot.road.takes_a_place for slot in slots)
        already = Engagement.objects.count()
        wanted = max(
            6, -(-(served + already) // (CAPACITY - 1)) if served else 0, (len(slots) + already) // 40
        )
        self.helpers = Helpers(wanted, self.places.towns, self.since, today)

    @transaction.atomic
    def write(self, batch: list[Slot]) -> None:
        places = [self.places.next(slot.year) for slot in batch]
        people = town_people({town.pk: town for _call, town in places}.values(), self.since)
        ids, numbers = _Ids(slot.road for slot in batch), _Numbers()
        made: dict[type[models.Model], list[models.Model]] = defaultdict(list)
        for slot, (call, town) in zip(batch, places, strict=True):
            copy = Copy(
                slot.road,
                self._destination(slot, call, town, people[town.pk]),
                take=ids.take,
                number=numbers.next,
                sheets=self.printer,
            )
            _gather(made, copy)
        for model in WRITTEN:
            model._base_manager.bulk_create(made[model], batch_size=500)
        events = (event for event in made[Event] if isinstance(event, Event))
        seals.enrol({event.stream: event.hash for event in events if event.position == 1})
        numbers.save()

    def _destination(
        self, slot: Slot, call: Call, town: Municipality, people: dict[str, User]
    ) -> Destination:
        advisor = None
        if "advisor" in slot.road.people:
            advisor = self.helpers.next(town, takes_a_place=slot.road.takes_a_place)
            people = people | {"advisor": advisor.user}
        return Destination(town, call, max(0, slot.road.year - slot.year), people, advisor)


def _gather(made: dict[type[models.Model], list[models.Model]], copy: Copy) -> None:
    for model, rows in copy.objects().items():
        made[model] += rows
    events, personals, heads = copy.log()
    for head in heads:
        seals.seal_head(head)
    made[Event] += events
    made[EventPersonal] += personals
    made[StreamHead] += heads
    made[Span] += copy.spans()


class _Ids:
    """Ids for a batch, taken from the database's own counters so that nobody else gets them."""

    def __init__(self, batch: Iterable[Road]) -> None:
        needed: Counter[type[models.Model]] = Counter()
        for road in batch:
            needed.update(row.model for row in road.rows)
            needed.update({Event: len(road.events), EventPersonal: len(road.events), Span: len(road.spans)})
        self._next = {model: _reserve(model, count) for model, count in needed.items() if count}

    def take(self, model: type[models.Model]) -> int:
        self._next[model] += 1
        return self._next[model] - 1


def _reserve(model: type[models.Model], count: int) -> int:
    """The first of ``count`` free ids. SQLite's one writer needs no counter."""
    table = model._meta.db_table
    if connection.vendor != "postgresql":
        return (model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        sequence = cursor.fetchone()[0]
        cursor.execute(
            "SELECT setval(%s::regclass, nextval(%s::regclass) + %s)", [sequence, sequence, count - 1]
        )
        return int(cursor.fetchone()[0]) - count + 1


class _Numbers:
    """The series of reference numbers, held for a batch."""

    def __init__(self) -> None:
        self._rows = {
            (row.series, row.year): row for row in Serial.objects.select_for_update().order_by("pk")
        }

    def next(self, series: str, year: int) -> int:
        row = self._rows.setdefault((series, year), Serial(series=series, year=year))
        row.last += 1
        return row.last

    def save(self) -> None:
        for row in self._rows.values():
            row.save()
