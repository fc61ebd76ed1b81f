"""The body of a document as plain JSON: chapters of blocks, each with every word and figure that it prints.

A builder makes blocks, a snapshot keeps them, ``printed`` turns them into the parts that templates print. What is
stored says the same for ever, whatever becomes of the labels in the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from engagements.documents.parts import Choice, Column, Entry, Fact, Judge, Plot, Table
from engagements.documents.parts import table as table_part
from engagements.survey.plots import (
    BeforeAfter,
    FieldWrites,
    Flag,
    RoadmapRow,
    RouteBand,
    Segment,
    before_after_bars,
    roadmap,
    routes_timeline,
    writes_by_field,
)

Block = dict[str, Any]
Chapter = dict[str, Any]
Value = str | int | None

FIGURES = frozenset({"timeline", "writes", "bars", "roadmap"})


def chapter(anchor: str, heading: str, blocks: Iterable[Block], *, new_page: bool = False) -> Chapter:
    return {"anchor": anchor, "heading": heading, "new_page": new_page, "blocks": list(blocks)}


def text(words: str) -> Block:
    """A paragraph; its line breaks are kept."""
    return {"block": "text", "text": words}


def note(words: str, url: str = "") -> Block:
    """Small print under a table or a figure; with ``url`` it leads to where the figures come from."""
    return {"block": "note", "text": words, **({"url": url} if url else {})}


def call(words: str, strong: str = "") -> Block:
    """A frame round what must not be missed; ``strong`` stands first, in bold."""
    return {"block": "call", "strong": strong, "text": words}


def heading(words: str) -> Block:
    return {"block": "heading", "text": words}


def facts(rows: Iterable[tuple[str, Value]]) -> Block:
    """Labels with their values."""
    return {"block": "facts", "rows": [list(row) for row in rows]}


def boxes(rows: Iterable[tuple[str, str, bool]]) -> Block:
    """Boxes of a form to write in: label, hint, and whether the box is tall."""
    return {"block": "boxes", "rows": [list(row) for row in rows]}


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    unknown: str = "",
    anchor: str = "",
) -> Block:
    """A table. A column's label begins with # where it holds figures, with ! where it must not break."""
    found = [list(row) for row in rows]
    return {
        "block": "table",
        "caption": caption,
        "columns": list(columns),
        "rows": found,
        "unknown": unknown,
        "anchor": anchor,
    }


def timeline(caption: str, routes: Iterable[RouteBand], planned: int | None, under: str = "") -> Block:
    return {
        "block": "timeline",
        "caption": caption,
        "routes": [asdict(route) for route in routes],
        "planned": planned,
        "note": under,
    }


def writes(caption: str, rows: Iterable[FieldWrites], under: str = "") -> Block:
    return {"block": "writes", "caption": caption, "rows": [asdict(row) for row in rows], "note": under}


def bars(caption: str, rows: Iterable[BeforeAfter], before: str, after: str, under: str = "") -> Block:
    return {
        "block": "bars",
        "caption": caption,
        "rows": [asdict(row) for row in rows],
        "before": before,
        "after": after,
        "note": under,
    }


def steps(caption: str, rows: Iterable[RoadmapRow], years: Sequence[int], under: str = "") -> Block:
    return {
        "block": "roadmap",
        "caption": caption,
        "rows": [_dated(row) for row in rows],
        "years": list(years),
        "note": under,
    }


def _dated(row: RoadmapRow) -> dict[str, str | None]:
    days = {"start": row.start, "end": row.end}
    said = {name: day.isoformat() if day else None for name, day in days.items()}
    return {"label": row.label, "owner": row.owner, **said}


def judge(
    anchor: str,
    words: str,
    rows: Iterable[tuple[str, Value]],
    choices: Iterable[tuple[str, bool]],
    condition: str = "",
) -> Block:
    """A decision with boxes to answer; a choice is its label and whether it was taken."""
    return {
        "block": "judge",
        "anchor": anchor,
        "heading": words,
        "rows": [list(row) for row in rows],
        "choices": [list(choice) for choice in choices],
        "condition": condition,
    }


def sign(title: str) -> Block:
    """A line for the date and the hand of the one who answers."""
    return {"block": "sign", "title": title, "era_year": _("令和　　年")}


def numbered(chapters: Sequence[Chapter]) -> list[Chapter]:
    """The same chapters with numbers before headings, figures and tables, in the order of print."""
    counts = {"figure": 0, "table": 0}

    def captioned(block: Block) -> Block:
        kind = "figure" if block["block"] in FIGURES else block["block"]
        if kind not in counts:
            return block
        counts[kind] += 1
        name = _("図%(number)s %(caption)s") if kind == "figure" else _("表%(number)s %(caption)s")
        return block | {"caption": name % {"number": counts[kind], "caption": block["caption"]}}

    return [
        one
        | {"heading": f"{number} {one['heading']}", "blocks": [captioned(block) for block in one["blocks"]]}
        for number, one in enumerate(chapters, start=1)
    ]


def entries(chapters: Iterable[Chapter]) -> list[Entry]:
    """The list of contents: chapters, and the decisions under theirs."""
    found: list[Entry] = []
    for one in chapters:
        found.append(Entry(one["heading"], one["anchor"]))
        judges = (block for block in one["blocks"] if block["block"] == "judge")
        found.extend(Entry(block["heading"], block["anchor"], under=True) for block in judges)
    return found


# --- from blocks to parts ----------------------------------------------------------------------------------


def printed(chapters: Iterable[Chapter]) -> list[dict[str, Any]]:
    """Chapters as templates print them: each block with its kind and the part that its template takes."""
    return [
        one | {"blocks": [{"kind": block["block"], "part": _part(block)} for block in one["blocks"]]}
        for one in chapters
    ]


def _part(block: Block) -> Any:
    """Paragraphs, notes, frames, headings and signatures are printed as they are."""
    make = _PARTS.get(block["block"])
    return make(block) if make else block


def _facts(block: Block) -> list[Fact]:
    return [Fact(label, value) for label, value in block["rows"]]


def _boxes(block: Block) -> list[Fact]:
    return [Fact(label, hint=hint, tall=tall) for label, hint, tall in block["rows"]]


def _column(label: str) -> Column:
    return Column(label.lstrip("#!"), numeric=label.startswith("#"), short=label.startswith("!"))


def _table(block: Block) -> Table:
    columns = [_column(label) for label in block["columns"]]
    return table_part(
        block["caption"], columns, block["rows"], anchor=block["anchor"], unknown=block["unknown"]
    )


def _judge(block: Block) -> Judge:
    choices = [Choice(label, taken) for label, taken in block["choices"]]
    return Judge(block["heading"], _facts(block), choices, block["condition"], block["anchor"])


def _band(raw: dict[str, Any]) -> RouteBand:
    parts = {
        "segments": tuple(Segment(**segment) for segment in raw["segments"]),
        "flags": tuple(Flag(**flag) for flag in raw["flags"]),
        "writes": tuple(raw["writes"]),
        "untimed": tuple(raw["untimed"]),
    }
    return RouteBand(**raw | parts)


def _timeline(block: Block) -> Plot:
    drawn = routes_timeline([_band(route) for route in block["routes"]], block["planned"])
    return Plot(block["caption"], drawn, block["note"])


def _writes(block: Block) -> Plot:
    return Plot(
        block["caption"], writes_by_field([FieldWrites(**row) for row in block["rows"]]), block["note"]
    )


def _bars(block: Block) -> Plot:
    rows = [BeforeAfter(**row) for row in block["rows"]]
    return Plot(block["caption"], before_after_bars(rows, block["before"], block["after"]), block["note"])


def _day(words: str | None) -> date | None:
    return date.fromisoformat(words) if words else None


def _roadmap(block: Block) -> Plot:
    rows = [
        RoadmapRow(row["label"], row["owner"], _day(row["start"]), _day(row["end"])) for row in block["rows"]
    ]
    return Plot(block["caption"], roadmap(rows, block["years"]), block["note"])


_PARTS: dict[str, Callable[[Block], Any]] = {
    "facts": _facts,
    "boxes": _boxes,
    "table": _table,
    "judge": _judge,
    "timeline": _timeline,
    "writes": _writes,
    "bars": _bars,
    "roadmap": _roadmap,
}
