"""A re-survey beside the round before it: the effect that was measured, in words, figures and a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from engagements.survey import words
from engagements.survey.measures import MEASURES
from engagements.survey.models import Survey
from engagements.survey.plots import BeforeAfter, before_after_bars

Raw = Mapping[str, Any]
TIMES = ("total_s", "waiting_s", "service_s", "other_s")


@dataclass(frozen=True, slots=True)
class Change:
    """A median before and now."""

    label: str
    before: str
    after: str
    change: str
    share: str
    better: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """One scenario against the round before. ``reasons`` say why the figures show no effect."""

    comparable: bool
    reasons: Sequence[str]
    rows: Sequence[Change]
    bars: SafeString
    before_routes: int


def compare(
    id: str, measured: Raw, before: Raw | None, rounds: tuple[Survey | None, Survey]
) -> Comparison | None:
    """The scenario's medians before and now; None where the round before has no such scenario."""
    effect = measured.get("effect", {}).get(id)
    if effect is None or before is None or rounds[0] is None:
        return None
    rows = [_change(name, effect[name]) for name in MEASURES if effect[name]["change"] is not None]
    bars = [
        BeforeAfter(
            str(words.MEASURES[name].label),
            str(words.MEASURES[name].unit),
            words.in_unit(name, effect[name]["before"]),
            words.in_unit(name, effect[name]["after"]),
            change_share=effect[name]["change_share"],
        )
        for name in TIMES
        if effect[name]["change"] is not None
    ]
    labels = [_("前回(%(round)s回目)") % {"round": rounds[0].round}, _("今回")]
    return Comparison(
        comparable=effect["comparable"],
        reasons=[str(words.REASONS[reason]) for reason in effect["reasons"]],
        rows=rows,
        bars=before_after_bars(bars, *labels, for_screen=True) if bars else SafeString(""),
        before_routes=before["scenarios"][id]["complete_routes"],
    )


def _change(name: str, row: Raw) -> Change:
    """The change in the unit that is read, as the difference of what stands beside it; the share is the exact one."""
    before, after = words.in_unit(name, row["before"]) or 0, words.in_unit(name, row["after"]) or 0
    change = after - before
    share = row["change_share"]
    return Change(
        label=str(words.MEASURES[name].label),
        before=words.amount(name, row["before"]),
        after=words.amount(name, row["after"]),
        change=f"{change:+d}".replace("-", "−") if change else "±0",
        share="" if share is None else f"{share * 100:+.1f}%".replace("-", "−").replace("+0.0", "0.0"),
        better=row["change"] < 0,
    )
