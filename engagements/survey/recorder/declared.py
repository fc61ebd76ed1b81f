"""What a tap may say, once for phone and server: the phone gets it as JSON when it joins, the server cleans by it. Pure.

A value of another type, a word that is too long for its place and a name that nobody knows are dropped, texts are cut,
characters that nobody keeps are taken out: what is left of a tap is always safe to fold and to show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

Raw = Mapping[str, Any]
TEXT_LENGTH, ID_LENGTH, MOST_TIMES, MOST_METRES = 2000, 80, 1000, 100_000
UNDO: Final = "undo"
#: ``[least, most]`` is a whole number, a number alone the most characters of a text.
Rule = int | list[int]
_VISIT: Final[dict[str, Rule]] = {"visit": ID_LENGTH}
TAPS: Final[dict[str, dict[str, Rule]]] = {
    "start": {},
    "arrive": {
        **_VISIT,
        **dict.fromkeys(("counter", "section", "building", "floor"), TEXT_LENGTH),
        "distance_m": [0, MOST_METRES],
    },
    "called": _VISIT,
    "done": {**_VISIT, "outcome": ID_LENGTH},
    "procedure": {**_VISIT, "procedure": TEXT_LENGTH},
    "again": _VISIT,
    "form": {**_VISIT, "form": TEXT_LENGTH},
    "write": {
        **_VISIT,
        "form": TEXT_LENGTH,
        "field": ID_LENGTH,
        "person": TEXT_LENGTH,
        "how": ID_LENGTH,
        "times": [1, MOST_TIMES],
    },
    "notice": {
        **_VISIT,
        "kind": ID_LENGTH,
        "category": ID_LENGTH,
        "text": TEXT_LENGTH,
        "photo": ID_LENGTH,
    },
    "end": {"ended": ID_LENGTH, "why": TEXT_LENGTH},
    UNDO: {"uid": ID_LENGTH},
}
#: Without it a tap of this kind says nothing.
NEEDED: Final = {"arrive": "counter", "form": "form", "write": "field", "notice": "text", UNDO: "uid"}
_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


def cleaned(kind: str, data: Raw) -> dict[str, Any]:
    """What of ``data`` a tap of this kind may say; nothing for a kind that nobody knows."""
    found = {}
    for name, rule in TAPS.get(kind, {}).items():
        value = _value(data.get(name), rule)
        if value is not None:
            found[name] = value
    return found


def says_nothing(kind: str, data: Raw) -> bool:
    """Whether what is left of a tap can't be folded, whatever else was recorded."""
    return kind not in TAPS or (kind in NEEDED and not str(data.get(NEEDED[kind]) or "").strip())


def without_unfit(text: str) -> str:
    """The text without NUL and halves of characters, which no database keeps."""
    return _UNFIT.sub("", text)


def _value(value: Any, rule: Rule) -> Any:
    if isinstance(rule, list):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return min(max(value, rule[0]), rule[1]) if whole else None
    return without_unfit(value)[:rule] if isinstance(value, str) else None
