"""The package that a workbook is: told by its content, unpacked under limits, and packed again with what is read."""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from django.conf import settings

from municipalities.workbooks.refusals import (
    Unreadable,
    locked,
    no_workbook,
    other_kind,
    refuse_cells,
    too_large,
)
from municipalities.workbooks.scan import Attributes, Check, Found, Scan, unruled

#: What the reader of packages raises for one that is broken, encrypted or packed in a way of its own.
UNZIPPING: Final = (
    BadZipFile,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    OverflowError,
    LookupError,
    zlib.error,
)
#: What may be unpacked, and what of it may be kept, as multiples of what may be sent.
UNPACKED: Final = 30
KEPT: Final = 3
#: So many parts a package may have; each is named by these bytes in its directory.
MOST_PARTS: Final = 2_000
PART: Final = b"PK\x01\x02"
CHUNK: Final = 1 << 20
#: Compound files are what Excel makes of a workbook with a password, and what it saved until 2003.
COMPOUND: Final = b"\xd0\xcf\x11\xe0"
#: How whatever Excel saves as a workbook begins.
SIGNS: Final = (COMPOUND, b"PK")
OLD_BOOK: Final = "Workbook".encode("utf-16-le")
ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
BOOK: Final = "xl/workbook.xml"
RELATIONS: Final = "xl/_rels/workbook.xml.rels"
#: Parts without cells.
IDLE: Final = ("docprops/", "customxml/", "xl/theme/", "xl/drawings/", "xl/charts/", "xl/media/", "xl/pivot")


@dataclass(frozen=True, slots=True)
class Opened:
    """``data`` is a package of our own making; ``found`` has each sheet by its name, in the book's order."""

    data: bytes
    found: dict[str, Found]


def opened(data: bytes) -> Opened:
    """Unpack, look through and pack again. Raises ``Unreadable``."""
    if data.startswith(COMPOUND):
        old = OLD_BOOK in data and ENCRYPTED not in data
        raise other_kind(".xls") if old else locked()
    if data.count(PART) > MOST_PARTS:
        raise too_large()
    try:
        with ZipFile(BytesIO(data)) as packed:
            return _Unpacking(packed).done()
    except Unreadable:
        raise
    except UNZIPPING as error:
        raise no_workbook() from error


class _Unpacking:
    """One package. What it says of its size is believed where that is too much, and counted again as it comes out."""

    def __init__(self, packed: ZipFile) -> None:
        self.packed = packed
        self.parts = {item.filename.replace("\\", "/"): item for item in packed.infolist()}
        self.unpacked = self.kept = self.cells = 0

    def done(self) -> Opened:
        self._judge()
        if sum(item.file_size for item in self.parts.values()) > UNPACKED * settings.UPLOAD_MAX_BYTES:
            raise too_large()
        sheets = self._sheets()
        out, found = BytesIO(), dict.fromkeys(sheets.values(), Found())
        with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=1) as made:
            for name, item in self.parts.items():
                if not name.lower().endswith((".xml", ".rels")) or name.lower().startswith(IDLE):
                    continue
                check = Scan(sheets[name]) if name in sheets else Check()
                with made.open(name, "w") as target:
                    for chunk in self._chunks(item, check):
                        target.write(chunk)
                        if isinstance(check, Scan):
                            refuse_cells(self.cells + check.found.cells)
                if isinstance(check, Scan):
                    found[check.sheet] = check.found
                    self.cells += check.found.cells
        return Opened(out.getvalue(), found)

    def _judge(self) -> None:
        if BOOK in self.parts:
            return
        if "content.xml" in self.parts:
            raise other_kind(".ods")
        if "xl/workbook.bin" in self.parts:
            raise other_kind(".xlsb")
        raise no_workbook()

    def _sheets(self) -> dict[str, str]:
        """The name of each sheet by its part, in the order of the tabs."""
        targets = {
            said.get("Id", ""): posixpath.normpath(posixpath.join("/xl", said.get("Target", "")))[1:]
            for said in self._elements(RELATIONS, "Relationship")
            if said.get("Type", "").endswith("/worksheet")
        }
        return {
            targets[rid]: said.get("name", "")
            for said in self._elements(BOOK, "sheet")
            for key, rid in said.items()
            if key.rpartition(":")[2] == "id" and rid in targets
        }

    def _elements(self, name: str, tag: str) -> list[dict[str, str]]:
        if name not in self.parts:
            raise no_workbook()
        met = Attributes(tag)
        for _chunk in self._chunks(self.parts[name], met):
            pass
        return met.met

    def _chunks(self, item: ZipInfo, check: Check) -> Iterator[bytes]:
        pieces = self._unpack(item)
        for chunk in unruled(pieces) if isinstance(check, Scan) else pieces:
            self.kept += len(chunk)
            if self.kept > KEPT * settings.UPLOAD_MAX_BYTES:
                raise too_large()
            check.feed(chunk)
            yield chunk
        check.feed(b"", last=True)

    def _unpack(self, item: ZipInfo) -> Iterator[bytes]:
        with self.packed.open(item) as source:
            while chunk := source.read(CHUNK):
                self.unpacked += len(chunk)
                if self.unpacked > UNPACKED * settings.UPLOAD_MAX_BYTES:
                    raise too_large()
                yield chunk
