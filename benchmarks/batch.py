"""A hundred reform plans through the workers, against WeasyPrint alone on the same pages with as many processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from benchmarks.documents import KIND, html_of
from engagements.documents import services
from engagements.documents.models import Document
from engagements.plans.models import Plan
from workflow import SYSTEM
from workflow.models import Outbox, OutboxState

PROCESSES = 2
DEADLINE_SECONDS = 900


def measure(url: str, *, count: int) -> dict[str, Any]:
    """Seconds from the moment in which the workers begin until the last file is kept. Both start cold."""
    folder = Path(settings.DATA_DIR) / "batch"
    folder.mkdir()
    plans = list(Plan.objects.filter(state="answered").order_by("pk")[:count])
    now = timezone.now()
    Outbox.objects.filter(
        state=OutboxState.PENDING
    ).delete()  # the demonstration's mails are not what is measured
    made = [services.request_document(KIND, plan, actor=SYSTEM, now=now).pk for plan in plans]
    for plan in plans:
        (folder / f"{plan.pk}.html").write_text(html_of(plan), encoding="utf-8")
    ours, alone = _workers(url, made), _alone(folder)
    return {
        "documents": len(made),
        "processes": PROCESSES,
        "workers_seconds": round(ours, 1),
        "weasyprint_seconds": round(alone, 1),
        "ratio": round(ours / alone, 2),
    }


def _workers(url: str, documents: list[int]) -> float:
    """The long queue and the sweep, as ``make run`` starts them."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "MADOGUCHI_LONG_WORKERS": str(PROCESSES),
        "Q_CLUSTER_NAME": "long",
    }
    subprocess.run(
        [sys.executable, "manage.py", "createcachetable"], cwd=settings.BASE_DIR, env=environment, check=True
    )
    orders = (["manage.py", "qcluster", "-n", "long"], ["manage.py", "sweep", "--forever"])
    start = time.perf_counter()
    running = [
        subprocess.Popen([sys.executable, *order], cwd=settings.BASE_DIR, env=environment) for order in orders
    ]
    try:
        waiting = Document.objects.filter(pk__in=documents).exclude(progress=Document.Progress.READY)
        while left := waiting.count():
            if time.perf_counter() - start > DEADLINE_SECONDS or any(
                one.poll() is not None for one in running
            ):
                raise RuntimeError(f"{left} documents were not made")
            time.sleep(0.1)
        return time.perf_counter() - start
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(timeout=60)


def _alone(folder: Path) -> float:
    """Each process prints its share, one page after the other."""
    pages = sorted(folder.glob("*.html"))
    start = time.perf_counter()
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.alone", *map(str, pages[share::PROCESSES])],
            cwd=settings.BASE_DIR,
        )
        for share in range(PROCESSES)
    ]
    if any(one.wait(timeout=DEADLINE_SECONDS) for one in running):
        raise RuntimeError("WeasyPrint alone failed")
    return time.perf_counter() - start
