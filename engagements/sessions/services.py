"""What people do with a session beside the transitions: prepare for it, write its log in one go, finish a next step."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import SignedLink, User
from engagements.programme.models import ChecklistItem
from engagements.sessions import date_checks, letters
from engagements.sessions.models import ChecklistTick, DateOption, OptionAnswer, OptionState, Session
from workflow import Actor, authority, perform
from workflow.errors import BadInput, Conflict
from workflow.models import Event
from workflow.transactions import atomic, in_transaction

DRAFT_LIMIT = 20_000
OVER = ("closed", "cancelled")


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
    """The town has done what the log asked of it; it leaves the town's next actions. Raises ``Conflict`` at the end."""
    authority.require(actor, "session.next_step", session, now=now)
    if session.engagement.state in OVER:
        raise Conflict(_("終わった支援では、次にすることを済みにできません。記録はそのまま残ります。"))
    Session.objects.filter(pk=session.pk, log_next_done_at=None).update(log_next_done_at=now)


def keep_draft(session: Session, *, actor: Actor, draft: dict[str, Any]) -> bool:
    """Keep what is typed in the log's form. False where it is too much to keep or the log is out already."""
    authority.require(actor, "session.log", session)
    if sum(len(str(value)) for value in draft.values()) > DRAFT_LIMIT:
        return False
    open_states = ("unscheduled", "postponed", "scheduled", "held")
    return bool(Session.objects.filter(pk=session.pk, state__in=open_states).update(log_draft=draft))


def choose_date(session: Session, *, option: int, actor: Actor, now: datetime) -> Event:
    """Make one of the proposed dates the session's meeting, through ``schedule``; the others are released.

    Whoever was asked may choose any of them, as may the office; the proposer only one that was answered with yes.
    Raises ``BadInput`` and what ``perform`` raises.
    """

    def work() -> Event:
        authority.require(actor, "session.schedule", session, now=now)
        # A proposal that comes in now waits, and finds the date chosen.
        Session.objects.select_for_update(of=("self",)).get(pk=session.pk)
        found = DateOption.objects.filter(session=session, pk=option, state=OptionState.OPEN).first()
        if found is None:
            raise BadInput({"option": [_("いま出ている候補ではありません。画面を開き直してください。")]})
        if found.side == date_checks.side_of(session, actor) and found.answer != OptionAnswer.YES:
            raise BadInput({"option": [_("相手が「可」と答えた日だけ決められます。返事をお待ちください。")]})
        meeting = {name: getattr(found, name) for name in ("starts_at", "ends_at", "mode", "place")}
        return perform("schedule", session, actor, now=now, **meeting)

    return in_transaction(work)


def write_log(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    held_on: date | None = None,
    late_reason: str = "",
    order_reason: str = "",
    **log: Any,
) -> Event:
    """Two minutes in one go: that it was held (late, with a reason, where it had no date), and its log.

    ``order_reason`` is asked for where an earlier session of the engagement is not recorded.

    Whole or not at all. Raises what ``perform`` raises.
    """

    def work() -> Event:
        day = held_on or timezone.localdate(now)
        if session.state == "scheduled":
            perform("hold", session, actor, now=now, held_on=day, order_reason=order_reason)
        elif session.state in ("unscheduled", "postponed"):
            perform("record_held", session, actor, now=now, held_on=day, reason=late_reason)
        return perform("log", session, actor, now=now, **log)

    return in_transaction(work)


def answer_by_link(
    session: Session, link: SignedLink, name: str, *, actor: Actor, now: datetime, **said: Any
) -> Event:
    """``confirm`` or ``send_back`` by the addressee: the link is used up with it, and only if it passes.

    Raises ``Conflict`` for a link that is used or over, or that was sent with an earlier record.
    """
    if link.version != letters.record_version(session):
        raise Conflict(_("記録が新しくなりました。いちばん新しいメールのリンクを開いてください。"))

    def work() -> Event:
        links.use(link, now)
        return perform(name, session, actor, now=now, **said)

    return in_transaction(work)
