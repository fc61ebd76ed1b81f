"""Single cells: what stands in them, and what was typed into them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from engagements.survey.plain import TEXT_LENGTH
from municipalities.cells import BadCell
from municipalities.cells import read_count as parse_count
from municipalities.cells import read_time as parse_time

__all__ = ["BadCell", "Shown", "parse_count", "parse_text", "parse_time"]


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
