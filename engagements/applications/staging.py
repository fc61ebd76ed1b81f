"""Decisions made quietly, then made known together. Between the two, only the office knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from engagements.applications.models import Application, Call, Release, Released
from engagements.applications.staging_workflow import WAITING
from municipalities.dates import era_year_short
from workflow import authority
from workflow.actors import Actor
from workflow.doors import perform, rules, unmet_guards
from workflow.errors import BadInput, DoorError
from workflow.serials import next_number
from workflow.transactions import in_transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the office wants to be staged for one application."""

    application: int
    decision: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Staged:
    """An application with a staged decision, and what stands in the way of releasing it."""

    application: Application
    reasons: list[str]


def waiting() -> QuerySet[Application]:
    """Applications that wait for a decision: the most urgent first, then by receipt. One query."""
    rows = Application.objects.filter(state__in=WAITING).select_related("call__programme", "municipality")
    return rows.order_by("call_id", "-priority", F("received_at").asc(nulls_last=True), "pk")


def staged(now: datetime) -> list[Staged]:
    """Every staged decision in the order of ``waiting``; its guards read what is loaded. One query."""
    return [Staged(row, _in_the_way(row, now)) for row in waiting().exclude(staged="")]


def _in_the_way(application: Application, now: datetime) -> list[str]:
    unmet = unmet_guards(application, rules(Application)[application.staged], now)
    return [str(item.sentence) for item in unmet]


def stage_many(wanted: Iterable[Wanted], *, actor: Actor, now: datetime) -> int:
    """Stage all of them or none. Raises ``BadInput`` with a sentence for each row that can't be, by application."""

    def work() -> int:
        faults: dict[str, list[str]] = {}
        rows = list(wanted)
        for row in rows:
            try:
                application = Application.objects.get(pk=row.application)
                perform("stage", application, actor, now=now, decision=row.decision, comment=row.comment)
            except Application.DoesNotExist:
                faults[str(row.application)] = [_("この申込はありません。画面を開き直してください。")]
            except DoorError as error:
                faults[str(row.application)] = _sentences(error)
        if faults:
            raise BadInput(faults)
        return len(rows)

    return in_transaction(work)


def release(applications: Sequence[int], *, actor: Actor, now: datetime) -> list[Release]:
    """Make staged decisions known at once, all or none: state, mails and result notices. A release a call.

    Raises ``BadInput`` when nothing was chosen, or with a sentence for each application that can't be released.
    """
    authority.require(actor, "release.make", Release(), now=now)
    if not applications:
        raise BadInput({"": [_("発表する申込を選んでください。")]})

    def work() -> list[Release]:
        faults: dict[str, list[str]] = {}
        made: dict[int, Release] = {}
        rows = waiting().filter(pk__in=applications).exclude(staged="").select_for_update(of=("self",))
        found = {row.pk: row for row in rows}
        for pk in applications:
            if pk not in found:
                faults[str(pk)] = [_("内定がありません。取り下げか、ほかの方の操作で変わりました。")]
        for row in found.values():
            try:
                _release_one(row, made, actor, now)
            except DoorError as error:
                faults[str(row.pk)] = _sentences(error)
        if faults:
            raise BadInput(faults)
        return list(made.values())

    return in_transaction(work)


def _release_one(row: Application, made: dict[int, Release], actor: Actor, now: datetime) -> None:
    decision, comment = row.staged, row.staged_comment
    data: dict[str, Any] = {} if decision == "accept" else {"comment": comment}
    perform(decision, row, actor, now=now, **data)
    if row.call_id not in made:
        made[row.call_id] = _open(row.call, actor, now)
    Released.objects.create(release=made[row.call_id], application=row, decision=decision, comment=comment)


def _open(call: Call, actor: Actor, now: datetime) -> Release:
    number = next_number("release", call.fiscal_year)
    reference = f"N{era_year_short(call.fiscal_year)[1:]}-{number:04d}"
    return Release.objects.create(
        reference=reference, call=call, released_at=now, released_by_id=actor.user_id
    )


def _sentences(error: DoorError) -> list[str]:
    fields = error.fields if isinstance(error, BadInput) else {}
    return [str(line) for lines in fields.values() for line in lines] or [str(error)]
