"""``manage.py import_population FILE [--on DAY] [--preview]``: the ministry's table of residents, all or nothing."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from municipalities.cells import BadCell, read_day
from municipalities.dates import era_date
from municipalities.population_file import Parsed, read
from municipalities.selectors import places
from municipalities.services import PopulationChange, import_population


def _day(text: str) -> date:
    try:
        found = read_day(text)
    except BadCell as refusal:
        raise ArgumentTypeError(str(refusal)) from refusal
    if found is None:
        raise ArgumentTypeError(_("日付を 2026-01-01 の形で書いてください。"))
    return found


class Command(BaseCommand):
    """Exit codes: 0 done; 1 refused or failed, a line a fault on stderr and nothing kept; 2 wrong usage."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.description = _(
            "総務省の人口の表(XLSXかCSV)を団体コードで取り込みます。登録にない区の行は数えません。"
        )
        parser.add_argument("file", type=Path, metavar="FILE", help=_("人口の表(XLSX、CSV)"))
        parser.add_argument(
            "--on", type=_day, metavar="DAY", help=_("人口の基準日。表に書いてあれば要りません")
        )
        parser.add_argument(
            "--preview", action="store_true", help=_("変わるところを見るだけで、取り込まない")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            template = _("%(path)s を開けません。場所と権限を確かめてください(%(reason)s)。")
            self._refuse(template % {"path": options["file"], "reason": error.strerror})
        try:
            self._import(data, options["on"], keep=not options["preview"])
        except DatabaseError as error:
            template = _(
                "データベースを使えません。接続と、migrate が済んでいるかを確かめてください(%(reason)s)。"
            )
            self._refuse(template % {"reason": " ".join(str(error).split())})

    def _import(self, data: bytes, on: date | None, *, keep: bool) -> None:
        parsed = read(data, places(), day=on)
        if parsed.faults:
            self.stdout.write(_("直すところがあるため、何も取り込んでいません。"))
            self._refuse(*map(str, parsed.faults))
        day = parsed.day
        if day is None or day > timezone.localdate():
            self._refuse(_("基準日が今日より後です。--on で正しい日を付けてください。"))
        changes = import_population(parsed.rows, day=day, keep=keep)
        self._tell(parsed, day, changes, keep=keep)

    def _tell(self, parsed: Parsed, day: date, changes: list[PopulationChange], *, keep: bool) -> None:
        """Every change in a preview; once it is done, those that move a town into another band of size."""
        for change in changes:
            if not keep or change.old_band != change.new_band:
                self.stdout.write(_line(change))
        counts = {
            "day": era_date(day, weekday=False),
            "rows": len(parsed.rows),
            "changed": len(changes),
            "bands": sum(change.old_band != change.new_band for change in changes),
            "wards": parsed.wards,
        }
        template = _(
            "%(day)sの人口 %(rows)d件、うち変わるもの%(changed)d件(規模の区分が変わる市区町村%(bands)d件)。"
            "政令市の区など%(wards)d行は読みません。"
        )
        self.stdout.write(template % counts)
        if not keep:
            self.stdout.write(_("見ただけで、何も取り込んでいません。"))

    def _refuse(self, *sentences: str) -> NoReturn:
        for sentence in sentences:
            self.stderr.write(sentence)
        sys.exit(1)


def _line(change: PopulationChange) -> str:
    old = _("不明") if change.old is None else f"{change.old:,}"
    shown = {"code": change.code, "town": change.full_name, "old": old, "new": f"{change.new:,}"}
    said = _("%(code)s %(town)s %(old)s → %(new)s") % shown
    if change.old_band == change.new_band:
        return said
    bands = {"old": change.old_band or _("不明"), "new": change.new_band}
    return said + _("(規模の区分 %(old)s → %(new)s)") % bands
