"""What anybody may read about a call: until when, places left, what the year looks like, which towns were helped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.applications.models import UNANNOUNCED, Call
from engagements.applications.selectors import GONE, reads_as_office
from engagements.models import AGREED, Engagement
from municipalities.models import Municipality
from workflow.actors import Actor

SHOWN_TOWNS = 20

Cases = Callable[[Iterable[int]], Mapping[int, str]]
_cases: Cases = lambda engagements: {}  # noqa: E731  (a default that the documents' room replaces)


def cases_from(answer: Cases) -> None:
    """Register who knows the published one-page cases: ids of engagements → addresses that read without sign-in."""
    global _cases  # noqa: PLW0603  (set once at start-up; this room must not import the documents')
    _cases = answer


def counted() -> QuerySet[Call]:
    """Calls with the number of applications that hold a place."""
    received = Count(
        "applications",
        filter=Q(applications__received_at__isnull=False) & ~Q(applications__state__in=GONE),
    )
    return Call.objects.select_related("programme").annotate(received=received)


def readable(actor: Actor) -> QuerySet[Call]:
    """What this reader may see, newest first: a call in preparation is the office's alone."""
    found = counted()
    found = found if reads_as_office(actor) else found.exclude(state__in=UNANNOUNCED)
    return found.order_by("-opens_at", "-pk")


@dataclass(frozen=True, slots=True)
class Places:
    """How many of a call's places are taken; ``boxes`` are filled or free, none where there are too many to draw."""

    slots: int
    received: int

    @property
    def left(self) -> int:
        return max(0, self.slots - self.received)

    @property
    def boxes(self) -> list[tuple[int, bool]]:
        return (
            [(number * 26 + 1, number < self.received) for number in range(self.slots)] if self.drawn else []
        )

    @property
    def drawn(self) -> bool:
        return self.slots <= 12

    @property
    def width(self) -> int:
        return self.slots * 26


def places(call: Any) -> Places | None:
    """For a call read through ``readable``; None where the call has no number of places."""
    return Places(call.slots, call.received) if call.slots else None


@dataclass(slots=True)
class Station:
    """A point of the year as ``components/road.html`` shows it."""

    name: str
    state: str = "later"
    when: str = ""
    when2: str = ""
    flag: bool = False


def year(call: Call, now: datetime) -> list[Station]:
    """The year of a town that applies now, from the programme's rows. One query, for the sessions."""
    programme = call.programme
    closing = timezone.localtime(call.closes_at) if call.closes_at else None
    applying = (
        _("%(month)d月%(day)d日まで") % {"month": closing.month, "day": closing.day}
        if closing
        else _("いつでも")
    )
    sessions = [Station(str(kind)) for kind in programme.session_kinds.all()]
    decided = _("受付から%(days)d日ほど") % {"days": programme.review_days}
    budget = _("%(month)d月%(day)d日ごろ") % {"month": programme.budget_month, "day": programme.budget_day}
    again = _("約%(months)dか月後") % {"months": programme.follow_up_months}
    return [
        Station(_("申込"), "now", applying),
        Station(_("決定"), when=decided),
        *sessions,
        Station(_("合意"), when=_("報告のあと")),
        Station(_("予算要求"), when=budget, flag=True),
        Station(_("振り返り"), when=again, when2=_("同じ調査をもう一度")),
    ]


@dataclass(frozen=True, slots=True)
class Helped:
    """A town whose executive has agreed to a plan: its name of that day and the year, and its case if published."""

    name: str
    prefecture: str
    fiscal_year: int
    case_url: str


def helped() -> tuple[int, list[Helped]]:
    """How many engagements led to an agreed plan, and the latest of them. Two queries, and one for the cases."""
    agreed = Engagement.objects.filter(state__in=AGREED)
    latest = list(
        agreed.select_related("municipality__prefecture").order_by("-fiscal_year", "municipality")[
            :SHOWN_TOWNS
        ]
    )
    urls = _cases([row.pk for row in latest])
    rows = [
        Helped(row.municipality_name, row.municipality.prefecture.name, row.fiscal_year, urls.get(row.pk, ""))
        for row in latest
    ]
    return agreed.count(), rows


def kinds(call: Call) -> list[str]:
    """The kinds of municipality that may apply, in words; none where all may."""
    labels = dict(Municipality._meta.get_field("kind").choices or [])
    return [str(labels.get(kind, kind)) for kind in call.programme.eligible_kinds]
