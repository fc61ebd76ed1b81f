"""HTML in, tagged PDF out: the same HTML and date of issue give the same bytes, on every run.

Needs no database and no models. WeasyPrint takes a second to load, which only who draws has to wait for:
see `load_engine`.
"""

from __future__ import annotations

from collections.abc import Iterable
from ctypes.util import find_library
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

from engagements.documents.glyphs import FONT_FAMILY, font_is_installed


class ForeignAsset(ValueError):
    """The HTML asks for something that is not ours: an address on a network, a file, another kind of data."""


@dataclass(frozen=True)
class AttachedFile:
    """A file inside the PDF, such as the snapshot that it was made from."""

    name: str
    content: bytes
    description: str


@dataclass(frozen=True)
class Pdf:
    """A finished file. `sha256` is the hash of `content`, in hexadecimal."""

    content: bytes
    pages: int
    sha256: str


@cache
def load_engine() -> Any:
    """WeasyPrint's side of this module; whoever draws first waits for it."""
    return import_module("engagements.documents.engine")


def render_pdf(
    html: str, *, title: str, issued_at: datetime, lang: str = "ja", attachments: Iterable[AttachedFile] = ()
) -> Pdf:
    """Render a document as a tagged PDF (pdf/ua-1) with every font embedded.

    `issued_at` (aware) is written as the file's date; nothing else in it depends on the clock, the process or
    the machine's paths. Raises ForeignAsset when the HTML refers to anything but our own assets, and
    ValueError for a naive `issued_at`.
    """
    pdf: Pdf = load_engine().render_pdf(
        html, title=title, issued_at=issued_at, lang=lang, attachments=attachments
    )
    return pdf


def page_count(html: str) -> int:
    """How many pages the document would have; raises ForeignAsset like ``render_pdf``."""
    return int(load_engine().page_count(html))


def missing_native_parts() -> list[str]:
    """Names of the system parts that documents need and this machine lacks; empty when all are there.

    Without harfbuzz-subset documents still come out, but take six to ten times as long; without the Noto
    faces names are printed in whatever font is left.
    """
    missing = [] if find_library("harfbuzz-subset") else ["libharfbuzz-subset0"]
    return missing + ([] if font_is_installed() else [f"fonts-noto-cjk ({FONT_FAMILY})"])
