"""One cell as what its column is taken for: what the grid would be given, and how it is shown before it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from engagements.survey import words
from engagements.survey.grid.columns import BY_KEY
from engagements.survey.grid.heads import HEAD
from engagements.survey.measures import OUTCOMES
from municipalities.cells import BadCell, read_count, read_day, read_seconds, read_time
from municipalities.dates import era_date
from municipalities.text import fold

_HEAD = {item.key: item for item in HEAD}
#: Full-width letters, digits and signs that stand on every keyboard.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True, slots=True)
class Understood:
    """``value`` is what somebody would type into the grid, ``shown`` is how people read it."""

    value: str
    shown: str


def kind_of(name: str) -> str:
    """time, date, count, seconds, choice, lines or text."""
    key = name.partition(":")[2]
    if name.startswith("t:"):
        return "seconds" if key.endswith("_s") else "count"
    kind = _HEAD[key].kind if name.startswith("h:") else BY_KEY[key].kind
    return "text" if kind == "codes" else kind


def understand(name: str, text: str, held_on: date) -> Understood:
    """Raises ``BadCell``."""
    if not text.strip():
        return Understood("", "")
    return _READERS[kind_of(name)](name, text, held_on)


def team_of(text: str) -> str:
    """Ａ班 and A班 are one team."""
    return " ".join(text.translate(_WIDE).split())


def _time(name: str, text: str, held_on: date) -> Understood:
    at = read_time(re.sub(r"^\d{4}-\d\d-\d\d ", "", text))
    said = "" if at is None else f"{at.hour}:{at:%M}" + (f":{at:%S}" if at.second else "")
    return Understood(said, said)


def _date(name: str, text: str, held_on: date) -> Understood:
    day = read_day(text, near=held_on)
    return Understood(day.isoformat(), era_date(day)) if day else Understood("", "")


def _count(name: str, text: str, held_on: date) -> Understood:
    number = read_count(text)
    return Understood("", "") if number is None else Understood(str(number), f"{number}{_unit(name)}")


def _unit(name: str) -> str:
    key = name.partition(":")[2]
    if name.startswith("t:"):
        return str(words.MEASURES[key].unit)
    if key.startswith("w_") or key in ("avoided", "again"):
        return _("回")
    return {"forms": _("枚"), "distance": "m"}.get(key, "")


def _seconds(name: str, text: str, held_on: date) -> Understood:
    seconds = read_seconds(text)
    if seconds is None:
        return Understood("", "")
    shown = {"minutes": seconds // 60, "seconds": seconds % 60}
    said = _("%(minutes)d分%(seconds)d秒") if seconds % 60 else _("%(minutes)d分")
    return Understood(str(seconds), said % shown)


def _choice(name: str, text: str, held_on: date) -> Understood:
    """By its word in Japanese, as sheets have it, in the reader's language, or by its code."""
    labels, codes = _choices(name)
    with override("ja"):
        said = {fold(str(labels[code])): code for code in codes}
    said |= {fold(str(labels[code])): code for code in codes} | {fold(code): code for code in codes}
    code = said.get(fold(text))
    if code is None:
        listed = "、".join(str(labels[code]) for code in codes)
        raise BadCell(_("一覧にない言葉です。%(words)sのどれかにしてください。") % {"words": listed}, text)
    return Understood(code, str(labels[code]))


def _choices(name: str) -> tuple[Mapping[str, Any], Sequence[str]]:
    key = name.partition(":")[2]
    if name.startswith("h:"):
        return _HEAD[key].words or {}, _HEAD[key].codes
    return (words.OUTCOMES, OUTCOMES) if key == "outcome" else (words.CATEGORIES, tuple(words.CATEGORIES))


def _text(name: str, text: str, held_on: date) -> Understood:
    said = team_of(text) if name == "h:team" else " ".join(text.split("\n"))
    return Understood(said, said)


def _lines(name: str, text: str, held_on: date) -> Understood:
    return Understood(text, text)


_READERS = {
    "time": _time,
    "date": _date,
    "count": _count,
    "seconds": _seconds,
    "choice": _choice,
    "text": _text,
    "lines": _lines,
}
