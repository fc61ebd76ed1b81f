"""One copy of a road: another town, other people, another year; its log with a chain of its own."""

from __future__ import annotations

import hashlib
import re
from calendar import isleap
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils.timezone import localtime

from accounts.models import User
from advisors.fit import Ties, score_parts
from advisors.models import Advisor
from advisors.selectors import offering, town_need
from engagements.applications.models import Application, Call
from engagements.documents.models import Document
from engagements.models import Engagement
from engagements.plans.models import Decision, Plan
from engagements.rounds.models import Offer
from engagements.rounds.pairs import stored
from engagements.survey.models import Survey
from municipalities.dates import era_year_short
from municipalities.models import Municipality
from oversight.demo.bulk_roads import KEYED, Change, Road, Row, Told
from oversight.demo.bulk_sheets import Sheet
from workflow.log import canonical_text, chain_hash, personal_digest
from workflow.models import Event, EventPersonal, Span, StreamHead

DAY = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d[\d:.]*(?:\+\d\d:\d\d)?)?")
ZONED_DAY = re.compile(r"\b\d{4}(-\d\d-\d\d)(?=[T\"])")
LEAP_DAY, DAY_BEFORE = "-02-29", "-02-28"
#: Ids inside the data of events, by machine; ``by`` stands in an application's own marks.
IDS_OF: dict[str, dict[str, type[models.Model]]] = {
    "application": {"document": Document, "engagement": Engagement},
    "offer": {"advisor": Advisor},
    "engagement": {"advisor": User},
    "plan": {"document": Document, "decision": Decision},
}
IDS_OF_MARKS: dict[str, type[models.Model]] = {"by": User}
#: As the rooms write them (tests hold each against the room's own next number).
NUMBERS: dict[type[models.Model], tuple[str, Callable[[str, int], str]]] = {
    Application: ("application", lambda era, number: f"A{era[1:]}-{number:04d}"),
    Offer: ("offer", lambda era, number: f"{era}-D{number:03d}"),
    Engagement: ("engagement", lambda era, number: f"{era}-{number:03d}"),
    Survey: ("survey", lambda era, number: f"S-{era}-{number:03d}"),
    Plan: ("plan", lambda era, number: f"P{era}-{number:03d}"),
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a road is copied to: ``years`` earlier."""

    town: Municipality
    call: Call
    years: int
    people: Mapping[str, User]
    advisor: Advisor | None


def earlier(value: Any, years: int) -> Any:
    """The same day and hour in Japan some years before; 29 February becomes the 28th where there is none."""
    moment = localtime(value) if isinstance(value, datetime) else value
    leap = (moment.month, moment.day) == (2, 29) and not isleap(moment.year - years)
    return moment.replace(year=moment.year - years, day=28 if leap else moment.day)


@lru_cache(maxsize=65536)
def earlier_text(text: str, years: int) -> str:
    """``earlier`` for a day or moment as the log writes it."""
    year, rest = int(text[:4]) - years, text[4:]
    if rest.startswith(LEAP_DAY) and not isleap(year):
        rest = DAY_BEFORE + rest[len(LEAP_DAY) :]
    return f"{year}{rest}"


@lru_cache(maxsize=64)
def _earlier_records(text: str, years: int) -> str:
    return ZONED_DAY.sub(lambda found: earlier_text(found[0], years), text)


class Copy:
    """The copy's objects, log and turns, made but not yet written. ``take`` gives ids, ``number`` the series' next."""

    def __init__(
        self,
        road: Road,
        to: Destination,
        *,
        take: Callable[[type[models.Model]], int],
        number: Callable[[str, int], int],
        sheets: Mapping[str, Sheet],
    ) -> None:
        self.road, self.to, self.years, self.take, self.sheets = road, to, to.years, take, sheets
        self.keys: dict[type[models.Model], dict[Any, Any]] = defaultdict(dict)
        for row in road.rows:
            self.keys[row.model][row.pk] = take(row.model)
        self.keys[Municipality][road.application.municipality_id] = to.town.pk
        self.keys[Call][road.application.call_id] = to.call.pk
        for who, user in road.people.items():
            self.keys[User][user.pk] = to.people[who].pk
        if to.advisor is not None:
            self.keys[Advisor] |= {offer.advisor_id: to.advisor.pk for offer in road.application.offers.all()}
        self.words = self._words() | self._numbers(number)

    def _words(self) -> dict[str, str]:
        opened = (
            self.road.engagement.opened_at if self.road.engagement else self.road.events[0].event.recorded_at
        )
        name = self.to.town.name_on(localtime(earlier(opened, self.years)).date())
        said = {
            "town.full": f"{self.to.town.prefecture.name}{name}",
            "town.name": name,
            "town.code": self.to.town.code,
        }
        said |= {f"{who}.name": user.name for who, user in self.to.people.items()}
        said |= {f"{who}.email": user.email for who, user in self.to.people.items()}
        said |= {f"paper.{kind}": sheet.sha256 for kind, sheet in self.sheets.items()}
        return {word: said[what] for word, what in self.road.words.items()}

    def _numbers(self, number: Callable[[str, int], int]) -> dict[str, str]:
        found = {}
        for word, (model, _pk, year) in self.road.numbers.items():
            series, write = NUMBERS[model]
            found[word] = write(era_year_short(year - self.years), number(series, year - self.years))
        return found

    # --- values ------------------------------------------------------------------

    def text(self, value: str) -> str:
        return self.road.pattern.sub(lambda found: self.words[found[0]], value)

    def key(self, value: str) -> str:
        """``engagement:17``, ``municipality:033022``, ``user:5``: the copy's own."""
        kind, colon, pk = value.partition(":")
        model = KEYED.get(kind)
        if model is None or not pk:
            return value
        known: Any = int(pk) if model is not Municipality and pk.isdecimal() else pk
        return f"{kind}{colon}{self.keys[model].get(known, known)}"

    def tree(self, value: Any, ids: Mapping[str, type[models.Model]]) -> Any:
        """JSON with its days, texts and ids mapped."""
        if isinstance(value, str):
            return earlier_text(value, self.years) if DAY.fullmatch(value) else self.text(value)
        if isinstance(value, list):
            return [self.tree(item, ids) for item in value]
        if isinstance(value, dict):
            return {name: self._member(name, item, ids) for name, item in value.items()}
        return value

    def _member(self, name: str, value: Any, ids: Mapping[str, type[models.Model]]) -> Any:
        if name not in ids:
            return self.tree(value, ids)
        known = self.keys[ids[name]]
        return (
            [known.get(item, item) for item in value] if isinstance(value, list) else known.get(value, value)
        )

    def _changed(self, change: Change) -> Any:
        value = change.value
        match change.how:
            case "key":
                return self.keys[change.model].get(value, value) if change.model else value
            case "time":
                return earlier(value, self.years)
            case "year":
                return value - self.years
            case "tree":
                return self.tree(value, IDS_OF_MARKS)
            case "records":
                code = self.road.application.municipality_id
                return _earlier_records(value, self.years).replace(code, self.to.town.code)
        return self.text(value)

    # --- what is written ---------------------------------------------------------

    def objects(self) -> dict[type[models.Model], list[models.Model]]:
        made: dict[type[models.Model], list[models.Model]] = defaultdict(list)
        for row in self.road.rows:
            made[row.model].append(self._object(row))
        return made

    def _object(self, row: Row) -> models.Model:
        values = row.shared | {change.name: self._changed(change) for change in row.changes}
        if row.model is Document:
            values |= self.sheets[values["kind"]].fields(values["title"], values["body"])
        elif row.model is Offer and self.to.advisor is not None:
            values["fit"] = self._fit(self.to.advisor, values["sent_at"].date())
        return row.model(pk=self.keys[row.model][row.pk], **values)

    def _fit(self, advisor: Advisor, on: date) -> dict[str, Any]:
        """The figures of this pair, by the rule of the room."""
        asked, town = self.road.application, self.to.town
        need = town_need(town, wants=asked.life_events, months=asked.months, mode=asked.mode, until=on)
        return stored(score_parts(need, offering(advisor, 0, on), Ties()))

    def log(self) -> tuple[list[Event], list[EventPersonal], list[StreamHead]]:
        """The events in their order, each stream chained anew."""
        events, personals = [], []
        heads: dict[str, StreamHead] = {}
        for told in self.road.events:
            stream = self.key(told.event.stream)
            head = heads.setdefault(stream, StreamHead(stream=stream))
            event, personal = self._event(told, stream, head.hash)
            head.position, head.hash = event.position, event.hash
            events.append(event)
            personals.append(personal)
        return events, personals, list(heads.values())

    def _event(self, told: Told, stream: str, previous: str) -> tuple[Event, EventPersonal]:
        was = told.content
        payload = self.text(told.payload)
        salt = hashlib.sha256(f"{stream}#{was['position']}".encode()).hexdigest()[:32]
        content = was | {
            "stream": stream,
            "context": self.key(was["context"]),
            "actor": self.key(was["actor"]),
            "occurred_at": earlier_text(was["occurred_at"], self.years),
            "recorded_at": earlier_text(was["recorded_at"], self.years),
            "data": self.tree(was["data"], IDS_OF.get(stream.partition(":")[0], {})),
            "personal": personal_digest(salt, payload),
        }
        canonical = canonical_text(content)
        event = Event(
            pk=self.take(Event),
            **{name: content[name] for name in ("stream", "position", "type", "context", "visibility")},
            occurred_at=datetime.fromisoformat(content["occurred_at"]),
            recorded_at=datetime.fromisoformat(content["recorded_at"]),
            actor_key=content["actor"],
            canonical=canonical,
            previous_hash=previous,
            hash=chain_hash(previous, canonical),
        )
        return event, EventPersonal(
            pk=self.take(EventPersonal), event_id=event.pk, salt=salt, payload=payload
        )

    def spans(self) -> list[Span]:
        return [self._span(span) for span in self.road.spans]

    def _span(self, span: Span) -> Span:
        stream = self.key(span.stream)
        return Span(
            pk=self.take(Span),
            machine=span.machine,
            object_id=int(stream.partition(":")[2]),
            stream=stream,
            context=self.key(span.context),
            municipality=self.to.town.pk if span.municipality else "",
            title=self.text(span.title)[:200],
            state=span.state,
            entered_at=earlier(span.entered_at, self.years),
            left_at=earlier(span.left_at, self.years) if span.left_at else None,
            turn_role=span.turn_role,
            turn_code=span.turn_code,
            turn_scope=self.key(span.turn_scope),
            waiter_role=span.waiter_role,
            due_on=earlier(span.due_on, self.years) if span.due_on else None,
        )
