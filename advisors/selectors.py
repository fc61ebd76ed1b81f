"""What pages read about advisors. Each function takes a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet

from advisors.fit import AdvisorOffer, Barrier, Ties, TownNeed, barriers
from advisors.load import loads
from advisors.models import Advisor, Certification, Conflict
from advisors.reasons import fit_sentence, people_text, town_sentence
from advisors.vocabulary import FISCAL_MONTHS, tag_labels
from municipalities.dates import fiscal_year
from municipalities.models import Municipality
from municipalities.text import fold


def roster() -> QuerySet[Advisor]:
    """Advisors with everything that a page says about them; two queries. By official code of the employer."""
    certifications = Prefetch("certifications", queryset=Certification.objects.order_by("valid_to"))
    found = Advisor.objects.select_related("user", "employer__prefecture").prefetch_related(certifications)
    return found.order_by("employer_id", "pk")


def certified_until(advisor: Advisor, on: date) -> date | None:
    """The last day of the certifications that had begun by then; None without one."""
    return max((row.valid_to for row in advisor.certifications.all() if row.valid_from <= on), default=None)


def is_closed(advisor: Advisor, on: date) -> bool:
    """「今年度はここまで」 holds for the year in which it was set, and opens by itself on 1 April."""
    return advisor.closed_for_year == fiscal_year(on)


def offering(advisor: Advisor, load: int, on: date) -> AdvisorOffer:
    """The advisor as the fit sees them."""
    employer = advisor.employer
    return AdvisorOffer(
        id=advisor.pk,
        employer=advisor.employer_id,
        lat_e4=employer.lat_e4,
        lon_e4=employer.lon_e4,
        band=employer.band,
        tags=frozenset(advisor.tags),
        months=frozenset(advisor.months),
        mode=advisor.mode,
        max_km=advisor.max_km,
        capacity=advisor.capacity,
        load=load,
        certified_until=certified_until(advisor, on),
        lead=advisor.seat == Advisor.Seat.LEAD,
        active=advisor.user.is_active,
        closed=is_closed(advisor, on),
    )


def town_need(
    municipality: Municipality,
    *,
    wants: Sequence[str],
    months: Iterable[int],
    mode: str,
    until: date,
    preferred: Sequence[int] = (),
    sessions: int = 3,
) -> TownNeed:
    """The town as the fit sees it. A way of working not yet chosen is either; repeated wishes count once."""
    return TownNeed(
        municipality=municipality.pk,
        lat_e4=municipality.lat_e4,
        lon_e4=municipality.lon_e4,
        band=municipality.band,
        wants=tuple(dict.fromkeys(wants)),
        preferred=tuple(preferred),
        months=frozenset(months),
        mode=mode or "either",
        until=until,
        sessions=sessions,
    )


@dataclass(frozen=True, slots=True)
class WishCard:
    """An advisor as a town sees them on the application form. ``months``: (month, free) in fiscal order."""

    advisor_id: int
    name: str
    body: str
    band_text: str
    tags: list[str]
    introduction: str
    months: list[tuple[int, bool]]
    fit_sentence: str
    available: bool
    why_not: str


#: What a town's own form can still change; a draft that has not said its months yet is not told about them.
_OPEN_QUESTIONS = (Barrier.MONTHS,)


def _card(advisor: Advisor, town: TownNeed, offer: AdvisorOffer, ties: Ties) -> WishCard:
    found = [item for item in barriers(town, offer, ties) if town.months or item not in _OPEN_QUESTIONS]
    return WishCard(
        advisor_id=advisor.pk,
        name=advisor.user.name,
        body=advisor.employer.full_name,
        band_text=people_text(advisor.employer.population, advisor.employer.population_on),
        tags=tag_labels(advisor.tags),
        introduction=advisor.introduction,
        months=[(month, month in offer.months) for month in FISCAL_MONTHS],
        fit_sentence=fit_sentence(town, offer),
        available=not found,
        why_not=town_sentence(found[0], town, offer) if found else "",
    )


def candidates_for_wishes(
    municipality: Municipality,
    life_events: Sequence[str],
    months: Iterable[int],
    mode: str,
    on: date,
    *,
    sessions: int = 3,
) -> list[WishCard]:
    """Every active lead advisor as a card for this town's form: those who may be chosen first, then by code.

    Queries: the roster (2), its conflicts with the town (1) and what counts load, however many advisors there are.
    """
    town = town_need(municipality, wants=life_events, months=months, mode=mode, until=on, sessions=sessions)
    taken = loads(on)
    conflicts = set(Conflict.objects.filter(municipality=municipality).values_list("advisor_id", flat=True))
    leads = roster().filter(seat=Advisor.Seat.LEAD, user__is_active=True)
    cards = [
        _card(advisor, town, offering(advisor, taken[advisor.pk], on), Ties(conflict=advisor.pk in conflicts))
        for advisor in leads
    ]
    return sorted(cards, key=lambda card: not card.available)


#: Pixels from one little square to the next.
SQUARE = 15


@dataclass(frozen=True, slots=True)
class AdvisorRow:
    """A line of the secretariat's list."""

    advisor: Advisor
    load: int
    certified_until: date | None
    certified: bool
    closed: bool
    tags: list[str]

    @property
    def left(self) -> int:
        """Places that an offer could still take."""
        return 0 if self.closed else max(0, self.advisor.capacity - self.load)

    @property
    def places(self) -> int:
        """How many little squares to draw: one for each place, and for each engagement beyond them."""
        return max(self.advisor.capacity, self.load)

    @property
    def taken_path(self) -> str:
        return _squares(range(self.load))

    @property
    def free_path(self) -> str:
        return _squares(range(self.load, self.places))

    @property
    def width(self) -> int:
        return SQUARE * self.places


def _squares(places: Iterable[int]) -> str:
    return "".join(f"M{SQUARE * place + 1} 1h10v10h-10z" for place in places)


def row_of(advisor: Advisor, load: int, on: date) -> AdvisorRow:
    until = certified_until(advisor, on)
    return AdvisorRow(
        advisor=advisor,
        load=load,
        certified_until=until,
        certified=until is not None and until >= on,
        closed=is_closed(advisor, on),
        tags=tag_labels(advisor.tags),
    )


def _says(row: AdvisorRow, word: str) -> bool:
    advisor = row.advisor
    texts = (advisor.user.name, advisor.employer.full_name, advisor.employer.kana, advisor.section, *row.tags)
    return any(word in fold(text) for text in texts)


def advisor_rows(queryset: QuerySet[Any], on: date, query: str = "") -> list[AdvisorRow]:
    """The advisors of ``queryset`` that fit every word of the query, however it is written."""
    taken = loads(on)
    rows = [row_of(advisor, taken[advisor.pk], on) for advisor in queryset]
    words = [word for word in map(fold, query.split()) if word]
    return [row for row in rows if all(_says(row, word) for word in words)]
