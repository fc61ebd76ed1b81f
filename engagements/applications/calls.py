"""What the office does with calls, and what the sweep does when their time is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.applications.models import Call, CallState
from engagements.programme.models import Programme
from municipalities.dates import fiscal_year_label
from workflow import authority, log
from workflow.actors import SYSTEM, Actor
from workflow.doors import begin, perform
from workflow.errors import WrongState
from workflow.sweep import each, task
from workflow.transactions import in_transaction

#: What the office writes while a call is in preparation.
WRITTEN = ("title", "fiscal_year", "round", "opens_at", "closes_at", "slots", "notice")


def create_call(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Call:
    """A call in preparation, under the programme's version of the day. ``values`` are cleaned, under ``WRITTEN``."""
    return in_transaction(lambda: _create(values, actor, now))


def _create(values: Mapping[str, Any], actor: Actor, now: datetime, copied_from: Call | None = None) -> Call:
    made = Call(copied_from=copied_from, **{name: values[name] for name in WRITTEN})
    authority.require(actor, "call.edit", None, now=now)
    made.programme = Programme.in_force(timezone.localdate(now))
    made.save()
    begin(made, actor, now=now, copied_from=copied_from.pk if copied_from else None)
    return made


def save_call(call: Call, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Call:
    """Rewrite a call in preparation; raises ``WrongState`` once it is open."""
    return in_transaction(lambda: _save(call.pk, values, actor, now))


def _save(pk: int, values: Mapping[str, Any], actor: Actor, now: datetime) -> Call:
    fresh = Call.objects.select_for_update(of=("self",)).get(pk=pk)
    authority.require(actor, "call.edit", fresh, now=now)
    if fresh.state != CallState.DRAFT:
        raise WrongState(_("募集を書き直す"), fresh.get_state_display())
    before = {name: getattr(fresh, name) for name in WRITTEN if getattr(fresh, name) != values[name]}
    for name in before:
        setattr(fresh, name, values[name])
    if before:
        fresh.save(update_fields=list(before))
        log.record("call.saved", actor, stream=fresh.stream, data={"before": before}, now=now)
    return fresh


def copy_call(call: Call, *, actor: Actor, now: datetime) -> Call:
    """The same call a year later, in preparation: texts and places as they were, every date moved by a year."""
    values = {name: getattr(call, name) for name in WRITTEN}
    values["fiscal_year"] = call.fiscal_year + 1
    values["title"] = call.title.replace(
        fiscal_year_label(call.fiscal_year), fiscal_year_label(call.fiscal_year + 1)
    )
    values["opens_at"] = _a_year_later(call.opens_at)
    values["closes_at"] = _a_year_later(call.closes_at) if call.closes_at else None
    return in_transaction(lambda: _create(values, actor, now, copied_from=call))


def _a_year_later(moment: datetime) -> datetime:
    local = timezone.localtime(moment)
    day = 28 if (local.month, local.day) == (2, 29) else local.day
    return local.replace(year=local.year + 1, day=day)


@task("calls")
def close_due_calls(now: datetime) -> int:
    """Close every call whose closing time has come; drafts stay where they are."""
    due = Call.objects.filter(state=CallState.OPEN, closes_at__lt=now).order_by("pk")
    return each(list(due), lambda call: perform("close", call, SYSTEM, now=now))
