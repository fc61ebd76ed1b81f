"""Workbooks written by hand, part by part: what programs other than Excel put into them."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="46"/></cellXfs>'


def workbook(*rows: object) -> bytes:
    """A workbook of one sheet, as openpyxl writes it."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def package(
    rows: str,
    *,
    before: str = "",
    after: str = "",
    sheets: Mapping[str, str] | None = None,
    main: str = MAIN,
    office: str = OFFICE,
    book: str = "",
    more: Mapping[str, str] | None = None,
    packed: int = ZIP_DEFLATED,
) -> bytes:
    """The first sheet's rows as XML; ``sheets`` are further ones by their attributes: ``name="控え" state="hidden"``."""
    bodies = {'name="表"': f"{before}<sheetData>{rows}</sheetData>{after}"}
    bodies |= {said: f"<sheetData>{body}</sheetData>" for said, body in (sheets or {}).items()}
    tabs = "".join(
        f'<sheet {said} sheetId="{number}" r:id="rId{number}"/>'
        for number, said in enumerate(bodies, start=1)
    )
    targets = "".join(
        f'<Relationship Id="rId{number}" Type="{office}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(bodies) + 1)
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">{book}<sheets>{tabs}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{targets}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{STYLES}</styleSheet>',
    }
    for number, body in enumerate(bodies.values(), start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{main}">{body}</worksheet>'
    file = BytesIO()
    with ZipFile(file, "w", packed) as made:
        for name, text in (parts | dict(more or {})).items():
            made.writestr(name, text)
    return file.getvalue()


def text(reference: str, words: str) -> str:
    """A cell with its words in it."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{words}</t></is></c>'
