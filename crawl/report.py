"""What a crawl found: a table and the faults as text, everything as JSON, the pictures on one sheet."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from crawl.walk import Fault, Visit, Walker

REPORT, SHEET = "report.json", "index.html"
#: Says that a folder is ours to empty.
MARK = ".crawl"


def visits_of(walkers: Iterable[Walker]) -> list[Visit]:
    return [visit for walker in walkers for visit in walker.visits]


def faults_of(walkers: Iterable[Walker]) -> list[Fault]:
    return [fault for visit in visits_of(walkers) for fault in visit.faults]


def table(walkers: Sequence[Walker]) -> list[str]:
    """A line a role: how many patterns, pages, files, pictures and faults, in how many seconds."""
    lines = [
        f"{'role':<14}{'patterns':>9}{'pages':>7}{'files':>7}{'pictures':>10}{'faults':>8}{'seconds':>9}"
    ]
    for walker in walkers:
        kinds = Counter(visit.type == "text/html" for visit in walker.visits)
        patterns = len({visit.pattern for visit in walker.visits})
        pictures = sum(len(visit.pictures) for visit in walker.visits)
        faults = len(faults_of([walker]))
        lines.append(
            f"{walker.role:<14}{patterns:>9}{kinds[True]:>7}{kinds[False]:>7}{pictures:>10}{faults:>8}"
            f"{walker.seconds:>9.0f}"
        )
    return lines


def fault_lines(walkers: Sequence[Walker]) -> list[str]:
    """One line a fault: roles, widths, page, what. What several meet on pages of one pattern is one fault."""
    whom: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults_of(walkers):
        whom.setdefault((fault.pattern, fault.what), []).append(fault)
    return [
        "  ".join(
            (
                ",".join(dict.fromkeys(fault.role for fault in met)),
                ",".join(dict.fromkeys(str(fault.width or "any") for fault in met)),
                met[0].address,
                what,
            )
        )
        for (_pattern, what), met in sorted(whom.items())
    ]


def write(folder: Path, walkers: Sequence[Walker], *, seconds: float) -> None:
    """``report.json`` and ``index.html``, beside the pictures."""
    about = {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "roles": {walker.role: round(walker.seconds) for walker in walkers},
        "visits": [asdict(visit) for visit in visits_of(walkers)],
        "faults": fault_lines(walkers),
    }
    (folder / REPORT).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / SHEET).write_text(sheet(walkers, str(about["taken_at"])), encoding="utf-8")


def sheet(walkers: Sequence[Walker], taken_at: str) -> str:
    """The contact sheet: per role every page with its pictures and what is wrong with it."""
    roles = "".join(f'<li><a href="#{walker.role}">{walker.role}</a></li>' for walker in walkers)
    parts = "".join(
        f'<h2 id="{walker.role}">{walker.role}</h2>{"".join(map(_figure, walker.visits))}'
        for walker in walkers
    )
    return (
        '<!doctype html>\n<html lang="ja"><meta charset="utf-8"><title>Crawl</title>'
        f"<h1>Crawl of {escape(taken_at)}</h1><ul>{roles}</ul>{parts}</html>\n"
    )


def _figure(visit: Visit) -> str:
    if not visit.pictures and not visit.faults:
        return ""
    images = " ".join(
        f'<a href="{escape(name)}"><img loading="lazy" src="{escape(name)}" width="{320 if width > 600 else 120}"'
        f' alt="{width} px"></a>'
        for width, name in visit.pictures.items()
    )
    wrong = "".join(f"<li>{fault.width or ''} {escape(fault.what)}</li>" for fault in visit.faults)
    return f"<h3>{escape(visit.address)} {escape(visit.title)}</h3><p>{images}</p><ul>{wrong}</ul>"
