"""The papers of copied roads. Drawing thousands of them would take hours, so one sheet a kind stands in for all.

The sheet says what it is; its file and hash are true, and consent and answer name that hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.html import escape

from engagements.documents.models import DocumentKind
from engagements.documents.pdf import render_pdf

DRAWN_AT = datetime(2025, 4, 1, tzinfo=UTC)
SAID = (
    "架空のデータです。たくさんの見本を作るとき、町ごとの書面は作らず、この1枚を代わりに置いています。"
    "町ごとの書面は、支援のページから新しく作れます。"
)
PAGE = (
    '<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>{title}</title>'
    '<link rel="stylesheet" href="css/paper.css"></head>'
    "<body><main><h1>{title}(見本)</h1><p>{said}</p></main></body></html>"
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The one file of a kind."""

    kind: str
    file: str
    sha256: str
    pages: int
    size: int

    def fields(self, title: str, body: str) -> dict[str, Any]:
        """What a copied document says of its file; its snapshot is what the file says."""
        snapshot = {"title": title, "body_name": body, "short_name": body, "stands_in": SAID}
        return {
            "file": self.file,
            "sha256": self.sha256,
            "pages": self.pages,
            "size": self.size,
            "snapshot": snapshot,
        }


def sheets(kinds: Iterable[str]) -> dict[str, Sheet]:
    """The sheet of each kind, drawn (always the same bytes) and kept among the documents."""
    return {kind: _sheet(kind) for kind in sorted(set(kinds))}


def _sheet(kind: str) -> Sheet:
    title = escape(str(DocumentKind(kind).label))
    pdf = render_pdf(PAGE.format(title=title, said=escape(SAID)), title=title, issued_at=DRAWN_AT)
    name = f"documents/stand-in-{kind}-{pdf.sha256[:16]}.pdf"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pdf.content)
    return Sheet(kind, name, pdf.sha256, pdf.pages, len(pdf.content))
