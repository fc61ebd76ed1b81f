"""solve_matching: the engine on a round's file. No database."""

import math
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from advisors.matching.budget import Budget
from advisors.matching.engine import run_file
from advisors.matching.problem import Fault, Result
from advisors.matching.writing import encode_result
from municipalities.files import write_whole

EXIT = {"OPTIMAL": 0, "FEASIBLE": 0, "INVALID_INPUT": 2, "INFEASIBLE": 3}


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ArgumentTypeError("0以上の秒数を指定してください。")
    return value


class Command(BaseCommand):
    """Always writes the output; the exit code is that of the format. 1 where the output cannot be written."""

    help = "マッチングラウンドのファイル(madoguchi-matching/1)を解きます。データベースは使いません。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--input", required=True, metavar="IN.json", help="ラウンドのファイル")
        parser.add_argument("--output", required=True, metavar="OUT.json", help="結果を書くファイル")
        parser.add_argument(
            "--time-limit", type=_seconds, metavar="SECONDS", help="この秒数で打ち切ります(FEASIBLE)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        result = _run(options["input"], Budget(options["time_limit"]))
        try:
            write_whole(options["output"], encode_result(result))
        except OSError as error:
            self.stderr.write(f"{options['output']}: 書き込めません({error.strerror})。")
            sys.exit(1)
        for fault in result.errors:
            self.stderr.write(" ".join([fault.code, *map(ascii, fault.ids)]))
        if code := EXIT[result.status]:
            sys.exit(code)


def _run(name: str, budget: Budget) -> Result:
    try:
        content = Path(name).read_bytes()
    except OSError:
        return Result("INVALID_INPUT", errors=(Fault("BAD_VALUE"),))
    return run_file(content, budget)
