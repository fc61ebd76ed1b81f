"""Single cells: what stands in them, and what was typed into them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from django.utils.translation import gettext as _

MOST: Final = 1_000_000
TEXT_LENGTH: Final = 2_000
_CLOCK: Final = re.compile(
    r"([0-9]{1,2})[:時]([0-9]{1,2})(?:分$|分(?=[0-9])|:(?=[0-9])|$)(?:([0-9]{1,2})秒?)?"
)
_BARE: Final = re.compile(r"[0-9]{3,6}")


class BadCell(ValueError):
    """What was typed can't be read; ``str()`` says what to do."""


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


def parse_count(typed: str) -> int | None:
    """A number from 0, full-width digits too."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,7}", text) or int(text) > MOST:
        raise BadCell(_("0以上の整数で入れてください。"))
    return int(text)


def parse_time(typed: str) -> time | None:
    """930, 9:30, 9:30:15, 9時30分, 093015; full-width digits too."""
    text = unicodedata.normalize("NFKC", typed).replace(" ", "")
    if not text:
        return None
    try:
        hour, minute, second = (*_parts(text), 0)[:3]
        return time(hour, minute, second)
    except ValueError:
        raise BadCell(_("時刻を 9:30 か 930 の形で入れてください。")) from None


def _parts(text: str) -> list[int]:
    if _BARE.fullmatch(text):
        # 930 and 0930 are hours and minutes, 93015 and 093015 have seconds too.
        digits = text.zfill(6) if len(text) > 4 else text.zfill(4)
        return [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    found = _CLOCK.fullmatch(text)
    if not found:
        raise ValueError(text)
    return [int(part) for part in found.groups() if part]


def show_time(moment: str | None) -> str:
    """9:30, or 9:30:15 where the seconds are known, in the offset in which it was written."""
    if not moment:
        return ""
    at = datetime.fromisoformat(moment)
    return f"{at.hour}:{at:%M}" + (f":{at:%S}" if at.second else "")
