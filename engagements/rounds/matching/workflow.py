"""The life of a matching round: solved, looked at, published, taken back, closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.utils.translation import gettext_lazy as _

from engagements.rounds.matching import guards
from workflow.doors import Machine, Step, Turn, door
from workflow.inputs import REASON, Input, Kind
from workflow.models import Event, Visibility
from workflow.outbox import Job

if TYPE_CHECKING:
    from engagements.rounds.matching.models import Round

_REMATCH = Input(
    "rematch",
    Kind.BOOLEAN,
    _("いま返事を待っている組をなるべく残す"),
    required=False,
    help=_("打診ずみのラウンドでは、必ず残す形で組み直します。"),
)


def _office(_round: Any) -> str:
    return "office"


def solve_job(obj: Any, step: Step, event: Event) -> Iterator[Job]:
    """The solving of the run that this step made."""
    yield Job("solve-round", f"round-run:{step.note['run']}", {"run": step.note["run"]})


class RoundWorkflow(Machine):
    """Mixin of ``Round``. Everything here is the office's: towns and advisors see the offers alone."""

    machine = "round"
    pages: ClassVar[dict[str, str]] = {"publish": "round-publish"}
    proposal: Any
    proposal_id: Any
    in_force: Any
    ends_on: date

    turns = {
        "open": Turn("secretariat", _office, _("マッチングの計算")),
        "proposed": Turn("secretariat", _office, _("マッチング案の確認と打診")),
    }

    @door(
        source=("open", "proposed", "published"),
        target="solving",
        label=_("計算する"),
        past=_("マッチングの計算を始めました"),
        inputs=[_REMATCH],
        guards=[guards.somebody_waits, guards.somebody_serves],
        effects=[solve_job],
        visibility=Visibility.OFFICE,
        undone_by="stop",
    )
    def solve(self, step: Step) -> None:
        """The snapshot is taken here, in the same transaction: what is solved is what the office saw."""
        from engagements.rounds.matching.snapshot import take_snapshot

        run = take_snapshot(cast("Round", self), step.actor, step.now, rematch=bool(step.data["rematch"]))
        step.note["run"] = run.pk
        step.note["input_hash"] = run.input_hash

    @door(
        source="solving",
        target="proposed",
        label=_("案にする"),
        past=_("マッチング案ができました"),
        inputs=[Input("run", Kind.INTEGER, _("計算"))],
        checks=[guards.is_last_run],
        visibility=Visibility.OFFICE,
    )
    def settle(self, step: Step) -> None:
        """By the worker, with the result of the last run."""
        self.proposal_id = step.data["run"]

    @door(
        source="solving",
        target="open",
        label=_("計算をやめる"),
        past=_("マッチングの計算をやめました"),
        inputs=[REASON],
        visibility=Visibility.OFFICE,
        undone_by="solve",
    )
    def stop(self, step: Step) -> None:
        """By the office, or by the worker where the round can't be solved; the reason says which record to change."""
        from engagements.rounds.matching.models import Run

        self.proposal = self.in_force
        Run.objects.filter(round=self.pk, result__isnull=True).update(stopped=True)

    @door(
        source="proposed",
        target="published",
        label=_("この案で打診する"),
        past=_("マッチング案で打診しました"),
        inputs=[
            Input("message", Kind.LONG_TEXT, _("アドバイザーへのひとこと"), required=False),
            Input(
                "excluded",
                Kind.CHOICES,
                _("この打診から外す町"),
                required=False,
                choices=guards.towns_proposed,
                help=_("外した町には何も起こりません。あとから1件ずつ打診できます。"),
            ),
        ],
        guards=[guards.has_pairs, guards.is_current],
        checks=[guards.nothing_blocks],
        locks=[guards.advisor_rows, guards.application_rows],
        reverse="take_back",
        visibility=Visibility.OFFICE,
    )
    def publish(self, step: Step) -> None:
        """The pairs become offers, those that changed alone; what is not in the proposal any longer is withdrawn.

        The towns that are left out stay as they are, with whoever is asked for them.
        """
        from engagements.rounds.matching.publishing import publish_pairs

        step.note.update(publish_pairs(self, step))
        self.in_force = self.proposal

    @door(
        source="published",
        target="proposed",
        label=_("打診を取り下げて案に戻す"),
        past=_("打診を取り下げて案に戻しました"),
        inputs=[REASON],
        visibility=Visibility.OFFICE,
    )
    def take_back(self, step: Step) -> None:
        """Offers that nobody has accepted are withdrawn; what was accepted stays."""
        from engagements.rounds.matching.publishing import withdraw_open

        step.note["withdrawn"] = withdraw_open(self, step)
        self.in_force = None

    @door(
        source=("open", "proposed", "published"),
        target="closed",
        label=_("ラウンドを終える"),
        past=_("マッチングラウンドを終えました"),
        guards=[guards.nobody_is_asked],
        reverse="reopen",
        visibility=Visibility.OFFICE,
    )
    def close(self, step: Step) -> None:
        """Nothing waits for an answer any longer."""

    @door(
        source="closed",
        target="open",
        label=_("ラウンドを開け直す"),
        past=_("マッチングラウンドを開け直しました"),
        inputs=[REASON],
        visibility=Visibility.OFFICE,
    )
    def reopen(self, step: Step) -> None:
        """Its runs and what was decided by hand are all still there."""
