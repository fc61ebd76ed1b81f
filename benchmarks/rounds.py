"""Matching rounds of four sizes, from reading the file to writing the answer, beside one pass over all distances.

``python -m benchmarks.rounds solve IN OUT`` and ``python -m benchmarks.rounds yardstick TOWNS ADVISORS`` are the
measured processes: each prints its seconds and the peak of its memory in MB.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CHUNK = 500
MONTHS = range(1, 13)
WEIGHTS = {"expertise": 4, "preference": 3, "size": 1, "distance": 1, "continuity": 1}


@dataclass(frozen=True)
class Case:
    """A round to make: ``reach`` lists the distances (km) that advisors travel."""

    towns: int
    advisors: int
    reach: tuple[int, ...]
    mode: str = "fresh"
    fairness: str = "total"

    @property
    def name(self) -> str:
        return f"{self.towns:,} x {self.advisors:,} {self.mode} {self.fairness}"


WIDE, USUAL, CLOSE = (100, 300, 600, 2000), (75, 115, 170), (200, 250, 290)
KINDS = (("fresh", "total"), ("fresh", "maxmin"), ("rematch", "total"))
CASES = tuple(
    Case(towns, advisors, reach, *kind)
    for towns, advisors, reach in (
        (30, 15, WIDE),
        (300, 150, WIDE),
        (1788, 500, WIDE),
        (20_000, 5_000, USUAL),
        (20_000, 5_000, CLOSE),
    )
    for kind in KINDS
)
QUICK_CASES = CASES[:3]


def make(case: Case, seed: int = 1) -> dict[str, Any]:
    """The same invented round for the same case: places scattered over an area like Japan's."""
    dice = random.Random(seed)
    homes = [(dice.randint(260_000, 440_000), dice.randint(1_280_000, 1_450_000)) for _ in range(1741)]
    towns = [_town(dice, number, homes, case.advisors) for number in range(case.towns)]
    advisors = [_advisor(dice, number, homes, case.reach) for number in range(case.advisors)]
    lenders = [{"code": f"{code:06d}", "max_lent": dice.randint(2, 8), "lent": 0} for code in range(800)]
    nothing: list[list[str]] = []
    return {
        "format": "madoguchi-matching/1",
        "round": {"id": "bench", "start": "2026-05-01", "end": "2026-12-31", "months": list(range(4, 13))},
        "params": {"mode": case.mode, "fairness": case.fairness, "sessions": 3, "weights": WEIGHTS},
        "towns": towns,
        "advisors": advisors,
        "employers": lenders,
        "conflicts": nothing,
        "declined": nothing,
        "forbidden": nothing,
        "history": [[dice.choice(towns)["id"], dice.choice(advisors)["id"]] for _ in range(case.towns // 10)],
        "locked": nothing,
        "existing": [],
    }


def _place(dice: random.Random, homes: list[tuple[int, int]]) -> tuple[str, int, int]:
    code = dice.randrange(len(homes))
    lat, lon = homes[code]
    return f"{code:06d}", lat + dice.randint(-500, 500), lon + dice.randint(-500, 500)


def _months(dice: random.Random) -> list[int]:
    return sorted(dice.sample(MONTHS, dice.randint(6, 10)))


def _tags(dice: random.Random, most: int) -> list[str]:
    return [f"tag{tag}" for tag in dice.sample(range(14), dice.randint(1, most))]


def _town(dice: random.Random, number: int, homes: list[tuple[int, int]], advisors: int) -> dict[str, Any]:
    code, lat, lon = _place(dice, homes)
    return {
        "id": f"T{number:05d}",
        "municipality": code,
        "lat_e4": lat,
        "lon_e4": lon,
        "band": dice.randint(1, 6),
        "wants": _tags(dice, 5),
        "preferred": [f"A{dice.randrange(advisors):05d}"] if dice.random() < 0.5 else [],
        "months": _months(dice),
        "mode": "onsite" if dice.random() < 0.9 else "either",
        "priority": dice.choice((0, 0, 0, 1, 2, 3)),
        "applied_at": f"2026-04-{dice.randint(1, 28):02d}T{dice.randint(9, 17):02d}:00:00+09:00",
        "wants_trainee": dice.random() < 0.2,
    }


def _advisor(
    dice: random.Random, number: int, homes: list[tuple[int, int]], reach: tuple[int, ...]
) -> dict[str, Any]:
    code, lat, lon = _place(dice, homes)
    return {
        "id": f"A{number:05d}",
        "role": "lead" if dice.random() < 0.92 else "trainee",
        "active": True,
        "employer": code,
        "lat_e4": lat,
        "lon_e4": lon,
        "band": dice.randint(1, 6),
        "tags": _tags(dice, 6),
        "months": _months(dice),
        "mode": "onsite" if dice.random() < 0.97 else "both",
        "max_km": dice.choice(reach),
        "capacity": dice.randint(1, 4),
        "current_load": dice.choice((0, 0, 0, 1)),
        "cert_until": "2028-03-31",
    }


def measure(*, quick: bool) -> list[dict[str, Any]]:
    """A row a case: seconds, MB, candidate edges, and the ratio to the yardstick of the same run."""
    cases = QUICK_CASES if quick else CASES
    with tempfile.TemporaryDirectory(prefix="madoguchi-rounds-") as folder:
        size = ("300", "150") if quick else ("20000", "5000")
        yardstick = _run("yardstick", *size)
        rows = [{"round": "yardstick: all distances " + " x ".join(size), **yardstick, "ratio": 1.0}]
        answer: dict[str, Any] = {}
        for case in cases:
            value = make(case)
            if case.mode == "rematch":  # what the same round gave before, less those who fell ill since
                value["existing"] = _in_force(answer)
            source, target = Path(folder) / "in.json", Path(folder) / "out.json"
            source.write_text(json.dumps(value), encoding="utf-8")
            took = _run("solve", str(source), str(target))
            answer = json.loads(target.read_text(encoding="utf-8"))
            found = {"status": answer["status"], **answer["objective"]}
            rows.append(
                {
                    "round": case.name,
                    **took,
                    "ratio": round(took["seconds"] / yardstick["seconds"], 2),
                    **found,
                }
            )
            print(rows[-1]["round"], took, file=sys.stderr, flush=True)
    return rows


def _in_force(answer: dict[str, Any]) -> list[list[str]]:
    leads = [pair for pair in answer["assignments"] if pair["seat"] == "lead"]
    return [[pair["town"], pair["advisor"]] for number, pair in enumerate(leads) if number % 20]


def _run(*arguments: str) -> dict[str, float]:
    order = [sys.executable, "-m", "benchmarks.rounds", *arguments]
    done = subprocess.run(order, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _yardstick(towns: int, advisors: int) -> None:
    """The great-circle distance of every pair, in chunks of towns: what any method that compares all must pay."""
    import numpy as np

    dice = np.random.default_rng(1)
    lat1, lat2 = (np.radians(dice.uniform(26, 44, count)) for count in (towns, advisors))
    lon1, lon2 = (np.radians(dice.uniform(128, 145, count)) for count in (towns, advisors))
    for start in range(0, towns, CHUNK):
        part = slice(start, start + CHUNK)
        h = np.sin((lat2 - lat1[part, None]) / 2) ** 2
        h += np.cos(lat1[part, None]) * np.cos(lat2) * np.sin((lon2 - lon1[part, None]) / 2) ** 2
        np.floor(2 * 6371 * np.arcsin(np.sqrt(np.minimum(1, h))))


def _solve(source: str, target: str) -> None:
    from advisors.matching.engine import run_file
    from advisors.matching.writing import encode_result

    Path(target).write_bytes(encode_result(run_file(Path(source).read_bytes())))


def main() -> None:
    name, *arguments = sys.argv[1:]
    started = time.perf_counter()
    if name == "solve":
        _solve(*arguments)
    else:
        _yardstick(*map(int, arguments))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": round(seconds, 3), "megabytes": round(peak)}))


if __name__ == "__main__":
    main()
