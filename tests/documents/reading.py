"""What a PDF and a page say, for the tests of this room."""

import re
import subprocess

import pdfua
import pikepdf
from django.utils import timezone

from engagements.documents import services
from engagements.documents.builders import Edition, builder_of


def text_of(content, tmp_path, order="-layout"):
    """The text layer as it is laid out; ``-raw``: cell by cell."""
    file = tmp_path / "out.pdf"
    file.write_bytes(content)
    shown = subprocess.run(["pdftotext", order, str(file), "-"], capture_output=True, text=True, check=True)
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


def _elements(node, *kinds):
    if isinstance(node, pikepdf.Array):
        for kid in node:
            yield from _elements(kid, *kinds)
    elif isinstance(node, pikepdf.Dictionary):
        if str(node.get("/S", ""))[1:] in kinds:
            yield node
        yield from _elements(node.get("/K", pikepdf.Array()), *kinds)


def unsound(content, file):
    """What is wrong with a PDF for its readers: what the checker for screen readers finds, and what it does not ask."""
    file.write_bytes(content)
    found = [f"{finding}" for finding in pdfua.validate(str(file)).findings]
    with pikepdf.open(file) as pdf:
        root = pdf.Root
        if str(root.get("/Lang", "")) != "ja" or not root.ViewerPreferences.DisplayDocTitle:
            found.append("language or title is not told")
        if not str(pdf.docinfo.get("/Title", "")):
            found.append("no title")
        with pdf.open_outline() as outline:
            if not list(outline.root):
                found.append("no bookmarks")
        tree = root.StructTreeRoot.K
        found += [
            "a figure without words" for node in _elements(tree, "Figure") if not str(node.get("/Alt", ""))
        ]
        found += ["a heading cell without direction" for node in _elements(tree, "TH") if "/A" not in node]
        for sheet in pdf.pages:
            for font in (sheet.resources.get("/Font") or {}).values():
                descriptor = font.DescendantFonts[0].FontDescriptor
                if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys()):
                    found.append(f"{font.BaseFont} is not embedded")
    return sorted(set(found))
