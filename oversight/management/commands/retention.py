"""``manage.py retention [--dry-run]``: what the retention table says goes, in small steps, with an event."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from workflow import retention


class Command(BaseCommand):
    help = "Deletes or blanks what docs/retention.md says is kept no longer; --dry-run only counts it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        counts = retention.due(now) if options["dry_run"] else retention.carry_out(now)[0]
        for rule in retention.table():
            would = "would be " if options["dry_run"] else ""
            self.stdout.write(
                f"{rule.name}: {counts.get(rule.name, 0)} {would}{rule.done} (kept {rule.kept})"
            )
