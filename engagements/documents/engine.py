"""How WeasyPrint draws for ``pdf.py``, which loads this module when the first page is drawn.

Nothing outside the document is opened: see `OwnAssetsOnly`.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pikepdf
from django.conf import settings
from weasyprint import HTML, Attachment, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from engagements.documents.pdf import AttachedFile, ForeignAsset, Pdf

# Relative addresses resolve against a host that can't exist: no path of this machine gets into a file.
ASSET_ROOT = "https://assets.invalid/static/"
OWN_ASSETS = frozenset({"css/paper.css"})
INLINE_IMAGE = re.compile(r"data:image/(?:png|svg\+xml)[;,]", re.IGNORECASE)


class OwnAssetsOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Opens the stylesheets in `OWN_ASSETS` and pictures written into the document, and nothing else.

    Refuses with FatalURLFetchingError, and remembers it: WeasyPrint swallows even that inside an SVG.
    """

    def __init__(self) -> None:
        super().__init__(fail_on_errors=True)
        self.refused: list[str] = []

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if INLINE_IMAGE.match(url):
            return super().fetch(url, headers)
        name = url.removeprefix(ASSET_ROOT)
        if not url.startswith(ASSET_ROOT) or name not in OWN_ASSETS:
            self.refused.append(url)
            raise FatalURLFetchingError(url)
        body = (settings.BASE_DIR / "static" / name).read_bytes()
        return URLFetcherResponse(url, body, {"Content-Type": "text/css; charset=utf-8"})


def render_pdf(
    html: str, *, title: str, issued_at: datetime, lang: str, attachments: Iterable[AttachedFile]
) -> Pdf:
    """See ``pdf.render_pdf``."""
    if issued_at.tzinfo is None:
        raise ValueError("issued_at needs a time zone")
    stamp = issued_at.astimezone(UTC).replace(microsecond=0)
    fetcher = OwnAssetsOnly()
    try:
        document = HTML(string=html, base_url=ASSET_ROOT, url_fetcher=fetcher).render(
            font_config=FontConfiguration()
        )
        _describe(document, title, lang, stamp)
        files = [_attachment(one, stamp, fetcher) for one in attachments]
        raw: bytes = document.write_pdf(pdf_variant="pdf/ua-1", attachments=files)
    except FatalURLFetchingError as refusal:
        raise ForeignAsset(f"not an asset of this service: {_shown(str(refusal))}") from refusal
    if fetcher.refused:
        raise ForeignAsset(f"not an asset of this service: {_shown(fetcher.refused[0])}")
    content = _finish(raw, lang)
    return Pdf(content, len(document.pages), hashlib.sha256(content).hexdigest())


def page_count(html: str) -> int:
    """See ``pdf.page_count``."""
    fetcher = OwnAssetsOnly()
    try:
        laid_out = HTML(string=html, base_url=ASSET_ROOT, url_fetcher=fetcher).render(
            font_config=FontConfiguration()
        )
    except FatalURLFetchingError as refusal:
        raise ForeignAsset(f"not an asset of this service: {_shown(str(refusal))}") from refusal
    return len(laid_out.pages)


def _shown(url: str) -> str:
    return url if len(url) <= 100 else f"{url[:100]}…"


def _describe(document: Document, title: str, lang: str, stamp: datetime) -> None:
    metadata = document.metadata
    metadata.title, metadata.lang = title, lang
    metadata.created = metadata.modified = stamp.strftime("%Y-%m-%dT%H:%M:%SZ")
    metadata.generator = "Madoguchi"


def _attachment(file: AttachedFile, stamp: datetime, fetcher: OwnAssetsOnly) -> Attachment:
    # The two dates default to the clock, which would give every rendering its own hash.
    return Attachment(
        string=file.content,
        name=file.name,
        description=file.description,
        created=stamp,
        modified=stamp,
        relationship="Source",
        url_fetcher=fetcher,
    )


def _finish(raw: bytes, lang: str) -> bytes:
    """Add what WeasyPrint leaves out (scope of header cells), and write with an /ID made from the content."""
    with pikepdf.open(BytesIO(raw)) as pdf:
        pdf.Root.Lang = pikepdf.String(lang)
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        for table in _elements(pdf, "/Table"):
            _scope_headers(table)
        out = BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _elements(pdf: pikepdf.Pdf, kind: str) -> Iterator[Any]:
    """Structure elements of one kind, in reading order."""
    waiting: list[Any] = [pdf.Root.StructTreeRoot]
    while waiting:
        node = waiting.pop()
        if node.get("/S") == kind:
            yield node
        children = node.get("/K", [])
        kids = list(children) if isinstance(children, pikepdf.Array) else [children]
        waiting.extend(kid for kid in reversed(kids) if isinstance(kid, pikepdf.Dictionary))


def _rows(table: Any) -> list[list[Any]]:
    groups = [kid for kid in table.K if isinstance(kid, pikepdf.Dictionary)]
    rows = [kid for group in groups for kid in ([group] if group.S == "/TR" else group.K) if kid.S == "/TR"]
    return [[cell for cell in row.K if isinstance(cell, pikepdf.Dictionary)] for row in rows]


def _scope_headers(table: Any) -> None:
    """A row of nothing but headers heads its columns; any other header cell heads its row."""
    for row in _rows(table):
        scope = "/Column" if all(cell.S == "/TH" for cell in row) and len(row) > 1 else "/Row"
        for cell in (cell for cell in row if cell.S == "/TH"):
            cell.A["/Scope"] = pikepdf.Name(scope)
