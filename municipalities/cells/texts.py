"""Texts of cells before they are read as something else."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

#: Minus signs, dashes and waves of other blocks, which NFKC leaves.
_SIGNS = str.maketrans({**dict.fromkeys("‐‑‒–—―−ー─━", "-"), "・": ".", "〜": "~"})
_DITTO = re.compile('[〃″”"々]+|同上|同じ|上に同じ|↑')
#: Ways of saying that there is nothing.
_NOTHING = re.compile("[-~/.]*")
_ABOUT = re.compile(
    "^(?:約|およそ|おおよそ|ほぼ|計|合計|延べ|のべ)|(?:ほど|程度|くらい|ぐらい|余り?|前後|頃|ごろ|強|弱)$"
)


def narrow(text: str) -> str:
    """Half-width, without any space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def plain(text: str) -> str:
    """As figures are read: half-width, without any space, every dash the same one; a dash alone is nothing."""
    found = narrow(text).translate(_SIGNS)
    return "" if _NOTHING.fullmatch(found) else found


def exact(text: str) -> str:
    """Without the words of about: 約90分 is 90分, 10時ごろ is 10時."""
    return _ABOUT.sub("", plain(text))


def is_ditto(text: str) -> bool:
    """Whether a cell says that it is what stands above it."""
    return bool(_DITTO.fullmatch(text.strip()))


def as_typed(value: Any) -> str:
    """A value of a workbook as somebody would type it: 2026-09-17, 9:30:00, 3, 2.5."""
    if isinstance(value, datetime):
        if value.year < 1905:
            return _clock(value.time())
        return value.date().isoformat() + (f" {_clock(value.time())}" if value.time() != time() else "")
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, time):
        return _clock(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _clock(at: time) -> str:
    return f"{at.hour}:{at:%M:%S}"
