"""``manage.py generate_docs [--check]``: the pages of ``docs/`` that come from the code."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import reference


class Command(BaseCommand):
    help = "Write the generated pages of docs/, or with --check fail when one is stale."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "docs"
        stale = [
            (folder / name, text)
            for name, text in reference.pages().items()
            if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
        ]
        for path, text in stale:
            if options["check"]:
                self.stderr.write(f"docs/{path.name} is stale: run manage.py generate_docs")
            else:
                path.write_text(text, encoding="utf-8")
                self.stdout.write(f"docs/{path.name} written")
        if stale and options["check"]:
            sys.exit(1)
