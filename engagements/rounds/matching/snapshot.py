"""From the database to a round's file: what was known at this moment, kept with its hash."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role
from advisors.load import loads
from advisors.matching.problem import FORMAT
from advisors.models import Advisor, Conflict
from advisors.selectors import certified_until, is_closed, roster
from engagements.applications.models import Application
from engagements.models import SERVING, EngagementRole, EngagementState
from engagements.rounds.matching.guards import places_left, waiting
from engagements.rounds.matching.models import Adjustment, AdjustmentKind, Round, Run, RunMode, ShortlistState
from engagements.rounds.models import Offer, OfferState
from workflow.actors import Actor
from workflow.log import canonical_text

#: Stands in the file where no population is registered; size then weighs nothing in the whole round.
UNKNOWN_BAND = 3
NEVER = "0000-00-00"


def take_snapshot(obj: Round, actor: Actor, now: datetime, *, rematch: bool) -> Run:
    """A run of the round as things stand. Kept as it is solved, so that it can be repeated years later.

    A round whose offers are out is always solved so that these stay.
    """
    mode = RunMode.REMATCH if rematch or obj.in_force_id else RunMode.FRESH
    value, names, left_out = read_round(obj, timezone.localdate(now), mode)
    last = obj.runs.last()
    return Run.objects.create(
        round=obj,
        number=last.number + 1 if last else 1,
        mode=mode,
        input=value,
        input_hash=hashlib.sha256(canonical_text(value).encode()).hexdigest(),
        names=names,
        left_out=left_out,
        requested_by_id=actor.user_id,
        requested_at=now,
    )


def file_of(obj: Round, on: date, mode: str) -> bytes:
    """The round as things stand, as the bytes of a file; nothing is kept."""
    value, _names, _left_out = read_round(obj, on, mode)
    return json.dumps(value).encode()


def read_round(obj: Round, on: date, mode: str) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """The file, the names behind its ids, and who could not be taken in, in sentences. 9 queries, 11 with a limit."""
    towns = list(_applications(obj))
    placed = [town for town in towns if town.municipality.lat_e4 is not None]
    advisors = [advisor for advisor in roster() if advisor.employer.lat_e4 is not None]
    changes = list(obj.adjustments.filter(lifted_at=None))
    programme = obj.call.programme
    unsized = _unsized(placed, advisors)
    answers = obj.shortlists.filter(state=ShortlistState.RANKED).values_list("application", "ranking")
    ranked = {town: [str(pk) for pk in ranking] for town, ranking in answers}
    value = {
        "format": FORMAT,
        "round": {
            "id": obj.reference,
            "start": obj.starts_on.isoformat(),
            "end": obj.ends_on.isoformat(),
            "months": sorted(obj.months),
        },
        "params": {
            "mode": mode,
            "fairness": obj.fairness,
            "sessions": programme.months_needed,
            "weights": obj.weights | ({"size": 0} if unsized else {}),
            "max_leads": places_left(obj),
        },
        "towns": [_town(town, ranked.get(town.pk) or _wished(town, programme.wishes_max)) for town in placed],
        "advisors": _advisors(advisors, changes, on),
        "employers": _employers(advisors, changes, loads(on)),
        "conflicts": _conflicts(placed),
        "declined": _offered(placed, OfferState.DECLINED),
        "forbidden": _pairs(changes, AdjustmentKind.VETO),
        "history": _history(placed, advisors),
        "locked": _pairs(_standing(changes, placed), AdjustmentKind.LOCK),
        "existing": _offered(placed, OfferState.SENT),
    }
    names = {
        "towns": {str(town.pk): town.municipality.full_name for town in placed},
        "advisors": {
            str(advisor.pk): [advisor.user.name, advisor.employer.full_name] for advisor in advisors
        },
        "unsized": unsized,
        "counted_on": _counted_on(placed, advisors),
    }
    return value, names, _left_out(towns)


def _applications(obj: Round) -> QuerySet[Application]:
    found = waiting(obj).select_related("municipality__prefecture").prefetch_related("wishes")
    return found.exclude(received_at=None).order_by("pk")


def _left_out(towns: Iterable[Application]) -> list[str]:
    sentence = _("%(town)s: 位置が登録されていないため、計算に入れていません。")
    return [
        sentence % {"town": town.municipality.full_name} for town in towns if town.municipality.lat_e4 is None
    ]


def _unsized(towns: Iterable[Application], advisors: Iterable[Advisor]) -> list[str]:
    """Whose population is not registered, by name: with one of them in the round, size counts for no pair."""
    everybody = [*(row.municipality for row in towns), *(row.employer for row in advisors)]
    return sorted({place.full_name for place in everybody if place.band is None})


def _counted_on(towns: Iterable[Application], advisors: Iterable[Advisor]) -> list[str]:
    """The days of the populations that sizes rest on, each once."""
    everybody = [*(row.municipality for row in towns), *(row.employer for row in advisors)]
    return sorted({place.population_on.isoformat() for place in everybody if place.population_on})


def _wished(application: Application, most: int) -> list[str]:
    return [str(wish.advisor_id) for wish in application.wishes.all()][: min(3, most)]


def _town(application: Application, preferred: list[str]) -> dict[str, Any]:
    town = application.municipality
    received = timezone.localtime(application.received_at)
    return {
        "id": str(application.pk),
        "municipality": town.pk,
        "lat_e4": town.lat_e4,
        "lon_e4": town.lon_e4,
        "band": town.band or UNKNOWN_BAND,
        "wants": list(dict.fromkeys(application.life_events))[:5],
        "preferred": preferred,
        "months": sorted(application.months),
        "mode": application.mode or "either",
        "priority": application.priority,
        "applied_at": received.strftime("%Y-%m-%dT%H:%M:%S+09:00"),
        "wants_trainee": application.wants_trainee,
    }


def _advisors(advisors: Iterable[Advisor], changes: Iterable[Adjustment], on: date) -> list[dict[str, Any]]:
    taken = loads(on) + _shadowing(on)
    capacity = {row.advisor_id: row.value for row in changes if row.kind == AdjustmentKind.CAPACITY}
    return [_advisor(row, capacity.get(row.pk), taken[row.pk], on) for row in advisors]


def _shadowing(on: date) -> Counter[int]:
    """How many engagements each trainee goes along with."""
    running = Q(valid_to=None) | Q(valid_to__gte=on)
    roles = EngagementRole.objects.filter(running, role=Role.TRAINEE, engagement__state__in=SERVING)
    found = roles.filter(user__advisor__seat=Advisor.Seat.TRAINEE).values_list("user__advisor")
    return Counter(dict(found.annotate(Count("engagement", distinct=True))))


def _advisor(advisor: Advisor, capacity: int | None, load: int, on: date) -> dict[str, Any]:
    until = certified_until(advisor, on)
    employer = advisor.employer
    return {
        "id": str(advisor.pk),
        "role": "lead" if advisor.seat == Advisor.Seat.LEAD else "trainee",
        "active": advisor.user.is_active and not is_closed(advisor, on),
        "employer": employer.pk,
        "lat_e4": employer.lat_e4,
        "lon_e4": employer.lon_e4,
        "band": employer.band or UNKNOWN_BAND,
        "tags": sorted(advisor.tags),
        "months": sorted(advisor.months),
        "mode": advisor.mode,
        "max_km": advisor.max_km,
        "capacity": advisor.capacity if capacity is None else capacity,
        "current_load": load,
        # Who learns beside a lead needs no certification.
        "cert_until": "9999-12-31"
        if advisor.seat == Advisor.Seat.TRAINEE
        else until.isoformat()
        if until
        else NEVER,
    }


def _employers(
    advisors: Iterable[Advisor], changes: Iterable[Adjustment], taken: Mapping[int, int]
) -> list[dict[str, Any]]:
    """The limits that the office has set. What an employer lends already is what its leads hold."""
    employer = {row.pk: row.employer_id for row in advisors}
    lent: dict[str, int] = {}
    for row in advisors:
        if row.seat == Advisor.Seat.LEAD:
            lent[row.employer_id] = lent.get(row.employer_id, 0) + taken[row.pk]
    limits = {
        employer[row.advisor_id]: row.value or 0
        for row in changes
        if row.kind == AdjustmentKind.LENDING and row.advisor_id in employer
    }
    return [
        {"code": code, "max_lent": most, "lent": lent.get(code, 0)} for code, most in sorted(limits.items())
    ]


def _conflicts(towns: Iterable[Application]) -> list[list[str]]:
    of_town: dict[str, list[int]] = {}
    for town, advisor in Conflict.objects.order_by("pk").values_list("municipality", "advisor"):
        of_town.setdefault(town, []).append(advisor)
    return [[str(row.pk), str(advisor)] for row in towns for advisor in of_town.get(row.municipality_id, ())]


def _offered(towns: Iterable[Application], state: str) -> list[list[str]]:
    found = Offer.objects.filter(application__in=[row.pk for row in towns], state=state).order_by("pk")
    return [[str(town), str(advisor)] for town, advisor in found.values_list("application", "advisor")]


def _standing(changes: Iterable[Adjustment], towns: Iterable[Application]) -> list[Adjustment]:
    """What was decided about towns that still wait: a fixed pair that came about has nothing left to fix."""
    waiting_ones = {row.pk for row in towns}
    return [row for row in changes if row.application_id in waiting_ones]


def _pairs(changes: Iterable[Adjustment], kind: str) -> list[list[str]]:
    return [[str(row.application_id), str(row.advisor_id)] for row in changes if row.kind == kind]


def _history(towns: Iterable[Application], advisors: Iterable[Advisor]) -> list[list[str]]:
    of_user = {advisor.user_id: advisor.pk for advisor in advisors}
    of_town: dict[str, list[int]] = {}
    for row in towns:
        of_town.setdefault(row.municipality_id, []).append(row.pk)
    roles = EngagementRole.objects.filter(
        role=Role.ADVISOR, engagement__municipality__in=of_town, user__in=of_user
    ).exclude(engagement__state=EngagementState.CANCELLED)
    worked = roles.order_by("pk").values_list("engagement__municipality", "user").distinct()
    return [[str(town), str(of_user[user])] for code, user in worked for town in of_town[code]]
