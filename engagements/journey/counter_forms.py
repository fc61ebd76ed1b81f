"""What a section typed, as the rows that the door reads. Only what stands on the page is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from accounts.fields import as_read, read_any_count
from engagements.journey.counter_page import Page
from engagements.sections.answers import REFUSE, STATUSES, TAKE
from municipalities.cells import read_minutes

UNKNOWN = ("わからない", "分からない", "不明", "?")


def number(text: str, read: Callable[[str], int | None] = read_any_count) -> int | str | None:
    """4,680 and 4680件 are a number, わからない and an empty field are None; anything else comes back as typed."""
    plain = text.strip()
    found: int | str | None = None if plain in (*UNKNOWN, "？") else as_read(read, plain)
    return found


def figures(page: Page, posted: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "figure": line.row.pk,
            "yearly_volume": number(posted.get(f"volume_{line.row.pk}", "")),
            "staff_minutes": number(posted.get(f"minutes_{line.row.pk}", ""), read_minutes),
            "basis": posted.get(f"basis_{line.row.pk}", "").strip(),
        }
        for line in page.figures
    ]


def answer(page: Page, posted: Mapping[str, str]) -> dict[str, Any]:
    """The whole answer; a remark of which nothing is said and a decision that is left open are left out."""
    remarks = [remark for _survey, items in page.remarks for remark in items]
    replies = [
        (remark, posted.get(f"reply_{remark.key}", "").strip(), f"leave_{remark.key}" in posted)
        for remark in remarks
    ]
    return {
        "answered_by": posted.get("answered_by", "").strip(),
        "replies": [
            {"remark": remark.key, "reply": text, "may_leave": leave}
            for remark, text, leave in replies
            if text or leave or remark.item.reply or remark.item.may_leave
        ],
        "figures": figures(page, posted),
        "decisions": [
            {
                "decision": item.row.pk,
                "answer": posted.get(f"choice_{item.row.pk}", ""),
                "reason": posted.get(f"reason_{item.row.pk}", "").strip(),
            }
            for item in page.to_decide
            if posted.get(f"choice_{item.row.pk}", "") in (TAKE, REFUSE)
        ],
        "progress": [
            {
                "decision": item.row.pk,
                "status": posted.get(f"status_{item.row.pk}", ""),
                "remark": posted.get(f"remark_{item.row.pk}", "").strip(),
            }
            for item in page.to_report
            if posted.get(f"status_{item.row.pk}", "") in STATUSES
        ],
    }
