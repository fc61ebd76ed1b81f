"""`manage.py import_registry [FILE]` and `manage.py import_registry --dump OUT.csv`."""

import sys
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from municipalities.registry_file import read, write
from municipalities.selectors import known, registry_rows
from municipalities.services import import_registry

PACKAGED = Path(__file__).resolve().parent.parent.parent / "data" / "registry.csv"


class Command(BaseCommand):
    """Exit codes: 0 done; 1 refused or failed, a line a fault on stderr; 2 wrong usage."""

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE or --dump, not both."""
        parser.description = _(
            "自治体の表(CSV)を取り込みます。ファイルを書かなければ、同梱の表を取り込みます。"
        )
        which = parser.add_mutually_exclusive_group()
        which.add_argument("file", nargs="?", type=Path, metavar="FILE", help=_("取り込む表(CSV、UTF-8)"))
        which.add_argument(
            "--dump", type=Path, metavar="OUT.csv", help=_("登録されている内容をこのファイルに書き出す")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Imports or dumps; leaves by SystemExit(1) after its sentences when it can't."""
        try:
            if options["dump"]:
                self._dump(options["dump"])
            else:
                self._import(options["file"] or PACKAGED)
        except OSError as error:
            template = _("%(path)s を開けません。場所と権限を確かめてください(%(reason)s)。")
            self._refuse(template % {"path": error.filename, "reason": error.strerror})
        except DatabaseError as error:
            template = _(
                "データベースを使えません。接続と、migrate が済んでいるかを確かめてください(%(reason)s)。"
            )
            self._refuse(template % {"reason": " ".join(str(error).split())})

    def _dump(self, target: Path) -> None:
        rows = list(registry_rows())
        target.write_bytes(write(rows))
        self.stdout.write(_("%(count)d件を書き出しました: %(path)s") % {"count": len(rows), "path": target})

    def _import(self, source: Path) -> None:
        parsed = read(source.read_bytes(), known())
        if parsed.faults:
            self.stdout.write(_("直すところがあるため、何も取り込んでいません。"))
            self._refuse(*map(str, parsed.faults))
        counts = vars(import_registry(parsed.rows, today=timezone.localdate()))
        self.stdout.write(", ".join(f"{outcome} {count}" for outcome, count in counts.items()))
        template = _("追加 %(added)d件、変更 %(changed)d件、編入 %(merged)d件、廃止 %(retired)d件です。")
        self.stdout.write(template % counts)

    def _refuse(self, *sentences: str) -> NoReturn:
        for sentence in sentences:
            self.stderr.write(sentence)
        sys.exit(1)
