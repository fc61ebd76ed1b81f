"""The door asks here who may; the room that knows people answers (``accounts.permissions``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workflow.actors import Actor

Answer = Callable[[Actor, str, Any], bool]


def _nobody(actor: Actor, action: str, obj: Any) -> bool:
    return False


_answer: Answer = _nobody


def answered_by(answer: Answer) -> None:
    global _answer  # noqa: PLW0603  (set once at start-up; workflow must not import the room that knows people)
    _answer = answer


def allows(actor: Actor, action: str, obj: Any) -> bool:
    return _answer(actor, action, obj)
