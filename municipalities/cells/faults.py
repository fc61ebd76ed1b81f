"""A cell that can't be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

#: So much of a cell is repeated in its sentence.
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things that a cell may mean: what to type for it, and how it is said."""

    typed: str
    said: str


class BadCell(ValueError):
    """What stands in a cell can't be read; ``str()`` says what to do.

    ``cause`` is the same for every cell with the same fault, so that they can be shown together; ``typed`` is what was
    not understood; ``choices`` are its possible meanings where the cell has several.
    """

    def __init__(self, cause: str, typed: str = "", *, choices: Sequence[Choice] = ()) -> None:
        self.cause, self.typed, self.choices = cause, typed, tuple(choices)
        shown = typed if len(typed) <= SHOWN else f"{typed[:SHOWN]}…"
        super().__init__(_("「%(typed)s」: %(cause)s") % {"typed": shown, "cause": cause} if typed else cause)
