"""Single cells: what stands in them, and what was typed into them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from municipalities.cells import BadCell
from municipalities.cells import read_count as parse_count
from municipalities.cells import read_time as parse_time

__all__ = ["BadCell", "Shown", "one_line", "parse_count", "parse_text", "parse_time", "same", "show_time"]
TEXT_LENGTH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What a cell shows of the records; ``locked`` is the sentence that says why it can't be typed over."""

    value: str = ""
    locked: str = ""


def same(one: str, other: str) -> bool:
    """Whether two texts are the same cell: browsers change line ends, and drop them from one-line fields."""
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return re.sub(r"[\r\n]+", "\n", text).strip()


def one_line(text: str) -> str:
    """A value as a one-line field can show it."""
    return re.sub(r"[\r\n]", "", text)


def parse_text(typed: str) -> str | None:
    """What was typed without surrounding spaces; None for nothing."""
    text = typed.strip()
    if "\x00" in text:
        raise BadCell(_("使えない文字が入っています。入れ直してください。"))
    if len(text) > TEXT_LENGTH:
        raise BadCell(_("%(most)s字までにしてください。") % {"most": TEXT_LENGTH})
    return text or None


def show_time(moment: str | None) -> str:
    """9:30, or 9:30:15 where the seconds are known, in the offset in which it was written."""
    if not moment:
        return ""
    at = datetime.fromisoformat(moment)
    return f"{at.hour}:{at:%M}" + (f":{at:%S}" if at.second else "")
