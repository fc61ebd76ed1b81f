"""The rows of a section's answer, in pure Python: what they may hold, and what is wrong with them by field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

#: Every part of an answer with the name of its rows' key.
PARTS: Final = {"replies": "remark", "figures": "figure", "decisions": "decision", "progress": "decision"}
TAKE, REFUSE = "take", "refuse"
STATUSES: Final = ("started", "done", "late")
LENGTHS: Final = {"reply": 1000, "basis": 200, "reason": 500, "remark": 500}


def faults(part: str, rows: Any, asked: Collection[Any]) -> dict[str, str]:
    """Sentences by ``part.key.field``; empty when the rows may be kept. ``asked`` are the keys that may stand there."""
    key = PARTS[part]
    if rows is None:
        return {}
    if not isinstance(rows, list) or not all(
        isinstance(row, Mapping) and _is_key(row.get(key)) for row in rows
    ):
        return {part: _("読み取れない形です。画面を開き直してください。")}
    found: dict[str, str] = {}
    seen: set[Any] = set()
    for row in rows:
        if row[key] in seen or row[key] not in asked:
            found[part] = _("ほかの窓口のもの、または重なったものが入っています。画面を開き直してください。")
        seen.add(row[key])
        found |= {f"{part}.{row[key]}.{name}": said for name, said in _CHECKS[part](row)}
    return found


def _is_key(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _text(row: Mapping[str, Any], name: str, length: int) -> Iterator[tuple[str, str]]:
    value = row.get(name) or ""
    if not isinstance(value, str):
        yield name, _("文字で入れてください。")
    elif len(value) > length:
        yield name, _("%(length)d文字までにしてください。") % {"length": length}


def _number(row: Mapping[str, Any], name: str, most: int) -> Iterator[tuple[str, str]]:
    value = row.get(name)
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most
    ):
        yield (
            name,
            _("0から%(most)sまでの整数を入れてください。分からないときは空けておけます。")
            % {"most": f"{most:,}"},
        )


def _reply(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _text(row, "reply", LENGTHS["reply"])
    if not isinstance(row.get("may_leave") or False, bool):
        yield "may_leave", _("はいかいいえで入れてください。")


def _figure(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _number(row, "yearly_volume", 10_000_000)
    yield from _number(row, "staff_minutes", 1_440)
    yield from _text(row, "basis", LENGTHS["basis"])


def _decision(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if row.get("answer") not in (TAKE, REFUSE):
        yield "answer", _("引き受けるか見送るかを選んでください。")
    yield from _text(row, "reason", LENGTHS["reason"])
    if row.get("answer") == REFUSE and not str(row.get("reason") or "").strip():
        yield "reason", _("見送るときは、理由を一言入れてください。")


def _progress(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if row.get("status") not in STATUSES:
        yield "status", _("始めた・済んだ・遅れている、から選んでください。")
    yield from _text(row, "remark", LENGTHS["remark"])


_CHECKS: dict[str, Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]] = {
    "replies": _reply,
    "figures": _figure,
    "decisions": _decision,
    "progress": _progress,
}
