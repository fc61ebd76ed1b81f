"""Excel files that people send: the rows of the first sheet, or the sentence that says why not."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

#: What a file may hold once it is unpacked, as a multiple of what may be sent.
UNPACKED = 20


class Unreadable(ValueError):
    """The file is no workbook that can be taken; ``str()`` says what to do."""


def rows_of(data: bytes, most: int) -> list[Sequence[Any]]:
    """The values of the first sheet, row by row, at most ``most`` rows below the first. Raises ``Unreadable``.

    Judged by content: a name says nothing, and a small file that unpacks into a large one is refused before it is.
    """
    if len(data) > settings.UPLOAD_MAX_BYTES:
        raise Unreadable(_("ファイルが大きすぎます。行を分けてください。"))
    try:
        with ZipFile(BytesIO(data)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > UNPACKED * settings.UPLOAD_MAX_BYTES:
            raise Unreadable(_("ファイルの中身が大きすぎます。行を分けてください。"))
        book = load_workbook(BytesIO(data), read_only=True, data_only=True)
        found: list[Sequence[Any]] = list(book.worksheets[0].iter_rows(max_row=most + 2, values_only=True))
    except Unreadable:
        raise
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as error:
        raise Unreadable(
            _("Excelのファイル(.xlsx)として開けません。Excelで保存し直してください。")
        ) from error
    if len(found) > most + 1:
        raise Unreadable(_("%(most)d行までです。ファイルを分けてください。") % {"most": most})
    return found
