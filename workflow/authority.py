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


def require(actor: Actor, action: str, obj: Any, *, now: datetime | None = None) -> None:
    """Raises ``NotAllowed`` unless the table grants the action; the try is logged whatever is rolled back.

    Inside a transaction this needs ``in_transaction`` (or ``atomic``) round it, which alone outlasts a roll-back.
    """
    if allows(actor, action, obj):
        return
    tried = {"action": action, "on": str(getattr(obj, "stream", ""))}
    outlasting(partial(log.record, "security.refused", actor, stream="security", data=tried, now=now))
    raise NotAllowed(action)
