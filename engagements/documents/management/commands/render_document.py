"""``manage.py render_document KIND ID --output FILE.pdf`` and ``… KIND --list``."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.documents import services
from engagements.documents.builders import builder_of, kinds
from engagements.documents.models import Document, DocumentKind
from workflow.errors import DoorError

BLANK = "blank"
FAILED, USAGE = 1, 2


class Command(BaseCommand):
    """Exit codes: 0 written; 1 it can't be drawn; 2 the command line asks for what does not exist."""

    help = "Write a document as a PDF, or list the numbers that have one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", metavar="KIND", help="one of: " + ", ".join(kinds()))
        parser.add_argument(
            "id", metavar="ID", nargs="?", help="the number shown to people; for application also: blank"
        )
        parser.add_argument("--output", type=Path, metavar="FILE", help="the PDF to write")
        parser.add_argument(
            "--list", action="store_true", help="the numbers that can be written, with titles"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kind, output = options["kind"], options["output"]
        if kind not in kinds():
            shown = {"kind": kind, "kinds": "、".join(kinds())}
            self.refuse(
                _("「%(kind)s」という文書はありません。%(kinds)s から選んでください。") % shown, USAGE
            )
        try:
            if options["list"]:
                self.stdout.write(listing(kind), ending="")
                return
            if not options["id"] or not output:
                self.refuse(
                    _("番号と --output ファイル名を付けてください。番号は --list で見られます。"), USAGE
                )
            self.write(output, self.content(kind, options["id"]))
        except DoorError as error:
            self.refuse(str(error), FAILED)
        except DatabaseError as error:
            why = str(error).partition("\n")[0]
            self.refuse(
                _("データベースを読めません。準備が済んでいるかご確認ください(%(why)s)。") % {"why": why},
                FAILED,
            )

    def content(self, kind: str, reference: str) -> bytes:
        """The issued file where today's content has one, else a fresh drawing of today's content."""
        now = timezone.now()
        if kind == DocumentKind.APPLICATION and reference == BLANK:
            return services.blank_application(timezone.localdate()).content
        subject = builder_of(kind).subjects().filter(reference=reference).first()
        if subject is None:
            self.refuse(_("%(id)s はありません。番号は --list で見られます。") % {"id": reference}, USAGE)
        snapshot = services.snapshot_of(kind, subject, now)
        latest = services.latest_of(kind, reference)
        if latest is None or latest.snapshot != snapshot:
            version = latest.version + 1 if latest else 1
            return services.draw(kind, snapshot, version=version, issued_at=now).content
        if latest.progress == Document.Progress.READY and services.file_path(latest).is_file():
            return services.file_path(latest).read_bytes()
        return services.draw(kind, snapshot, version=latest.version, issued_at=latest.requested_at).content

    def write(self, path: Path, content: bytes) -> None:
        try:
            path.write_bytes(content)
        except OSError as error:
            shown = {"path": path, "why": error.strerror}
            self.refuse(_("%(path)s に書けません。書ける場所を指定してください(%(why)s)。") % shown, USAGE)

    def refuse(self, sentence: str, code: int) -> NoReturn:
        self.stderr.write(sentence)
        sys.exit(code)


def listing(kind: str) -> str:
    """A line for each document that can be written: number, tab, title."""
    builder = builder_of(kind)
    subjects = builder.subjects().order_by("pk")
    return "".join(
        f"{subject.reference}\t{_title(builder.name_of(subject), subject.reference)}\n"
        for subject in subjects
    )


def _title(name: str, reference: str) -> str:
    return " ".join(name.removeprefix(reference).split())
