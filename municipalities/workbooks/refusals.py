"""Why a file can't be taken, as a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: So many cells are named in one sentence.
NAMED = 10
#: Ten times what any list of ours has: 1,741 towns with a hundred columns each.
MOST_CELLS = 200_000


class Unreadable(ValueError):
    """The file is no workbook that can be taken; ``str()`` says what to do."""


def no_workbook() -> Unreadable:
    return Unreadable(_("Excelのファイル(.xlsx)として開けません。Excelで保存し直してください。"))


def refuse_cells(number: int) -> None:
    """Cells with something in them, of all sheets together; empty ones don't count. Raises ``Unreadable``."""
    if number > MOST_CELLS:
        text = _("値の入ったセルが多すぎます。合わせて%(most)d個までです。行やシートを分けてください。")
        raise Unreadable(text % {"most": MOST_CELLS})


def too_large() -> Unreadable:
    return Unreadable(_("ファイルの中身が大きすぎます。行を分けてください。"))


def other_kind(name: str) -> Unreadable:
    text = _(
        "%(name)sの形のファイルです。Excelで開き、「名前を付けて保存」で「Excelブック(*.xlsx)」を選んで保存し直してください。"
    )
    return Unreadable(text % {"name": name})


def locked() -> Unreadable:
    return Unreadable(
        _(
            "パスワードがかかっているため開けません。Excelで開き、「ファイル」「情報」「ブックの保護」"
            "「パスワードを使用して暗号化」の順に選び、パスワードを消して保存してから、もう一度選んでください。"
        )
    )


def broken(sheet: str, cell: str) -> Unreadable:
    """The XML is not well formed; with the cell that was read last, where there is one."""
    where = _("シート「%(sheet)s」の%(cell)sのあたり") % {"sheet": sheet, "cell": cell} if cell else ""
    text = _("ファイルの中身が壊れています%(where)s。Excelで開いて修復し、保存し直してください。")
    return Unreadable(text % {"where": f"({where})" if where else ""})


def far(sheet: str, cell: str) -> Unreadable:
    text = _(
        "シート「%(sheet)s」の%(cell)sに、表から遠く離れた値があります。そのセルの行や列を削除して保存し直してください。"
    )
    return Unreadable(text % {"sheet": sheet, "cell": cell})


def without_values(cells: Sequence[str]) -> Unreadable:
    text = _(
        "%(cells)sの式に、計算した結果が保存されていません。Excelで開いて上書き保存してから、もう一度選んでください。"
    )
    return Unreadable(text % {"cells": listed(cells)})


def unfit_characters(cells: Sequence[str]) -> Unreadable:
    text = _(
        "%(cells)sに、目に見えない制御文字が入っています。そのセルを入れ直すか、CLEAN関数で消してください。"
    )
    return Unreadable(text % {"cells": listed(cells)})


def listed(cells: Sequence[str]) -> str:
    """B2、C4 and, where there are many, how many more."""
    names, rest = "、".join(cells[:NAMED]), len(cells) - NAMED
    if rest <= 0:
        return names
    more = ngettext("%(names)sほか%(rest)dセル", "%(names)sほか%(rest)dセル", rest)
    return more % {"names": names, "rest": rest}
