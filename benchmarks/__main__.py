"""``make bench``: pages at two sizes of the database, documents against WeasyPrint alone, matching rounds.

Everything is measured in one run on a throwaway database (SQLite in a temporary folder, or a scratch database on the
server of BENCH_DATABASE_URL); figures of different runs or machines are not comparable, ratios within a run are.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SIZES, QUICK_SIZES = (200, 5000), (3, 6)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Pages and documents, measured."
    )
    parser.add_argument(
        "--quick", action="store_true", help="a handful of rows: shows that it runs, not how fast"
    )
    parser.add_argument("--output", type=Path, default=HERE / "results.json", help="where the figures go")
    return parser.parse_args()


def _prepare(folder: str) -> None:
    """Settings of a process of its own; nothing of a running service's environment is used."""
    os.environ["MADOGUCHI_DATA"], os.environ["MADOGUCHI_DEMO"] = folder, "1"
    os.environ["DATABASE_URL"] = os.environ.get("BENCH_DATABASE_URL", "")
    os.environ.pop("REDIS_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    import django

    django.setup()


def _measure(quick: bool) -> dict[str, Any]:
    from django.test.utils import setup_test_environment

    from benchmarks import batch, documents, pages, rounds, surveys, world

    setup_test_environment()
    sizes = QUICK_SIZES if quick else SIZES
    with world.database() as url:
        world.load(quick=quick)
        shown: list[dict[str, Any]] = []
        for size in sizes:
            seconds = world.grow(size)
            print(f"{size} engagements after {seconds:.1f} s", file=sys.stderr, flush=True)
            shown += pages.measure(size, runs=2 if quick else 5, requests=2 if quick else 10)
        printed = documents.measure(url, runs=1 if quick else 5)
        many = batch.measure(url, count=1 if quick else 100)
        walked = surveys.measure(quick=quick)
    solved = rounds.measure(quick=quick)
    return {
        "sizes": list(sizes),
        "pages": shown,
        "documents": printed,
        "batch": many,
        "surveys": walked,
        "rounds": solved,
    }


def main() -> int:
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="madoguchi-bench-") as folder:
        _prepare(folder)
        from django.db import connection

        from benchmarks import table

        found = _measure(asked.quick)
        about = {
            "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "database": connection.vendor,
            "processors": os.cpu_count(),
            "quick": asked.quick,
        }
    asked.output.write_text(json.dumps(about | found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(table.lines(about | found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
