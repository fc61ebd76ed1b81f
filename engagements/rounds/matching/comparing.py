"""What differs between two results, in sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from advisors.matching.whatif import Comparison, Move
from engagements.rounds.matching.models import Run
from engagements.rounds.matching.selectors import Difference
from engagements.rounds.matching.words import FIGURES, advisor_name, town_name

MOVES_SHOWN = 8


def cost_lines(run: Run, cost: Comparison) -> list[str]:
    """What a change does to the whole, in sentences; nothing changes: one that says so."""
    lines = [
        _("%(figure)s %(before)d → %(after)d")
        % {"figure": FIGURES[name], "before": cost.before[name], "after": cost.after[name]}
        for name in FIGURES
        if cost.changes[name]
    ]
    shown = cost.moves if len(cost.moves) <= MOVES_SHOWN + 1 else cost.moves[:MOVES_SHOWN]
    lines += [_move_line(run, move) for move in shown]
    if len(shown) < len(cost.moves):
        lines.append(_("ほか%(count)d町の担当も入れ替わります。") % {"count": len(cost.moves) - len(shown)})
    return lines or [_("全体は変わりません。")]


def side_by_side(found: Difference, other: str) -> dict[str, Any]:
    """Two runs side by side: a line a town that differs, and the towns that only one of them holds."""
    rest = [(other, found.only_before), (_("いまの案"), found.only_after)]
    return {
        "moves": [_move_line(found, move) for move in found.compared.moves],
        "apart": [
            _("%(run)sだけにある町(比べていません): %(towns)s") % {"run": run, "towns": _("、").join(towns)}
            for run, towns in rest
            if towns
        ],
    }


def _move_line(run: Run | Difference, move: Move) -> str:
    nobody = _("なし")
    return _("%(town)s: %(before)s → %(after)s") % {
        "town": town_name(run, move.town),
        "before": advisor_name(run, move.before) if move.before else nobody,
        "after": advisor_name(run, move.after) if move.after else nobody,
    }
