"""What a PDF and a page say, for the tests of this room."""

import re
import subprocess

from django.utils import timezone

from engagements.documents import services
from engagements.documents.builders import Edition, builder_of


def text_of(content, tmp_path):
    """The text layer, without the spaces that a layout puts in."""
    file = tmp_path / "out.pdf"
    file.write_bytes(content)
    shown = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
    )
    return shown.stdout


def snapshot_of(kind, subject):
    return services.snapshot_of(kind, subject, timezone.now())


def page_of(kind, snapshot):
    """The document's HTML as it is drawn from the snapshot alone."""
    edition = Edition(2, timezone.now(), services.content_hash(snapshot))
    return builder_of(kind).html(snapshot, edition)


def words(html):
    """The text between the tags, entities left as they are."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def blocks_of(snapshot, anchor, kind=""):
    (chapter,) = [chapter for chapter in snapshot["chapters"] if chapter["anchor"] == anchor]
    return [block for block in chapter["blocks"] if block["block"] == kind or not kind]
