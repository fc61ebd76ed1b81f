"""Fiscal years in figures."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from engagements.applications.models import UNANNOUNCED, Application, ApplicationState, Call
from engagements.models import AGREED, Engagement


@dataclass(frozen=True, slots=True)
class YearTotal:
    """A fiscal year in figures: what the calls offered, who applied, who has an advisor, what was opened and agreed."""

    year: int
    slots: int | None
    received: int
    matched: int
    opened: int
    agreed: int

    @property
    def left(self) -> int | None:
        return None if self.slots is None else max(0, self.slots - self.matched)


def year_totals() -> list[YearTotal]:
    """Every fiscal year with a call or an engagement, the latest first. Three queries."""
    calls = dict(
        Call.objects.exclude(state__in=UNANNOUNCED).values_list("fiscal_year").annotate(places=Sum("slots"))
    )
    held = Application.objects.exclude(received_at=None).exclude(state=ApplicationState.WITHDRAWN)
    matched = Count("pk", filter=Q(state=ApplicationState.MATCHED))
    applied = {
        year: (received, with_advisor)
        for year, received, with_advisor in held.order_by()
        .values_list("call__fiscal_year")
        .annotate(received=Count("pk"), with_advisor=matched)
    }
    agreed = Count("pk", filter=Q(state__in=AGREED))
    engagements = {
        year: (opened, done)
        for year, opened, done in Engagement.objects.order_by()
        .values_list("fiscal_year")
        .annotate(opened=Count("pk"), done=agreed)
    }
    years = sorted({*calls, *applied, *engagements}, reverse=True)
    nothing = (0, 0)
    return [
        YearTotal(year, calls.get(year), *applied.get(year, nothing), *engagements.get(year, nothing))
        for year in years
    ]
