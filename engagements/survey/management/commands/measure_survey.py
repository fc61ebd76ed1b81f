"""measure_survey: the measures of a survey file, and its effect against an earlier one. No database."""

import os
import secrets
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from engagements.survey.measures import (
    Fault,
    Survey,
    SurveyFaults,
    encode,
    measure_survey,
    printable,
    read_survey,
)


class Command(BaseCommand):
    """Writes the measures, or exits with 1, a line a fault on stderr, and nothing written."""

    help = (
        "窓口利用体験調査のファイル(madoguchi-survey/1)から測定結果を計算します。データベースは使いません。"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--input", required=True, metavar="IN.json", help="調査のファイル")
        parser.add_argument("--before", metavar="EARLIER.json", help="比べる前回の調査のファイル")
        parser.add_argument("--output", required=True, metavar="OUT.json", help="測定結果を書くファイル")

    def handle(self, *_args: Any, **options: Any) -> None:
        faults: list[Fault] = []
        survey = _read(options["input"], "", faults)
        before = _read(options["before"], "before: ", faults) if options["before"] is not None else None
        if survey is not None and not faults:
            _write(options["output"], encode(measure_survey(survey, before)), faults)
        for fault in faults:
            self.stderr.write(str(fault))
        if faults:
            sys.exit(1)


def _read(name: str, prefix: str, faults: list[Fault]) -> Survey | None:
    try:
        return read_survey(Path(name).read_bytes(), prefix=prefix)
    except SurveyFaults as refused:
        faults += refused.faults
    except OSError as error:
        faults.append(Fault(prefix + printable(name), "unreadable_file", {"reason": error.strerror}))
    return None


def _write(name: str, content: bytes, faults: list[Fault]) -> None:
    # The real path, so that a link keeps pointing at the file that is replaced.
    target = Path(os.path.realpath(name))
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)  # a device or a pipe cannot be replaced; a directory is refused here
        else:
            _replace(target, content)
    except OSError as error:
        faults.append(Fault(printable(name), "unwritable_file", {"reason": error.strerror}))


def _replace(target: Path, content: bytes) -> None:
    """Put the content in place all at once: a reader sees the old file or the new one, never a part."""
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
