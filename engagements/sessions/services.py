"""What people do with a session beside the transitions: prepare for it, write its log in one go, finish a next step."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from engagements.programme.models import ChecklistItem
from engagements.sessions.models import ChecklistTick, Session
from workflow import Actor, authority, perform
from workflow.errors import BadInput
from workflow.models import Event
from workflow.transactions import atomic, in_transaction

DRAFT_LIMIT = 20_000


@atomic
def tick(session: Session, *, item: int, actor: Actor, now: datetime) -> None:
    """Mark one thing of the session's checklist as prepared; once is enough. Raises ``NotAllowed``, ``BadInput``."""
    authority.require(actor, "session.tick", session, now=now)
    if actor.user_id is None or not ChecklistItem.objects.filter(pk=item, kind=session.kind_id).exists():
        raise BadInput({"item": [_("この回の準備物ではありません。画面を開き直してください。")]})
    ChecklistTick.objects.get_or_create(
        session=session,
        item_id=item,
        defaults={"done_at": now, "done_by": User.objects.get(pk=actor.user_id)},
    )


def untick(session: Session, *, item: int, actor: Actor) -> None:
    """Take a tick back; nothing happens where there is none."""
    authority.require(actor, "session.tick", session)
    ChecklistTick.objects.filter(session=session, item_id=item).delete()


def finish_next_step(session: Session, *, actor: Actor, now: datetime) -> None:
    """The town has done what the log asked of it; it leaves the town's next actions."""
    authority.require(actor, "session.next_step", session, now=now)
    Session.objects.filter(pk=session.pk, log_next_done_at=None).update(log_next_done_at=now)


def keep_draft(session: Session, *, actor: Actor, draft: dict[str, Any]) -> bool:
    """Keep what is typed in the log's form. False where it is too much to keep or the log is out already."""
    authority.require(actor, "session.log", session)
    if sum(len(str(value)) for value in draft.values()) > DRAFT_LIMIT:
        return False
    open_states = ("unscheduled", "postponed", "scheduled", "held")
    return bool(Session.objects.filter(pk=session.pk, state__in=open_states).update(log_draft=draft))


def write_log(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    held_on: date | None = None,
    late_reason: str = "",
    **log: Any,
) -> Event:
    """Two minutes in one go: that it was held (late, with a reason, where it had no date), and its log.

    Whole or not at all. Raises what ``perform`` raises.
    """

    def work() -> Event:
        day = held_on or timezone.localdate(now)
        if session.state == "scheduled":
            perform("hold", session, actor, now=now, held_on=day)
        elif session.state in ("unscheduled", "postponed"):
            perform("record_held", session, actor, now=now, held_on=day, reason=late_reason)
        return perform("log", session, actor, now=now, **log)

    return in_transaction(work)
