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
#: 二〇二六 figure by figure, or 三百六十五, 十二, 二十 with their tens.
_FIGURES = dict(zip("〇○零一二三四五六七八九", "000123456789", strict=True))
_KANJI = "一二三四五六七八九"
_NUMERAL = re.compile(
    rf"(?:([{_KANJI}]?)百)?(?:([{_KANJI}]?)十)?([{_KANJI}])?(?![{''.join(_FIGURES)}十百])|[{''.join(_FIGURES)}]+"
)


def narrow(text: str) -> str:
    """Half-width, without any space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def plain(text: str) -> str:
    """As figures are read: half-width, without any space, every dash the same one; a dash alone is nothing."""
    found = narrow(text).translate(_SIGNS)
    return "" if _NOTHING.fullmatch(found) else found


def figures(text: str) -> str:
    """With 十二月十四日 and 二〇二六年 as 12月14日 and 2026年; hundreds at most where tens are spoken."""
    return _NUMERAL.sub(_figure, text)


def _figure(found: re.Match[str]) -> str:
    written = found[0]
    if "十" not in written and "百" not in written:
        return "".join(_FIGURES[sign] for sign in written)
    hundreds, tens, ones = (int(_FIGURES.get(part or "", "0")) for part in found.groups())
    if "百" in written:
        hundreds = hundreds or 1
    if "十" in written:
        tens = tens or 1
    return str(hundreds * 100 + tens * 10 + ones)


def exact(text: str) -> str:
    """In figures, without the words of about: 約九十分 is 90分, 10時ごろ is 10時."""
    return figures(_ABOUT.sub("", plain(text)))


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
