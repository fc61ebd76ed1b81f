"""``render_document reform-plan`` against WeasyPrint alone on the same HTML, warm in one process and cold in two."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from benchmarks.alone import print_alone
from benchmarks.figures import spread
from engagements.documents import services
from engagements.documents.builders import Edition, builder_of
from engagements.documents.models import DocumentKind
from engagements.plans.models import Plan

KIND = DocumentKind.REFORM_PLAN


def measure(url: str, *, runs: int) -> list[dict[str, Any]]:
    """Both ways in turn, so that a busy moment of the machine meets both."""
    plan = Plan.objects.filter(state="answered").earliest("pk")
    folder = Path(settings.DATA_DIR)
    page = folder / "reform-plan.html"
    page.write_text(html_of(plan), encoding="utf-8")
    return [
        _compared(
            "warm", lambda: _draw(plan), lambda: print_alone(page, folder / "alone.pdf"), runs, warm=True
        ),
        _compared(
            "cold process",
            lambda: _command(plan, url, folder),
            lambda: _alone(page),
            runs,
            warm=False,
        ),
    ]


def html_of(plan: Plan) -> str:
    """Today's page of a plan, as it goes to the renderer."""
    now = timezone.now()
    snapshot = services.snapshot_of(KIND, plan, now)
    with override("ja"):
        return builder_of(KIND).html(snapshot, Edition(2, now, services.content_hash(snapshot)))


def _draw(plan: Plan) -> None:
    """What the command does once it runs: today's snapshot, and its PDF."""
    now = timezone.now()
    services.draw(KIND, services.snapshot_of(KIND, plan, now), version=2, issued_at=now)


def _command(plan: Plan, url: str, folder: Path) -> None:
    """The answered plan says more than the one that was issued, so that the command draws it anew."""
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.local"}
    order = ["manage.py", "render_document", KIND, plan.reference, "--output", str(folder / "ours.pdf")]
    _run(order, environment)


def _alone(page: Path) -> None:
    _run(["-m", "benchmarks.alone", str(page)], dict(os.environ))


def _run(order: list[str], environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, *order], cwd=settings.BASE_DIR, env=environment, check=True, timeout=120)


def _compared(
    name: str, ours: Callable[[], object], alone: Callable[[], object], runs: int, *, warm: bool
) -> dict[str, Any]:
    if warm:
        ours(), alone()
    pairs = in_turn(ours, alone, runs)
    return {
        "document": f"{KIND}: {name}",
        "render_document_seconds": spread(pair[0] for pair in pairs),
        "weasyprint_seconds": spread(pair[1] for pair in pairs),
        "ratio": round(median(pair[0] for pair in pairs) / median(pair[1] for pair in pairs), 2),
    }


def in_turn(ours: Callable[[], object], alone: Callable[[], object], runs: int) -> list[tuple[float, float]]:
    """Seconds of both ways, one after the other, so that a busy moment of the machine meets both."""
    return [(_seconds(ours), _seconds(alone)) for _run_ in range(runs)]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
