"""``manage.py import_ledger FILE.xlsx [--preview]``: running engagements with past dates, all or nothing."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from oversight.ledger.reading import Faulty
from oversight.ledger.services import Report, import_ledger
from workflow import SYSTEM


class Command(BaseCommand):
    """Exit codes: 0 done; 1 refused, a line a fault on stderr and nothing kept; 2 wrong usage."""

    help = "Take in the office's ledger of running engagements."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.xlsx")
        parser.add_argument("--preview", action="store_true", help="show what would change and keep nothing")
        parser.add_argument("--reason", default="", help="why confirmed records are corrected")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            template = _("%(path)s を開けません。場所と権限を確かめてください(%(reason)s)。")
            self._refuse(template % {"path": options["file"], "reason": error.strerror})
        try:
            report = import_ledger(
                data,
                actor=SYSTEM,
                now=timezone.now(),
                keep=not options["preview"],
                reason=options["reason"],
            )
        except Faulty as error:
            self._refuse(*error.fields[""])
        self._tell(report)
        if report.faults:
            self._refuse(*_faults(report), _("直すところがあるため、何も取り込んでいません。"))
        if report.asks_reason and not options["preview"]:
            text = _(
                "町が確認した記録を直すため、何も取り込んでいません。--reason に直す理由を書いてください。"
            )
            self._refuse(text)
        if not report.kept:
            self.stdout.write(_("見ただけで、何も取り込んでいません。"))

    def _tell(self, report: Report) -> None:
        words = {"new": _("新規"), "changed": _("訂正"), "same": _("同じ")}
        for row in report.rows:
            if row.kind in words:
                said = "、".join(row.sentences)
                self.stdout.write(
                    _("%(number)d行目 %(kind)s %(label)s %(said)s")
                    % {"number": row.number, "kind": words[row.kind], "label": row.label, "said": said}
                )
        template = _("新規%(new)d件、訂正%(changed)d件、同じ%(same)d件、直すところのある行%(fault)d件です。")
        self.stdout.write(
            template % {kind: report.counts[kind] for kind in ("new", "changed", "same", "fault")}
        )

    def _refuse(self, *sentences: str) -> NoReturn:
        for sentence in sentences:
            self.stderr.write(sentence)
        sys.exit(1)


def _faults(report: Report) -> list[str]:
    return [
        _("%(number)d行目: %(said)s") % {"number": row.number, "said": sentence}
        for row in report.faults
        for sentence in row.sentences
    ]
