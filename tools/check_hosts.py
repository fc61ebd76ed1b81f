"""No page, style sheet or script of ours loads anything from another host: exit 1, a line for each that does.

Towns sit behind a closed network. Links that a person follows are allowed, sources that a browser loads not.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = {".html", ".css", ".js", ".mjs", ".svg", ".txt", ".webmanifest", ".json"}
HOST = r"(?:https?:|wss?:)?//[\w.-]+"
# `href` loads only in <link>, <use>, <image> and their like; in <a> a person follows it.
LOADS = (
    re.compile(
        rf"""\b(?:src|srcset|poster|data|action|formaction|hx-\w+)\s*=\s*["']?\s*{HOST}""", re.IGNORECASE
    ),
    re.compile(rf"""<(?:link|use|image|base|script)\b[^>]*\bhref\s*=\s*["']?\s*{HOST}""", re.IGNORECASE),
    re.compile(rf"""url\(\s*["']?\s*{HOST}""", re.IGNORECASE),
    re.compile(rf"""@import\s+["']\s*{HOST}""", re.IGNORECASE),
    re.compile(
        rf"""\b(?:fetch|import|importScripts|Worker|WebSocket|EventSource|sendBeacon)\s*\(\s*["'`]\s*{HOST}"""
    ),
    re.compile(rf"""\bfrom\s+["']\s*{HOST}"""),
)


def foreign(text: str) -> Iterator[tuple[int, str]]:
    """Line number and the offending part of each load from another host."""
    for pattern in LOADS:
        for found in pattern.finditer(text):
            yield text.count("\n", 0, found.start()) + 1, " ".join(found[0].split())


def pages() -> Iterator[Path]:
    """The files that a browser or the PDF engine gets: templates and static folders, ours only."""
    for folder in [
        ROOT / "templates",
        ROOT / "static",
        *ROOT.glob("[a-z]*/**/templates"),
        *ROOT.glob("[a-z]*/**/static"),
    ]:
        yield from (path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES and path.is_file())


def main() -> int:
    """The command line; returns 1 when a file loads from another host."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {part}"
        for path in sorted(set(pages()))
        for line, part in foreign(path.read_text(encoding="utf-8"))
    ]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
