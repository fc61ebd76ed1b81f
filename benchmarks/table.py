"""The one table that ``make bench`` prints."""

from __future__ import annotations

from typing import Any

PAGE_ROW = "{:<28}{:>12}{:>9}{:>10}{:>10}{:>10}{:>10}"
ROUND_ROW = "{:<40}{:>10}{:>10}{:>12}{:>10}{:>12}"
SURVEY_ROW = "{:<44}{:>14}{:>24}"
DOCUMENT_ROW = "{:<28}{:<18}{:>12}{:>12}{:>12}"


def lines(found: dict[str, Any]) -> str:
    head = "{taken_at}  Python {python}  {database}  {processors} processors".format(**found)
    parts = (
        _pages(found["pages"]),
        [*_documents(found["documents"]), _batch(found["batch"])],
        _surveys(found["surveys"]),
        _rounds(found["rounds"]),
    )
    return "\n\n".join("\n".join(part) for part in ([head], *parts))


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


def _batch(row: dict[str, Any]) -> str:
    name = f"{row['documents']} plans, {row['processes']} processes"
    took = (row["workers_seconds"], row["weasyprint_seconds"], row["ratio"])
    return DOCUMENT_ROW.format(name, "workers/alone/ratio", *took)


def _surveys(rows: list[dict[str, Any]]) -> list[str]:
    shown = [SURVEY_ROW.format("survey", "median", "")]
    for row in rows:
        if "ratio" in row:
            shown.append(
                SURVEY_ROW.format(row["what"], f"{row['seconds']['median']} s", f"{row['ratio']} x NumPy")
            )
        elif "bytes" in row:
            shown.append(SURVEY_ROW.format(row["what"], f"{row['bytes']} B", f"{row['gzipped']} B gzipped"))
        else:
            shown.append(SURVEY_ROW.format(row["what"], f"{row['milliseconds']['median']} ms", ""))
    return shown


def _rounds(rows: list[dict[str, Any]]) -> list[str]:
    shown = [ROUND_ROW.format("matching round", "seconds", "MB", "yardsticks", "matched", "status")]
    for row in rows:
        figures = (
            row["seconds"],
            row["megabytes"],
            row["ratio"],
            row.get("matched", ""),
            row.get("status", ""),
        )
        shown.append(ROUND_ROW.format(row["round"], *figures))
    return shown
