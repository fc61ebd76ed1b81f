"""The parts of the engagement's page that depend on what the reader may do. For one engagement, never for a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions
from engagements.journey.dossiers import Dossier
from engagements.journey.selectors import readable
from engagements.sessions import selectors as session_reads
from workflow import Actor, available

#: Rare or grave: behind 「ほかの操作」, not beside the daily ones.
RARE = frozenset(
    {
        "cancel",
        "unhold",
        "unrecord",
        "reopen",
        "reinstate",
        "postpone",
        "record_held",
        "add_meeting",
        "reschedule",
        "ask_new_dates",
        "meet_again",
        "drop_meeting",
    }
)
OWN_PAGE = {
    "propose": "/sessions/{pk}/dates/",
    "ask_new_dates": "/sessions/{pk}/dates/",
    "log": "/sessions/{pk}/log/",
    "confirm": "/sessions/{pk}/log/",
    "correct": "/sessions/{pk}/log/?correct=1",
}
#: Shown on the log page beside the log itself.
BESIDE_THE_LOG = frozenset({"send_back", "import"})
#: Shown on the page of the dates beside the dates themselves.
BESIDE_THE_DATES = frozenset({"answer_dates", "withdraw_dates"})
#: Shown on the page of the day.
BESIDE_THE_DAY = frozenset({"set_teams", "set_guests", "set_costs"})
BESIDE = BESIDE_THE_LOG | BESIDE_THE_DATES | BESIDE_THE_DAY
#: Their guards only tell which of two steps fits, or that there is nothing to do: that is no news for the reader.
UNTOLD = frozenset({"unhold", "unrecord", "drop_meeting", "meet_again"})
LOOKS = {
    "unscheduled": ("off", ""),
    "postponed": ("warn", "clock"),
    "scheduled": ("now", ""),
    "held": ("wait", ""),
    "logged": ("wait", ""),
    "confirmed": ("done", ""),
    "cancelled": ("off", ""),
}


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Card:
    """One session on the page: its days, its checklist, what can be done and what can't yet."""

    session: Any
    days: list[Any]
    look: str
    icon: str
    current: bool
    checklist: list[Any]
    done: int
    may_tick: bool
    people: int
    buttons: list[Button]
    more: list[Button]
    blocked: list[dict[str, str]]


def _button(machine: str, pk: int, item: Any) -> Button:
    path = OWN_PAGE.get(item.rule.name) if machine == "session" else None
    return Button(
        str(item.rule.label), path.format(pk=pk) if path else f"/do/{machine}/{pk}/{item.rule.name}/"
    )


def _blocked(items: list[Any]) -> list[dict[str, str]]:
    """Every reason once, with the link to what unblocks it."""
    reasons = {str(unmet.sentence): unmet.url for item in items for unmet in item.unmet}
    return [
        {"title": "", "reason": text, "url": url, "link_text": _("開く")} for text, url in reasons.items()
    ]


def _days(session: Any) -> list[Any]:
    """The meetings; without the one that the line of the day on which it was held tells already."""
    if len(session.days) == 1 and timezone.localdate(session.days[0].starts_at) == session.held_on:
        return []
    return list(session.days)


def _is_rare(name: str, session: Any) -> bool:
    """Whether a step stands behind 「ほかの操作」; so does recording a day that is still to come."""
    day = session_reads.first_day(session)
    return name in RARE or (name == "hold" and day is not None and day > timezone.localdate())


def _card(session: Any, actor: Actor, current: bool) -> Card:
    offered = [item for item in available(session, actor) if item.rule.name not in BESIDE]
    allowed = [item for item in offered if item.allowed]
    looks = LOOKS.get(str(session.state), ("off", ""))
    lines = session_reads.checklist(session)
    waiting = [item for item in offered if not item.allowed and item.rule.name not in UNTOLD]
    return Card(
        session=session,
        days=_days(session),
        look=looks[0],
        icon=looks[1],
        current=current,
        checklist=lines,
        done=sum(1 for line in lines if line.done_at),
        may_tick=permissions.allows(actor, "session.tick", session),
        people=session_reads.people(session),
        buttons=[
            _button("session", session.pk, item) for item in allowed if not _is_rare(item.rule.name, session)
        ],
        more=[_button("session", session.pk, item) for item in allowed if _is_rare(item.rule.name, session)],
        blocked=_blocked(waiting),
    )


def session_cards(dossier: Dossier, actor: Actor) -> list[Card]:
    current = dossier.current.pk
    return [_card(session, actor, session.pk == current) for session in dossier.sessions]


def moves(engagement: Any, actor: Actor) -> list[Button]:
    """What the reader may do with the whole engagement."""
    return [
        _button("engagement", engagement.pk, item) for item in available(engagement, actor) if item.allowed
    ]


def roles(dossier: Dossier) -> list[dict[str, str]]:
    """The people of the engagement, as its parties may see each other."""
    found = [
        {"role": _("町の担当"), "name": user.name, "more": user.section}
        for user in dossier.people.contacts.get(dossier.engagement.municipality_id, [])
    ]
    helpers = dossier.people.helpers.get(dossier.engagement.pk, {})
    for role, label in (("advisor", _("アドバイザー")), ("trainee", _("研修生"))):
        for user in helpers.get(role, []):
            body = user.advisor.employer.full_name if hasattr(user, "advisor") else ""
            found.append({"role": label, "name": user.name, "more": body})
    if dossier.plan:
        found.append(
            {
                "role": _("報告の相手"),
                "name": dossier.plan.executive_title,
                "more": dossier.plan.executive_name,
            }
        )
    return found


def years(actor: Actor) -> list[int]:
    """The fiscal years in which the reader has engagements, newest first."""
    rows = readable(actor).order_by().values_list("fiscal_year", flat=True).distinct()
    return sorted(set(rows), reverse=True)
