"""What one bad row does in a task of the sweep never blocks the next."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.entry.models import RegistrationState
from engagements.applications.models import CallState
from engagements.rounds.models import OfferState
from engagements.sections.models import RequestState
from tests.factories import entry
from tests.factories import rounds as offers
from tests.factories.applications import Call
from tests.factories.programme import seeded
from tests.factories.sections import SectionRequestFactory
from workflow import SYSTEM, audit, begin, sweep
from workflow.models import StreamHead
from workflow.transactions import in_transaction

pytestmark = pytest.mark.django_db
LATER = timedelta(days=45)
Make = Callable[[datetime], Any]


def a_call(now: datetime) -> Call:
    def made() -> Call:
        opened = now - timedelta(days=9)
        values = {"title": "春の募集", "fiscal_year": 2026, "state": CallState.OPEN, "opens_at": opened}
        call = Call.objects.create(programme=seeded(), closes_at=now + timedelta(days=1), **values)
        begin(call, SYSTEM, now=opened)
        return call

    return in_transaction(made)


#: A row that is due at ``LATER``, and the state in which its task leaves it.
DUE: dict[str, tuple[Make, str]] = {
    "expire-offers": (lambda now: offers.OfferFactory(), OfferState.EXPIRED),
    "registrations": (lambda now: entry.registration(), RegistrationState.EXPIRED),
    "invitations": (lambda now: entry.invitation(), "expired"),
    "calls": (a_call, CallState.CLOSED),
    "expire-section-requests": (lambda now: SectionRequestFactory(), RequestState.OVERDUE),
}


def spoil(row: Any) -> None:
    """The end of its stream is written down wrong: every further event of it is refused by the database."""
    StreamHead.objects.filter(stream=row.stream).update(position=0)


@pytest.mark.parametrize("name", DUE)
def test_the_row_after_a_bad_one_has_its_turn(name: str, caplog: pytest.LogCaptureFixture) -> None:
    make, left_in = DUE[name]
    now = timezone.now()
    bad, good = make(now), make(now)
    before = bad.state
    spoil(bad)
    assert sweep.run(now + LATER, "test") is not None
    for row in (bad, good):
        row.refresh_from_db()
    assert (bad.state, good.state) == (before, left_in)
    said = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert bad.pk in [line["row"] for line in said if line["event"] == "sweep row failed"]
    assert len(audit.faults()) == 1, "the bad row's own stream"


def test_a_database_that_is_away_is_no_row() -> None:
    def away(row: StreamHead) -> None:
        raise OperationalError

    with pytest.raises(OperationalError):
        sweep.each([StreamHead(stream="a"), StreamHead(stream="b")], away)


def test_every_task_goes_through_its_rows_with_each() -> None:
    """No module that registers a task passes a door in a loop of its own."""
    modules = {inspect.getmodule(task) for task in sweep._tasks.values()} - {
        sys.modules["workflow.sweep"],
        None,
    }
    assert len(modules) > 8
    loops = [
        f"{module.__name__}:{loop.lineno}"
        for module in modules
        if module is not None and module.__name__ != "engagements.plans.section_answers"
        for loop in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(loop, ast.For)
        for call in ast.walk(loop)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "").startswith("perform")
    ]
    assert loops == []
