"""The door asks here who may; the room that knows people answers (``accounts.permissions``)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from workflow import log
from workflow.actors import Actor
from workflow.errors import NotAllowed
from workflow.transactions import outlasting

Answer = Callable[[Actor, str, Any], bool]


def _nobody(actor: Actor, action: str, obj: Any) -> bool:
    return False


_answer: Answer = _nobody


def answered_by(answer: Answer) -> None:
    global _answer  # noqa: PLW0603  (set once at start-up; workflow must not import the room that knows people)
    _answer = answer


def allows(actor: Actor, action: str, obj: Any) -> bool:
    return _answer(actor, action, obj)


def named(action: str, obj: Any) -> str:
    """The stream of what was asked for, also where it has no machine of its own; empty for the office itself.

    Something that was to be made has no number yet: it is named by the town that it was meant for.
    """
    if obj is None:
        return ""
    resource = action.split(".")[0]
    if obj.pk is None:
        return f"{resource}:new {getattr(obj, 'municipality_id', '') or ''}".strip()
    return str(getattr(obj, "stream", "")) or f"{resource}:{obj.pk}"


def log_refusal(actor: Actor, action: str, on: str, *, now: datetime | None = None) -> None:
    """Keep a refused try in the stream ``security``, whatever is rolled back round it."""
    tried = {"action": action, "on": on}
    outlasting(partial(log.record, "security.refused", actor, stream="security", data=tried, now=now))


def require(actor: Actor, action: str, obj: Any, *, now: datetime | None = None) -> None:
    """Raises ``NotAllowed`` unless the table grants the action; the try is logged whatever is rolled back.

    Inside a transaction this needs ``in_transaction`` (or ``atomic``) round it, which alone outlasts a roll-back.
    """
    if allows(actor, action, obj):
        return
    log_refusal(actor, action, named(action, obj), now=now)
    raise NotAllowed(action)
