"""``manage.py import_advisors FILE.xlsx [--preview]``: advisors certified before the service was used, all or nobody."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.taking_in import Report
from advisors.intake import Faulty, import_advisors
from workflow.actors import SYSTEM


class Command(BaseCommand):
    """Exit codes: 0 done; 1 refused, a line a fault on stderr and nothing kept; 2 wrong usage."""

    help = "Take in advisors with their certificates, commissions and employers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.xlsx")
        parser.add_argument("--preview", action="store_true", help="show what would change and keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            template = _("%(path)s を開けません。場所と権限を確かめてください(%(reason)s)。")
            self._refuse(template % {"path": options["file"], "reason": error.strerror})
        try:
            report = import_advisors(data, actor=SYSTEM, now=timezone.now(), keep=not options["preview"])
        except Faulty as error:
            self._refuse(*error.fields[""])
        self._tell(report)
        if report.faults:
            self._refuse(*_faults(report), _("直すところがあるため、だれも登録していません。"))
        if not report.kept:
            self.stdout.write(_("見ただけで、だれも登録していません。"))

    def _tell(self, report: Report) -> None:
        words = {"new": _("新規"), "changed": _("追加"), "same": _("同じ")}
        for row in report.rows:
            if row.kind in words:
                said = "、".join(row.sentences)
                self.stdout.write(
                    _("%(number)d行目 %(kind)s %(label)s %(said)s")
                    % {"number": row.number, "kind": words[row.kind], "label": row.label, "said": said}
                )
        template = _("新規%(new)d人、追加%(changed)d人、同じ%(same)d人、直すところのある行%(fault)d件です。")
        self.stdout.write(
            template % {kind: report.counts[kind] for kind in ("new", "changed", "same", "fault")}
        )

    def _refuse(self, *said: str) -> NoReturn:
        for sentence in said:
            self.stderr.write(sentence)
        sys.exit(1)


def _faults(report: Report) -> list[str]:
    template = _("%(number)d行目 %(label)s: %(said)s")
    return [
        template % {"number": row.number, "label": row.label, "said": said}
        for row in report.faults
        for said in row.sentences
    ]
