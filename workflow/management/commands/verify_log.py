"""``manage.py verify_log [--digest FILE] [--renew-seals]``: exit 1 and every broken or missing stream named."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from workflow import SYSTEM, audit
from workflow.models import StreamHead


class Command(BaseCommand):
    help = "Walk every stream of the log and hold it against the latest signed digest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--digest", type=Path, help="a digest file; default: the latest of this installation"
        )
        parser.add_argument(
            "--renew-seals",
            action="store_true",
            help="after SECRET_KEY has changed: seal a log that is whole otherwise",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["renew_seals"]:
            self.finish(audit.renew_seals(SYSTEM, timezone.now()))
            return
        path = options["digest"] or audit.latest_digest()
        try:
            digest = audit.read_digest(path) if path else None
        except ValueError as error:
            self.stderr.write(str(error))
            sys.exit(1)
        self.finish(audit.faults(digest))

    def finish(self, faults: list[str]) -> None:
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            sys.exit(1)
        self.stdout.write(_("記録は揃っています(%(count)d本)。") % {"count": StreamHead.objects.count()})
