"""Where an engagement stands, whose turn it is, what is asked, by when and where it is done: one answer for every page,
list, paper and the API.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from engagements.journey.selectors import OVER
from engagements.journey.waits import NextAction, Wait
from engagements.journey.workflow import UNDER_WAY
from engagements.models import EngagementState
from engagements.sessions import selectors as session_reads
from engagements.sessions.checks import BEHIND, NOT_YET_PLANNED
from engagements.sessions.models import Session
from workflow import Actor

#: The station of the road at which an engagement stands after its sessions.
AGREEMENT, REVIEW = "agreement", "review"
STATION_OF = {"agreed": AGREEMENT, "following_up": REVIEW}


def station_of(session: Any) -> str:
    return f"session-{session.kind.number}"


@dataclass(frozen=True, slots=True)
class Stage:
    """``code`` is a state of the engagement, ``station`` the point of the road that says 「いまここ」 (empty: none).

    ``notes``: what was recorded out of order, each with its reason.
    """

    code: str
    name: str
    station: str
    notes: tuple[str, ...] = ()


def stage_of(engagement: Any, sessions: Iterable[Any]) -> Stage:
    """From the engagement's state and its sessions in their order: no query.

    On the way to the agreement the first session that is not recorded says where it stands. A later one with a date
    already says nothing: planned is not held.
    """
    rows = list(sessions)
    state, label = str(engagement.state), str(engagement.get_state_display())
    notes = _notes(engagement, rows)
    if state in OVER:
        return Stage(state, label, "", notes)
    if state in STATION_OF:
        return Stage(state, label, STATION_OF[state], notes)
    current = next((row for row in rows if row.state not in BEHIND), None)
    station = station_of(current) if current else AGREEMENT
    if state not in UNDER_WAY:
        return Stage(state, label, station, notes)
    if current is None:
        return Stage("reporting", _("合意待ち"), station, notes)
    return Stage(_code(current), _name(current), station, notes)


def stages_of(engagements: Iterable[Any]) -> dict[int, Stage]:
    """The stage of each, where no turn is asked for. One query for any number of them."""
    rows = list(engagements)
    found: dict[int, list[Any]] = {row.pk: [] for row in rows}
    sessions = Session.objects.filter(engagement__in=list(found)).select_related("kind")
    for session in sessions.order_by("kind__number"):
        found[session.engagement_id].append(session)
    return {row.pk: stage_of(row, found[row.pk]) for row in rows}


def _is_prepared(session: Any) -> bool:
    return session.kind.number == 1 and session.state in NOT_YET_PLANNED


def _code(session: Any) -> str:
    if _is_prepared(session):
        return str(EngagementState.PREPARING)
    return {1: "training", 2: "survey"}.get(session.kind.number, "reporting")


def _name(session: Any) -> str:
    if _is_prepared(session):
        return _("%(session)sの準備中") % {"session": session.kind}
    return str(session.kind)


def out_of_order(reason: str) -> str:
    """The words for a reason; empty where the order was kept."""
    return _("順序外: %(reason)s") % {"reason": reason} if reason else ""


def _notes(engagement: Any, sessions: list[Any]) -> tuple[str, ...]:
    found = [f"{row.kind} {out_of_order(row.order_reason)}" for row in sessions if row.order_reason]
    if engagement.order_reason:
        found.append(f"{_('合意')} {out_of_order(engagement.order_reason)}")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer for one reader. ``turns``: everything that is asked, the reader's own first, then by day."""

    stage: Stage
    turns: list[Wait]
    next: NextAction

    @property
    def turn(self) -> Wait | None:
        """Whose turn it is, for this reader: their own first, else whoever is asked first."""
        return self.turns[0] if self.turns else None


def stand(engagement: Any, actor: Actor, found: list[Wait], sessions: list[Any], today: date) -> Standing:
    """``found`` are the open turns of the engagement (``waits.waits``), ``sessions`` its sessions in their order."""
    stage = stage_of(engagement, sessions)
    turns = _ordered([*found, *_step_of_log(engagement, actor, sessions)], today)
    return Standing(stage, turns, _next(stage, turns, sessions, today))


def _ordered(turns: list[Wait], today: date) -> list[Wait]:
    """The reader's own first, the earliest due first.

    A date that is still looked for, with nobody waiting for an answer, is no hurry before its day is over: what the
    last record asks for comes first, also where it has no day.
    """
    undated_step = any(row.done_url and row.due is None for row in turns)

    def key(row: Wait) -> tuple[Any, ...]:
        calm = undated_step and row.looks_for_date and row.due is not None and row.due >= today
        day = date.max if calm or row.due is None else row.due
        return (not row.mine, day, not row.done_url, row.due or date.max, row.since)

    return sorted(turns, key=key)


def _step_of_log(engagement: Any, actor: Actor, sessions: list[Any]) -> list[Wait]:
    """The next step of the latest log is the town's, until it is ticked off or the engagement is over."""
    logged = [row for row in sessions if row.state in ("logged", "confirmed") and row.log_next_step]
    if engagement.state in OVER or not logged or logged[-1].log_next_done_at:
        return []
    last = logged[-1]
    scope = f"municipality:{engagement.municipality_id}"
    mine = actor.holds("contact", scope)
    decided = _("%(session)sの記録で決めたこと") % {"session": last.kind}
    return [
        Wait(
            machine="session",
            state="next_step",
            role="contact",
            scope=scope,
            who=str(engagement.municipality_name),
            mine=mine,
            what=last.log_next_step if mine else decided,
            waiting="",
            due=last.log_next_by,
            since=last.held_on,
            url=f"/sessions/{last.pk}/log/" if mine else "",
            title=last.log_next_step if mine else decided,
            button=_("記録を開く"),
            text=_("%(session)sの記録で決めたことです。") % {"session": last.kind},
            engagement=engagement.pk,
            municipality=engagement.municipality_id,
            town=str(engagement.municipality_name),
            done_url=f"/sessions/{last.pk}/next-step/",
        )
    ]


def _next(stage: Stage, turns: list[Wait], sessions: list[Any], today: date) -> NextAction:
    """The one thing to do, for this reader; else whom they wait for; else what comes."""
    if not turns:
        return _what_comes(stage, sessions, today)
    first = turns[0]
    if not first.mine:
        title = _("%(who)sの番です: %(what)s") % {"who": first.who, "what": first.what}
        return NextAction(_("いまの様子"), title, _("いまあなたがすることはありません。"), first.due)
    text = first.text or first.waiting
    return NextAction(
        _("次にすること"), first.title, text, first.due, "", first.url, first.button, first.done_url
    )


def _what_comes(stage: Stage, sessions: list[Any], today: date) -> NextAction:
    """Nobody's turn: what everybody waits for, and until when."""
    for session in sessions:
        day = session_reads.first_day(session)
        if session.state == "scheduled" and day and day >= today:
            title = _("%(session)sの日を待っています") % {"session": session.kind}
            return NextAction(_("いまの様子"), title, due=day)
    return NextAction(_("いまの様子"), _("状態は「%(state)s」です") % {"state": stage.name})
