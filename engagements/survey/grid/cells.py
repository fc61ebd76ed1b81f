"""Single cells: what stands in them, and what was typed into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from django.utils.translation import gettext as _

from engagements.survey.plain import TEXT_LENGTH, count_of, time_of_day


class BadCell(ValueError):
    """What was typed can't be read; ``str()`` says what to do."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a cell shows of the records; ``locked`` is the sentence that says why it can't be typed over."""

    value: str = ""
    locked: str = ""


def parse_text(typed: str) -> str | None:
    """What was typed without surrounding spaces; None for nothing."""
    text = typed.strip()
    if "\x00" in text:
        raise BadCell(_("使えない文字が入っています。入れ直してください。"))
    if len(text) > TEXT_LENGTH:
        raise BadCell(_("%(most)s字までにしてください。") % {"most": TEXT_LENGTH})
    return text or None


def parse_count(typed: str) -> int | None:
    """A number from 0, full-width digits too."""
    try:
        return count_of(typed)
    except ValueError:
        raise BadCell(_("0以上の整数で入れてください。")) from None


def parse_time(typed: str) -> time | None:
    """930, 9:30, 9:30:15, 9時30分, 093015; full-width digits too."""
    try:
        return time_of_day(typed)
    except ValueError:
        raise BadCell(_("時刻を 9:30 か 930 の形で入れてください。")) from None
