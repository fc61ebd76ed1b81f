"""The cells of a registry file: from text to values, or to a sentence that says how to mend the cell."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from .codes import check_digit, is_valid_code
from .kinds import Kind

PREFECTURE = "prefecture"
KINDS = (PREFECTURE, *Kind.values)
MAX_POPULATION = 2_147_483_647
MAX_LENGTH = 50
STEP = Decimal("0.0001")
DECIMAL = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class UnfitCellError(ValueError):
    """A cell that can't be read; its text is the sentence for the person who mends the file."""


def shown(cell: str) -> str:
    """The cell as it can stand in a message of one line: no control characters, at most 40 characters."""
    return "".join(char if char.isprintable() else "·" for char in cell[:40])


def code(cell: str) -> str:
    """A six-digit code whose check digit fits."""
    if is_valid_code(cell):
        return cell
    if re.fullmatch(r"[0-9]{6}", cell):
        return _refuse(
            _("code「%(cell)s」は検査数字が合いません(%(right)s なら合います)。番号を確かめてください。"),
            cell,
            right=cell[:5] + check_digit(cell[:5]),
        )
    if re.fullmatch(r"[0-9]{5}", cell):
        return _refuse(
            _("code「%(cell)s」は5桁です。先頭の0を補うか、検査数字を付けて6桁にしてください。"), cell
        )
    return _refuse(_("code「%(cell)s」は番号として読めません。半角数字6桁で書いてください。"), cell)


def label(cell: str) -> str:
    """A name or its kana, kept exactly as written."""
    if not cell.strip():
        raise UnfitCellError(_("prefecture、name、kana に空欄があります。書き入れてください。"))
    if cell != cell.strip():
        return _refuse(_("「%(cell)s」の前後の空白を消してください。"), cell)
    if any(unicodedata.category(char) == "Cc" for char in cell):
        return _refuse(_("「%(cell)s」に改行などの制御文字があります。消してください。"), cell)
    if len(cell) > MAX_LENGTH:
        return _refuse(_("「%(cell)s」は長すぎます。%(limit)d字までにしてください。"), cell, limit=MAX_LENGTH)
    return cell


def kind(cell: str) -> str:
    """One of the kinds of the registry."""
    if cell in KINDS:
        return cell
    return _refuse(
        _("kind「%(cell)s」はありません。%(kinds)s のどれかにしてください。"), cell, kinds=", ".join(KINDS)
    )


def degrees(limit: int, column: str) -> Callable[[str], Decimal | None]:
    """A reader of degrees from -limit to limit, rounded to four decimals; empty is None."""

    def read(cell: str) -> Decimal | None:
        if not cell:
            return None
        if not DECIMAL.fullmatch(cell) or abs(Decimal(cell)) > limit:
            template = _(
                "%(column)s「%(cell)s」は使えません。-%(limit)d から %(limit)d の半角の数で書いてください。"
            )
            return _refuse(template, cell, column=column, limit=limit)
        # Adding zero turns -0.0000 into 0.0000, so that a dump is written the same way again.
        return Decimal(cell).quantize(STEP) + 0

    return read


def population(cell: str) -> int | None:
    """A number of residents; empty is None (unknown)."""
    if not cell:
        return None
    if not re.fullmatch(r"[0-9]{1,10}", cell) or int(cell) > MAX_POPULATION:
        return _refuse(
            _("population「%(cell)s」は使えません。桁区切りのない半角数字で書いてください。"), cell
        )
    return int(cell)


def day(cell: str) -> date | None:
    """A date as YYYY-MM-DD; empty is None."""
    if not cell:
        return None
    try:
        if DATE.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    return _refuse(_("日付「%(cell)s」は読めません。2026-04-01 の形で、暦にある日を書いてください。"), cell)


def successor(cell: str) -> str | None:
    """The code of the municipality that took this one over; empty is None."""
    return code(cell) if cell else None


def _refuse(template: str, cell: str, **values: object) -> NoReturn:
    raise UnfitCellError(template % {"cell": shown(cell), **values})


CONVERTERS: dict[str, Callable[[str], Any]] = {
    "code": code,
    "prefecture": label,
    "name": label,
    "kana": label,
    "kind": kind,
    "lat": degrees(90, "lat"),
    "lon": degrees(180, "lon"),
    "population": population,
    "valid_from": day,
    "valid_to": day,
    "merged_into": successor,
}
