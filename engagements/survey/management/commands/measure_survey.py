"""measure_survey: the measures of a survey file, and its effect against an earlier one. No database."""

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
from municipalities.files import write_whole


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
    try:
        write_whole(name, content)
    except OSError as error:
        faults.append(Fault(printable(name), "unwritable_file", {"reason": error.strerror}))
