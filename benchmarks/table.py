"""The one table that ``make bench`` prints."""

from __future__ import annotations

from typing import Any

PAGE_ROW = "{:<28}{:>12}{:>9}{:>10}{:>10}{:>10}{:>10}"
DOCUMENT_ROW = "{:<28}{:<18}{:>12}{:>12}{:>12}"


def lines(found: dict[str, Any]) -> str:
    head = "{taken_at}  Python {python}  {database}  {processors} processors".format(**found)
    return "\n".join([head, *_pages(found["pages"]), "", *_documents(found["documents"])])


def _pages(rows: list[dict[str, Any]]) -> list[str]:
    shown = [PAGE_ROW.format("page", "engagements", "queries", "req/s", "min", "max", "ms")]
    for row in rows:
        rate, time = row["requests_per_second"], row["milliseconds"]
        figures = (row["queries"], rate["median"], rate["min"], rate["max"], time["median"])
        shown.append(PAGE_ROW.format(row["page"], row["size"], *figures))
    return shown


def _documents(rows: list[dict[str, Any]]) -> list[str]:
    shown = [DOCUMENT_ROW.format("document", "seconds", "min", "median", "max")]
    for row in rows:
        for name, key in (
            ("render_document", "render_document_seconds"),
            ("WeasyPrint alone", "weasyprint_seconds"),
        ):
            took = row[key]
            shown.append(DOCUMENT_ROW.format(row["document"], name, took["min"], took["median"], took["max"]))
        shown.append(DOCUMENT_ROW.format("", "ratio", "", row["ratio"], ""))
    return shown
