"""Counts and numbers: 1枚, ３件, 約1,200人, 2.5時間."""

from __future__ import annotations

import re
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from municipalities.cells.clocks import HOUR, read_seconds
from municipalities.cells.faults import BadCell
from municipalities.cells.texts import as_typed, exact

_GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,11}"
_UNITS = (
    "回|枚|人|名|件|個|通|部|組|班|台|冊|本|種類?|項目|歳|才|つ|世帯|m|メートル|円|[かカヵヶケ箇](?:所|課)|課"
)
_COUNT = re.compile(rf"({_GROUPED})(?:\.0+)?(?:{_UNITS})?")
_NONE = ("なし", "無し", "無", "ゼロ")


def read_count(value: Any, *, most: int = 1_000_000) -> int | None:
    """A whole number from 0 to ``most``, with its unit or without; None for nothing. Raises ``BadCell``."""
    typed = as_typed(value)
    text = exact(typed)
    if not text:
        return None
    if text in _NONE:
        return 0
    found = None if isinstance(value, bool | time | timedelta) else _COUNT.fullmatch(text)
    number = int(found[1].replace(",", "")) if found else most + 1
    if number > most:
        raise BadCell(_("数として読めません。0以上の整数で入れてください。"), typed)
    return number


def read_number(value: Any) -> Decimal | None:
    """A decimal number of hours, or None for nothing: 2.5, 2.5時間, 2時間30分, 2:30. Raises ``BadCell``."""
    typed = as_typed(value)
    text = exact(typed)
    if not text:
        return None
    if re.fullmatch(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?", text):
        return Decimal(text)
    try:
        seconds = read_seconds(value)
    except BadCell as unclear:
        cause = _("時間として読めません。2.5 のように数で入れてください。")
        raise BadCell(cause, typed, choices=unclear.choices) from None
    return None if seconds is None else Decimal(seconds) / HOUR
