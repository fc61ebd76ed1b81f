"""Installed in the started processes only: places at which they wait to be killed, and a job that kills its worker."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings


def wait_at(place: str) -> None:
    """Wait for ever where a test has put a pipe of that name; go on where it has not."""
    pipe = Path(settings.DATA_DIR) / f"{place}.pipe"
    if pipe.exists():
        pipe.with_suffix(".pid").write_text(str(os.getpid()))
        pipe.read_bytes()


def kill_worker(row: Any) -> None:
    """The worst job: no exception, no report. It behaves once the file ``deadly`` is gone."""
    if (Path(settings.DATA_DIR) / "deadly").exists():
        os.kill(os.getpid(), signal.SIGKILL)


class PlantConfig(AppConfig):
    name = "tests.faults.plant"

    def ready(self) -> None:
        from engagements.documents import builders
        from tests.faults.plant.paper import Paper
        from workflow import on
        from workflow.outbox import handles

        handles("kill-worker")(kill_worker)
        on("engagement.pause")(lambda happening: wait_at("pause"))
        builders.register(Paper())
