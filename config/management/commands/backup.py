"""``manage.py backup FILE``: database, uploads, documents and digests in one archive, also while the service runs."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from config.backups import Refused, making


class Command(BaseCommand):
    """Exit codes: 0 done; 1 refused, or made but a file is missing that a row names, a line a fault; 2 wrong usage."""

    help = "Write database, uploads, documents and digests into one archive."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = making.make(options["file"].absolute(), now=timezone.now())
        except Refused as error:
            for sentence in error.sentences:
                self.stderr.write(sentence)
            sys.exit(1)
        self.stdout.write(
            _("控えを作りました: %(path)s(ファイル%(files)d件、%(size)d KB)。")
            % {"path": options["file"], "files": made.files, "size": -(-made.size // 1024)}
        )
        for fault in made.faults:
            self.stderr.write(fault)
        if made.faults:
            sys.exit(1)
