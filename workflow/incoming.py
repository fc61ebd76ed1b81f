"""What comes in is measured before it is read: its bytes, its values, how deep they stand, and what no text may hold.

Every body of JSON passes ``read_json`` with the ``Limits`` of whoever takes it. The measuring costs one pass over the
bytes and ends where a limit is reached, so that refusing costs no more than accepting.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from workflow.errors import BadInput, DoorError

FIRST_YEAR, LAST_YEAR = 1900, 2999
#: The whole numbers that every database keeps.
MOST_NUMBER: Final = 2**63 - 1
#: So many places are named in one refusal, each with so much of its names.
NAMED, NAME_LENGTH = 10, 60
#: A string whole, whether it ends or not, or a sign of structure. Each byte is looked at once.
_SIGNS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")
_MOMENT: Final = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,+\-Z ]*)?")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one body may hold: bytes, values (with those that hold others), levels, and characters of one text."""

    size: int
    values: int = 20_000
    depth: int = 20
    text: int = 20_000


class TooMuch(DoorError):
    """More than may come in at once. 413."""

    status = 413


class NotJson(DoorError):
    """Nothing that can be read as JSON. 400."""

    status = 400

    def __init__(self) -> None:
        super().__init__(_("JSONとして読み取れません。UTF-8の、閉じ括弧までそろったJSONで送ってください。"))


def refuse_size(size: int, most: int) -> None:
    """Raises ``TooMuch`` with the limit in words. Both in bytes."""
    if size > most:
        shown = _("%(most)dMB") % {"most": most >> 20} if most >= 1 << 20 else f"{max(1, most >> 10)}KB"
        raise TooMuch(
            _("大きすぎます。一度に送れるのは%(most)sまでです。分けて送ってください。") % {"most": shown}
        )


def read_json(raw: bytes, limits: Limits) -> Any:
    """The value in these bytes (UTF-8; a byte-order mark is skipped).

    Raises ``TooMuch``, ``NotJson``, or ``BadInput`` with a sentence for each place that holds what nobody can keep.
    """
    value = parse_json(raw, limits)
    refuse_unfit(value, limits.text)
    return value


def parse_json(raw: bytes, limits: Limits) -> Any:
    """The same, with whatever stands in it: for who sets aside what can't be kept. Raises ``TooMuch``, ``NotJson``."""
    measure(raw, limits)
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotJson from error


def measure(raw: bytes, limits: Limits) -> None:
    """Whether these bytes are few enough, and no more values on no more levels than allowed. Raises ``TooMuch``."""
    refuse_size(len(raw), limits.size)
    values, depth = 1, 0
    for found in _SIGNS.finditer(raw):
        sign = raw[found.start()]
        if sign in b"[{":
            depth += 1
            values += 1
        elif sign in b"]}":
            depth -= 1
        elif sign in b",":
            values += 1
        if depth > limits.depth:
            raise TooMuch(_("入れ子が深すぎます。%(most)d段までにしてください。") % {"most": limits.depth})
        if values > limits.values:
            text = _(
                "行や項目が多すぎます。一度に送れるのは合わせて%(most)d個までです。分けて送ってください。"
            )
            raise TooMuch(text % {"most": limits.values})


def refuse_unfit(value: Any, longest: int | None = None) -> None:
    """Raises ``BadInput``: a sentence for each of the first places (``decisions[2].title``) that can't be kept."""
    faults: dict[str, list[str]] = {}
    for place, sentence in unfit(value, longest):
        faults.setdefault(place, [sentence])
        if len(faults) == NAMED:
            break
    if faults:
        raise BadInput(faults)


def unfit(value: Any, longest: int | None = None, place: str = "") -> Iterator[tuple[str, str]]:
    """Each place that holds what no database or calendar keeps, with its sentence. No deeper than ``value`` was read."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from unfit(item, longest, f"{place}[{number}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            where = f"{place}.{_shown(name)}" if place else _shown(name)
            if sentence := _fault(name, longest):
                yield where, sentence
            yield from unfit(item, longest, where)
    elif sentence := _fault(value, longest):
        yield place, sentence


def refuse_characters(form: Mapping[str, Sequence[str]]) -> None:
    """The same for a form, whose fields judge all else themselves and come back as they were typed."""
    for name, values in form.items():
        for text in (name, *values):
            if _UNFIT.search(text):
                raise BadInput({_shown(name): [_fault_of_text(text, None)]})


def can_be_stored(text: str) -> bool:
    """No database keeps NUL or half a character."""
    return not _UNFIT.search(text)


def _shown(name: str) -> str:
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", name[:NAME_LENGTH])


def _fault(value: Any, longest: int | None) -> str:
    if isinstance(value, str):
        return _fault_of_text(value, longest)
    if isinstance(value, float) and not math.isfinite(value):
        return _("数ではない値(NaN、Infinity)です。数を入れてください。")
    if isinstance(value, int) and abs(value) > MOST_NUMBER:
        return _("数が大きすぎます。桁をお確かめください。")
    return ""


def _fault_of_text(value: str, longest: int | None) -> str:
    if longest is not None and len(value) > longest:
        return _("%(most)d字までにしてください。") % {"most": longest}
    if sign := _UNFIT.search(value):
        code = f"U+{ord(sign[0]):04X}"
        return _("使えない文字(%(code)s)が入っています。その文字を消してください。") % {"code": code}
    moment = _MOMENT.fullmatch(value) if len(value) <= 40 else None
    if moment and not FIRST_YEAR <= int(moment[1]) <= LAST_YEAR:
        return impossible_year()
    return ""


def impossible_year() -> str:
    """Beyond these years a day has no neighbour in another time zone, and nobody means it."""
    return _("この年の日付は入れられません。年をお確かめください。")
