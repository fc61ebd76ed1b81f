"""``manage.py restore FILE [--force]``: an archive of ``backup`` in the place of this installation's data."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from config.backups import Refused, restoring


class Command(BaseCommand):
    """Exit codes: 0 done; 1 refused and nothing changed, a line a fault on stderr; 2 wrong usage."""

    help = "Put an archive of backup in the place of this installation's data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--force", action="store_true", help="replace the data that is here")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            said = restoring.restore(options["file"].absolute(), force=options["force"], now=timezone.now())
        except Refused as error:
            for sentence in error.sentences:
                self.stderr.write(sentence)
            self.stderr.write(_("何も変えていません。"))
            sys.exit(1)
        self.stdout.write(_("控えを戻しました: %(path)s。") % {"path": options["file"]})
        for sentence in said:
            self.stderr.write(sentence)
