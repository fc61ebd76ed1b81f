"""What pages read about offers. A constant number of queries, whatever the number of advisors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts import permissions
from accounts.models import Role
from advisors.fit import (
    PARTS,
    AdvisorOffer,
    Fit,
    Ties,
    TownNeed,
    barriers,
    common_months,
    score_parts,
)
from advisors.load import loads
from advisors.models import Advisor, Conflict
from advisors.reasons import (
    MODE_LABELS,
    PART_LABELS,
    km_text,
    months_text,
    office_sentence,
    part_sentence,
    people_text,
)
from advisors.selectors import AdvisorRow, offering, roster, row_of
from advisors.vocabulary import tag_labels
from engagements.applications.models import Application, ApplicationState
from engagements.rounds import pairs
from engagements.rounds.guards import OPEN, TAKEN
from engagements.rounds.models import Offer, OfferState
from municipalities.text import fold
from workflow.actors import Actor
from workflow.models import Outbox, Span

BAR_HEIGHT = 24
#: How many are proposed at once after somebody said no.
ALTERNATES = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of the score, 0 to 100, and in words what it rests on."""

    name: str
    label: str
    part: int
    sentence: str


def bars_path(bars: Iterable[Bar]) -> str:
    """Five columns, 12 wide and 16 apart, on a base line at 24: one path, so that 500 of them stay a light page."""
    heights = [round(BAR_HEIGHT * bar.part / 100, 1) for bar in bars]
    return "".join(
        f"M{16 * place} {BAR_HEIGHT}v-{height}h12v{height}z" for place, height in enumerate(heights)
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """One advisor for one application. ``reasons`` is empty for who may be asked."""

    row: AdvisorRow
    fit: Fit
    bars: list[Bar]
    reasons: list[str]
    months: str
    rank: int
    asked: Offer | None

    @property
    def advisor(self) -> Advisor:
        return self.row.advisor

    @property
    def mode(self) -> str:
        return str(MODE_LABELS[self.fit.mode])

    @property
    def km(self) -> str:
        return km_text(self.fit.km)

    @property
    def bars_path(self) -> str:
        return bars_path(self.bars)

    @property
    def bars_text(self) -> str:
        """専門83 希望70 規模75 距離64 継続0: the drawing in words."""
        return " ".join(f"{bar.label}{bar.part}" for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Assignment:
    """All that the office needs to choose an advisor for one application."""

    application: Application
    wants: list[str]
    months: str
    people: str
    able: list[Candidate]
    unable: list[Candidate]
    offers: list[Offer]
    mails: list[Outbox]

    @property
    def standing(self) -> Offer | None:
        """The offer that is out or accepted; nobody else is asked meanwhile."""
        return next((offer for offer in self.offers if offer.state in {*OPEN, *TAKEN}), None)

    @property
    def waits(self) -> bool:
        return self.application.state == ApplicationState.ACCEPTED and self.standing is None

    @property
    def alternates(self) -> list[Candidate]:
        """Who is next after an offer came to nothing, best first: those who were not asked yet before the others.

        Who said no, or whose employer or town did, is not among the able.
        """
        if not self.waits or not self.offers:
            return []
        return sorted(self.able, key=lambda found: found.asked is not None)[:ALTERNATES]

    @property
    def alternate(self) -> Candidate | None:
        return next(iter(self.alternates), None)


def applications() -> QuerySet[Application]:
    """Applications with what an assignment reads of them."""
    return Application.objects.select_related("call__programme", "municipality__prefecture").prefetch_related(
        "wishes"
    )


def offers() -> QuerySet[Offer]:
    """Offers with what their pages say beside their own row."""
    return Offer.objects.select_related(
        "advisor__user",
        "advisor__employer__prefecture",
        "application__municipality__prefecture",
        "application__call__programme",
        "application__engagement",
    )


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A line of the list of offers; ``turn`` is whose answer is waited for, by ``due``."""

    offer: Offer
    turn: str
    mine: bool
    due: date | None


def listing(actor: Actor, *, state: str = "", query: str = "") -> QuerySet[Offer]:
    """The offers that the actor may read, newest first: ``open``, one state, or all; found by town, person or number."""
    found = permissions.visible(actor, "offer.view", offers()).distinct()
    if state == "open":
        found = found.filter(state__in=OPEN)
    elif state in OfferState.values:
        found = found.filter(state=state)
    for word in filter(None, map(fold, query.split())):
        found = found.filter(
            Q(reference__icontains=word)
            | Q(advisor__user__search_key__contains=word)
            | Q(application__municipality__search_key__contains=word)
        )
    return found


def offer_rows(made: Iterable[Offer], actor: Actor) -> list[OfferRow]:
    """With whose turn each is, from the open spans; one query."""
    listed = list(made)
    spans = Span.objects.filter(stream__in=[offer.stream for offer in listed], left_at=None)
    turns = {span.stream: span for span in spans.exclude(turn_role="")}
    return [_offer_row(offer, turns.get(offer.stream), actor) for offer in listed]


def _offer_row(offer: Offer, span: Span | None, actor: Actor) -> OfferRow:
    if span is None:
        return OfferRow(offer, "", False, None)
    mine = actor.holds(span.turn_role, span.turn_scope)
    return OfferRow(offer, str(Role(span.turn_role).label), mine, span.due_on)


def request_url(offer: Offer, *, token: str = "") -> str:
    """Where the issued dispatch request is read; with a link's token where there is no account."""
    if not offer.request_document:
        return ""
    return (
        reverse("linked-file", args=[token])
        if token
        else reverse("document-file", args=[offer.request_document])
    )


def bars_of(need: TownNeed, given: AdvisorOffer, fit: Fit) -> list[Bar]:
    """The five parts in their fixed order."""
    return [
        Bar(
            name=name,
            label=str(PART_LABELS[name]),
            part=fit.parts[name],
            sentence=part_sentence(name, need, given, fit),
        )
        for name in PARTS
    ]


def _candidate(
    need: TownNeed, advisor: Advisor, load: int, ties: Ties, asked: Offer | None, *, sized: bool
) -> Candidate:
    given = offering(advisor, load, need.until)
    fit = score_parts(need, given, ties, sized=sized)
    return Candidate(
        row=row_of(advisor, load, need.until),
        fit=fit,
        bars=bars_of(need, given, fit),
        reasons=[office_sentence(barrier, need, given) for barrier in barriers(need, given, ties)],
        months=months_text(common_months(need, given)),
        rank=need.preferred.index(advisor.pk) + 1 if advisor.pk in need.preferred else 0,
        asked=asked,
    )


def _people(application: Application) -> str:
    town = application.municipality
    return people_text(town.population, town.population_on)


def _candidates(application: Application, need: TownNeed, made: Iterable[Offer]) -> list[Candidate]:
    taken = loads(need.until)
    conflicts = set(
        Conflict.objects.filter(municipality=application.municipality_id).values_list("advisor_id", flat=True)
    )
    served = pairs.served_before(application.municipality_id)
    asked = {offer.advisor_id: offer for offer in reversed(list(made))}
    declined = {offer.advisor_id for offer in made if offer.state == OfferState.DECLINED}
    advisors = list(roster())
    sized = pairs.sizes_are_known(application.municipality, advisors)
    return [
        _candidate(
            need,
            advisor,
            taken[advisor.pk],
            Ties(
                conflict=advisor.pk in conflicts,
                declined=advisor.pk in declined,
                history=advisor.user_id in served,
            ),
            asked.get(advisor.pk),
            sized=sized,
        )
        for advisor in advisors
    ]


def assignment(application: Application, on: date) -> Assignment:
    """Everybody who may serve, best first, and everybody else with every reason why not.

    ``application`` comes from ``applications()``. Queries: roster 2, load 2, conflicts, history, offers, mails.
    """
    need = pairs.need_of(application, on)
    made = list(application.offers.select_related("advisor__user").order_by("-sent_at", "-pk"))
    found = _candidates(application, need, made)
    return Assignment(
        application=application,
        wants=tag_labels(need.wants),
        months=months_text(need.months),
        people=_people(application),
        able=sorted((c for c in found if not c.reasons), key=lambda c: (-c.fit.total, c.advisor.pk)),
        unable=[c for c in found if c.reasons],
        offers=made,
        mails=mails_of(made),
    )


def mails_of(made: Iterable[Offer], address: str = "") -> list[Outbox]:
    """What was written to whom about these offers, last first; to one address alone if given."""
    found = Outbox.objects.filter(kind="mail", event__stream__in=[offer.stream for offer in made])
    return list((found.filter(address=address) if address else found).order_by("-created_at", "-pk"))


@dataclass(frozen=True, slots=True)
class OfferPage:
    """One offer as its advisor, and the office, read it."""

    offer: Offer
    row: AdvisorRow
    wants: list[str]
    months: str
    common: str
    people: str
    mode: str
    km: str
    fit: Fit
    bars: list[Bar]
    wished: bool
    mails: list[Outbox]

    @property
    def load_after(self) -> int:
        return self.row.load + (1 if self.offer.state == OfferState.SENT else 0)


def offer_page(offer: Offer, on: date, *, office: bool) -> OfferPage:
    """``offer`` comes from ``offers()``; its fit is that of the moment of asking, as board and record have it.

    The advisor sees their own mails, and not the rank of the town's wish.
    """
    need, given = pairs.need_of(offer.application, on), pairs.offering_now(offer.advisor, on)
    fit = Fit(**offer.fit)
    return OfferPage(
        offer=offer,
        row=row_of(offer.advisor, given.load, on),
        wants=tag_labels(need.wants),
        months=months_text(need.months),
        common=months_text(common_months(need, given)),
        people=_people(offer.application),
        mode=str(MODE_LABELS[fit.mode]),
        km=km_text(fit.km),
        fit=fit,
        bars=[bar for bar in bars_of(need, given, fit) if office or bar.name != "preference"],
        wished=offer.advisor_id in need.preferred,
        mails=mails_of([offer], "" if office else offer.advisor.user.email),
    )
