"""An issued document once more as a Word file to edit: the same words, from the same snapshot.

Plots become their alternative text: a picture can't be edited, and every figure of theirs stands in a table beside it.
What was agreed to is the PDF alone; the file says so on its first page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from docx import Document as Word
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table as WordTable

from engagements.documents import blocks
from engagements.documents.builders import Edition, Snapshot
from engagements.documents.builders.paper import sheet
from engagements.documents.parts import Fact, Judge, Plot, Sheet, Table
from municipalities.text import printable

#: In every Japanese Word; without it, Word mixes fonts within one line.
FONT = "游ゴシック"
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def has_word(snapshot: Snapshot) -> bool:
    """Whether this document is made of chapters; the one-page papers are laid out by hand and have no Word file."""
    return "chapters" in snapshot


def as_word(snapshot: Snapshot, edition: Edition) -> bytes:
    """The file. Raises ``ValueError`` for a document that is not made of chapters."""
    if not has_word(snapshot):
        raise ValueError(snapshot.get("title"))
    about = sheet(snapshot, edition)
    made: WordDocument = Word()
    _set_up(made, about)
    _front(made, about)
    for chapter in blocks.printed(snapshot["chapters"]):
        made.add_heading(_clean(chapter["heading"]), level=1)
        for block in chapter["blocks"]:
            _WRITERS[block["kind"]](made, block["part"])
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def _clean(value: Any) -> str:
    """Text as XML can hold it; names keep their glyphs and variation selectors."""
    return printable("" if value is None else str(value))


def _set_up(made: WordDocument, about: Sheet) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Caption"):
        style: Any = made.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    made.styles["Normal"].font.size = Pt(10.5)
    made.core_properties.title = _clean(about.title)
    made.core_properties.author = _clean(about.sender or about.body_name)
    made.core_properties.language = "ja-JP"
    section.footer.paragraphs[0].text = _clean(about.running)


def _front(made: WordDocument, about: Sheet) -> None:
    for line in (about.form_number, about.own_number, about.number, about.date, about.sender):
        if line:
            made.add_paragraph(_clean(line)).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if about.addressee:
        made.add_paragraph(_clean(about.addressee))
    made.add_heading(_clean(about.heading), level=0)
    if about.demo:
        made.add_paragraph(_("架空のデータ"))
    if about.motto:
        made.add_paragraph().add_run(_clean(about.motto)).bold = True
    _facts(made, about.gist)
    if about.content_hash:
        said = _("編集用の写しです。承認やお答えの対象は、内容の照合値 %(hash)s のPDFです。")
        _small(made, said % {"hash": about.content_hash})


def _small(made: WordDocument, words: Any) -> None:
    made.add_paragraph().add_run(_clean(words)).font.size = Pt(9)


def _text(made: WordDocument, part: Any) -> None:
    made.add_paragraph(_clean(part["text"]))


def _note(made: WordDocument, part: Any) -> None:
    _small(made, part["text"])


def _call(made: WordDocument, part: Any) -> None:
    framed = made.add_paragraph()
    framed.add_run(_clean(part["strong"])).bold = True
    framed.add_run(_clean(part["text"]))


def _heading(made: WordDocument, part: Any) -> None:
    made.add_heading(_clean(part["text"]), level=2)


def _grid(made: WordDocument, rows: int, columns: int) -> WordTable:
    table: WordTable = made.add_table(rows=rows, cols=columns)
    table.style = made.styles["Table Grid"]
    return table


def _next(table: WordTable) -> Any:
    """The cells of a new row."""
    return table.add_row().cells  # type: ignore[no-untyped-call]  # python-docx declares it half


def _facts(made: WordDocument, facts: Iterable[Fact]) -> None:
    rows = list(facts)
    if not rows:
        return
    table = _grid(made, 0, 2)
    for fact in rows:
        label, value = _next(table)
        label.paragraphs[0].add_run(_clean(fact.label)).bold = True
        value.text = _clean(fact.hint or fact.value) or _("記入なし")
    made.add_paragraph()


def _table(made: WordDocument, part: Table) -> None:
    if part.caption:
        made.add_paragraph(_clean(part.caption), style="Caption")
    table = _grid(made, 1, len(part.columns))
    for head, column in zip(table.rows[0].cells, part.columns, strict=True):
        head.paragraphs[0].add_run(_clean(column.label)).bold = True
    _repeat(table)
    for row in part.rows:
        for target, cell in zip(_next(table), row, strict=True):
            target.text = _clean(cell.text) or part.unknown or _("記入なし")
            if cell.column.numeric:
                target.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.add_paragraph()


def _repeat(table: WordTable) -> None:
    """The heading row stands again on every page, and is read as one."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)  # noqa: SLF001  (python-docx has no word for it)


def _plot(made: WordDocument, part: Plot) -> None:
    made.add_paragraph(_clean(part.caption), style="Caption")
    found = TITLE.search(str(part.svg))
    made.add_paragraph(_clean(html.unescape(found[1])) if found else "")
    if part.note:
        _small(made, part.note)


def _judge(made: WordDocument, part: Judge) -> None:
    made.add_heading(_clean(part.heading), level=2)
    _facts(made, part.facts)
    made.add_paragraph(
        "  ".join(f"{'■' if choice.taken else '□'} {_clean(choice.label)}" for choice in part.choices)
    )
    if part.condition:
        made.add_paragraph(_clean(_("条件・理由 %(condition)s") % {"condition": part.condition}))


def _sign(made: WordDocument, part: Any) -> None:
    line = _("%(year)s　月　日　　%(title)s") % {"year": part["era_year"], "title": part["title"]}
    made.add_paragraph(_clean(line)).alignment = WD_ALIGN_PARAGRAPH.RIGHT


_WRITERS: dict[str, Callable[[WordDocument, Any], None]] = {
    "text": _text,
    "note": _note,
    "call": _call,
    "heading": _heading,
    "facts": _facts,
    "boxes": _facts,
    "table": _table,
    "judge": _judge,
    "sign": _sign,
    **dict.fromkeys(sorted(blocks.FIGURES), _plot),
}
