"""Surveys: measuring a large archive against bare NumPy, and the recorder's page and taps."""

from __future__ import annotations

import gzip
import json
import re
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.test import Client
from django.utils import timezone

from benchmarks.documents import in_turn
from benchmarks.figures import spread
from engagements.survey.measures import encode, measure_survey, read_survey
from engagements.survey.models import Survey
from engagements.survey.recorder import passes
from engagements.survey.sample import sample_survey
from workflow import SYSTEM

TAPS = 200


def measure(*, quick: bool) -> list[dict[str, Any]]:
    return [_archive(50 if quick else 5000, runs=1 if quick else 5), _page(), *_taps(3 if quick else 50)]


# --- measures ---------------------------------------------------------------------------------------------------


def _archive(routes: int, runs: int) -> dict[str, Any]:
    """From the bytes of the file to all its measures; NumPy does a part: six measures and their medians."""
    data = encode(sample_survey("033022", date(2026, 9, 17), teams=routes))
    pairs = in_turn(lambda: measure_survey(read_survey(data)), lambda: _numpy(data), runs)
    ours, alone = (spread(pair[side] for pair in pairs) for side in (0, 1))
    return {
        "what": f"measures of {routes} routes ({len(data) / 1e6:.1f} MB)",
        "seconds": ours,
        "numpy_seconds": alone,
        "ratio": round(ours["median"] / alone["median"], 2),
    }


def _numpy(data: bytes) -> dict[str, float]:
    """Total, waiting, service, visits, forms and writes of each route, and the medians: no check, no union, no list."""
    routes = json.loads(data)["routes"]
    rows = [
        (n, *(datetime.fromisoformat(visit[at]).timestamp() for at in ("queued_at", "called_at", "finished_at")),
         len(visit["forms"]), sum(w["times"] for form in visit["forms"] for w in form["writes"] if w["how"] == "written"))
        for n, route in enumerate(routes)
        for visit in route["visits"]
    ]  # fmt: skip
    place, queued, called, finished, forms, writes = np.array(rows).T
    index = place.astype(int)
    ends = np.array(
        [
            [datetime.fromisoformat(route[at]).timestamp() for at in ("started_at", "finished_at")]
            for route in routes
        ]
    )
    found = {
        "total": ends[:, 1] - ends[:, 0],
        "waiting": np.bincount(index, called - queued),
        "service": np.bincount(index, finished - called),
        "visits": np.bincount(index),
        "forms": np.bincount(index, forms),
        "writes": np.bincount(index, writes),
    }
    return {name: float(np.median(values)) for name, values in found.items()}


# --- the recorder --------------------------------------------------------------------------------------------------


def _page() -> dict[str, Any]:
    """What a phone loads before the first tap: page, scripts, styles, drawings, plain and gzipped."""
    day = _day()
    html = Client().get(f"/record/{passes.code_of(day)}/").content
    assets = sorted(set(re.findall(rb'(?:href|src)="/static/([^"#]+)', html)))
    root = Path(settings.BASE_DIR) / "static"
    parts = [html, *((root / name.decode()).read_bytes() for name in assets)]
    return {
        "what": "recorder page with its assets",
        "files": len(parts),
        "bytes": sum(map(len, parts)),
        "gzipped": sum(len(gzip.compress(part, 9)) for part in parts),
    }


def _day() -> Any:
    survey = Survey.objects.filter(versions__isnull=False).earliest("pk")
    return passes.open_day(survey, actor=SYSTEM, now=timezone.now())


def _taps(runs: int) -> list[dict[str, Any]]:
    """From the request of a device to the answer that its taps are kept, through Django's test client."""
    day = _day()
    _recorder, key = passes.join(day, pin=passes.pin_of(day), name="計測", now=timezone.now())
    found = []
    for count in (1, TAPS):
        seconds = [_sent(key, f"{count}-{run}", count) for run in range(runs)]
        found.append(
            {
                "what": f"{count} taps from sent to stored",
                "milliseconds": spread((1000 * s for s in seconds), 1),
            }
        )
    return found


def _sent(key: str, prefix: str, count: int) -> float:
    at = timezone.now().isoformat()
    taps = [
        {
            "uid": f"{prefix}-{n}",
            "team": "t1",
            "kind": "write",
            "at": at,
            "data": {"visit": "v", "field": "name"},
        }
        for n in range(count)
    ]
    body = json.dumps({"team": "t1", "cursor": 10**9, "taps": taps})
    start = time.perf_counter()
    answer = Client().post(
        "/record/sync/", body, content_type="application/json", headers={"Authorization": f"Recorder {key}"}
    )
    seconds = time.perf_counter() - start
    if answer.status_code != 200:
        raise RuntimeError(f"sync answered {answer.status_code}")
    return seconds
