"""Solving, by the long queue's workers."""

from __future__ import annotations

import json
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from advisors.matching.budget import Budget
from advisors.matching.engine import run_file
from advisors.matching.writing import encode_result
from engagements.rounds.matching.models import Round, RoundState, Run
from engagements.rounds.matching.words import fault_sentence
from workflow.doors import perform_as_system
from workflow.errors import BadInput, WrongState
from workflow.models import Outbox
from workflow.outbox import handles

#: After that long the best found is taken; a round of a whole country takes seconds.
LONGEST = timedelta(minutes=5)


@handles("solve-round", queue="long")
def solve_round(row: Outbox) -> None:
    """Solve a run and settle its round. A second time it finds the result, and only settles."""
    run = Run.objects.get(pk=row.payload["run"])
    if run.result is None and not run.stopped:
        result = run_file(json.dumps(run.input).encode(), _budget(run.pk))
        found = json.loads(encode_result(result))
        Run.objects.filter(pk=run.pk, result__isnull=True).update(
            result=found, ended_at=timezone.now(), step=""
        )
        run.refresh_from_db()
    _settle(run)


def _budget(pk: int) -> Budget:
    runs = Run.objects.filter(pk=pk)

    def tell(step: str) -> None:
        runs.update(step=step)

    return Budget(
        LONGEST.total_seconds(), cancelled=lambda: runs.filter(stopped=True).exists(), progress=tell
    )


def _settle(run: Run) -> None:
    """Hand the result to the round, unless somebody stopped it or solved again meanwhile."""
    round_ = Round.objects.get(pk=run.round_id)
    if run.stopped or run.result is None or round_.state != RoundState.SOLVING:
        return
    try:
        if run.objective:
            perform_as_system("settle", round_, run=run.pk)
        else:
            sentences = [fault_sentence(run, fault) for fault in run.result["errors"]]
            Run.objects.filter(pk=run.pk).update(fault="\n".join(sentences))
            perform_as_system("stop", round_, reason=" ".join(sentences)[:2000] or _("解けませんでした。"))
    except (WrongState, BadInput):  # stopped or solved again at this very moment: the newer state stands
        return
