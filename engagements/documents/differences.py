"""Two versions of a document side by side: what each says, line by line, from their stored snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

Raw = Mapping[str, Any]
#: What stands on the first page beside the facts of the cover.
HEAD = ("title", "own_number", "form_number", "addressed", "addressee", "motto")


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of the older and of the newer version; empty on the side that lacks it."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter in which something differs, and how many of its lines are the same."""

    heading: str
    pairs: Sequence[Pair]
    same: int


def differences(old: Raw, new: Raw) -> list[Part]:
    """The chapters in which the two differ, in the newer one's order, then those that are gone.

    Chapters are told apart by their anchors, so that one that moved or got another number is still the same.
    """
    was, now = _chapters(old), _chapters(new)
    found = []
    for anchor in [*now, *(anchor for anchor in was if anchor not in now)]:
        heading = (now.get(anchor) or was[anchor])[0]
        pairs, same = _pairs(was.get(anchor, ("", []))[1], now.get(anchor, ("", []))[1])
        if pairs:
            found.append(Part(heading, pairs, same))
    return found


def _chapters(snapshot: Raw) -> dict[str, tuple[str, list[str]]]:
    """Heading and lines of each chapter by its anchor; the head of the document is one of them."""
    head = [str(snapshot.get(name) or "") for name in HEAD]
    head += [_said(label, value) for label, value in snapshot.get("gist") or ()]
    found = {"": (_("表紙"), [line for line in head if line])}
    for chapter in snapshot.get("chapters") or ():
        lines = [line for block in chapter["blocks"] for line in _lines(block) if line]
        found[chapter["anchor"]] = (_bare(chapter["heading"]), lines)
    return found


def _bare(heading: str) -> str:
    """The heading without the number that its place gave it."""
    number, space, rest = heading.partition(" ")
    return rest if space and number.isdigit() else heading


def _lines(block: Raw) -> Iterator[str]:
    """What a block says, as lines; of a figure its caption, for every figure of it stands in a table too."""
    kind = block["block"]
    if kind == "facts":
        yield from (_said(label, value) for label, value in block["rows"])
    elif kind == "table":
        yield from ("  ".join(_word(cell) for cell in row) for row in block["rows"])
    elif kind == "judge":
        yield str(block["heading"])
        yield from (_said(label, value) for label, value in block["rows"])
        yield "、".join(label for label, taken in block["choices"] if taken)
        yield str(block.get("condition") or "")
    else:
        words = (block.get(name) for name in ("strong", "text", "caption"))
        for word in words:
            yield from str(word or "").splitlines()


def _said(label: Any, value: Any) -> str:
    return f"{label}: {_word(value)}"


def _word(value: Any) -> str:
    return _("記入なし") if value in (None, "") else str(value)


def _pairs(old: Sequence[str], new: Sequence[str]) -> tuple[list[Pair], int]:
    pairs: list[Pair] = []
    same = 0
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            same += b - a
            continue
        left, right = list(old[a:b]), list(new[c:d])
        longest = max(len(left), len(right))
        left += [""] * (longest - len(left))
        right += [""] * (longest - len(right))
        pairs += [Pair(*both) for both in zip(left, right, strict=True)]
    return pairs, same
