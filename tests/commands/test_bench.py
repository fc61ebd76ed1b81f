"""``make bench``: one table, and the same figures as JSON. How fast it is stands in no test."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.processes import ROOT, environment
from tools.prepared import VARIABLE

pytestmark = pytest.mark.long

SIZES = [3, 6]
PAGES = {
    "home: town",
    "home: advisor",
    "home: secretariat",
    "home: plain list",
    "engagement list: open",
    "engagement list: all",
}
#: The migrated file of the suite, where there is one: migrating is not measured.
SUITE = {key: os.environ[key] for key in (VARIABLE,) if key in os.environ}
SPREAD = {"min", "median", "max"}


def test_a_quick_run_prints_a_table_and_writes_every_figure(tmp_path: Path) -> None:
    output = tmp_path / "results.json"
    order = [sys.executable, "-m", "benchmarks", "--quick", "--output", str(output)]
    done = subprocess.run(
        order, cwd=ROOT, env=environment(**SUITE), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(output.read_text(encoding="utf-8"))
    assert found["quick"] is True
    assert found["sizes"] == SIZES
    assert {(row["size"], row["page"]) for row in found["pages"]} == {
        (size, page) for size in SIZES for page in PAGES
    }
    assert all(0 < row["queries"] < 30 for row in found["pages"])
    assert all(
        set(row["requests_per_second"]) == set(row["milliseconds"]) == SPREAD for row in found["pages"]
    )
    assert [row["document"] for row in found["documents"]] == [
        "reform-plan: warm",
        "reform-plan: cold process",
    ]
    for row in found["documents"]:
        assert set(row["render_document_seconds"]) == set(row["weasyprint_seconds"]) == SPREAD
        assert row["ratio"] > 0
    many = found["batch"]
    assert (many["documents"], many["processes"]) == (1, 2)
    assert min(many["workers_seconds"], many["weasyprint_seconds"], many["ratio"]) > 0
    archive, page, one, full = found["surveys"]
    assert archive["ratio"] > 0
    assert 0 < page["gzipped"] < page["bytes"]
    assert set(one["milliseconds"]) == set(full["milliseconds"]) == SPREAD
    yardstick, *rounds = found["rounds"]
    assert yardstick["ratio"] == 1.0
    assert [row["round"] for row in rounds] == [
        "30 x 15 fresh total",
        "30 x 15 fresh maxmin",
        "30 x 15 rematch total",
    ]
    assert all(row["status"] == "OPTIMAL" and row["seconds"] > 0 < row["megabytes"] for row in rounds)
    assert all(page in done.stdout for page in PAGES)
    assert "ratio" in done.stdout
