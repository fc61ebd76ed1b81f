"""予算の暦: by which day a cost has to be in a budget request, so that the money is there when the work begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from engagements.plans.models import BudgetDate, BudgetKind
from municipalities.dates import fiscal_year, fiscal_year_label


@dataclass(frozen=True, slots=True)
class Request:
    """A budget request and the day on which it closes; ``own`` is false for the programme's usual day.

    ``day`` is None where every request for that year is over: then the name says what is left.
    """

    name: str
    day: date | None
    own: bool


def usual_day(year: int, programme: Any) -> date:
    """The programme's day in a calendar year; 29 February falls on the 28th in a common year."""
    try:
        return date(year, programme.budget_month, programme.budget_day)
    except ValueError:
        return date(year, programme.budget_month, 28)


def next_day(rows: Iterable[BudgetDate], programme: Any, today: date) -> date:
    """The next day on which a request for an ordinary budget closes; the programme's where the town wrote none."""
    own = [row.day for row in rows if row.kind == BudgetKind.INITIAL and row.day >= today]
    usual = (usual_day(year, programme) for year in (today.year, today.year + 1))
    return min(own, default=None) or next(day for day in usual if day >= today)


def request_for(rows: Iterable[BudgetDate], programme: Any, start: date, today: date) -> Request:
    """The last request through which money can be there on ``start``: of that fiscal year, and before it.

    Where it is over by ``today``, a supplementary budget or a transfer within the year is left, or a later start.
    """
    year, own = fiscal_year(start), list(rows)
    fitting = [row for row in own if row.is_request and row.fiscal_year == year and today <= row.day <= start]
    if fitting:
        last = max(fitting, key=lambda row: row.day)
        return Request(last.name, last.day, own=True)
    # The year's request closes in the fiscal year before it begins.
    usual = usual_day(year if programme.budget_month < 4 else year - 1, programme)
    if usual >= today and usual <= start:
        return Request(_("%(year)s当初予算の要求") % {"year": fiscal_year_label(year)}, usual, own=False)
    following = fiscal_year_label(fiscal_year(next_day(own, programme, today)) + 1)
    said = _("%(year)sの補正予算か流用。当初予算なら%(following)s分から")
    return Request(said % {"year": fiscal_year_label(year), "following": following}, None, own=False)
