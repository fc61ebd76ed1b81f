"""What publishing a proposal would do, before it is done: who is asked, who stays, who is told that it is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engagements.applications.models import Application, ApplicationState
from engagements.rounds.matching.guards import blocked, proposed_pairs
from engagements.rounds.matching.models import Round
from engagements.rounds.matching.publishing import offers_out
from engagements.rounds.matching.selectors import LeftOut, PairRow, left_out_of, pairs_of
from engagements.rounds.models import Offer
from workflow.doors import Unmet


@dataclass(frozen=True, slots=True)
class Line:
    """One pair of the proposal. ``moves_up``: the town leaves the waiting list; ``before``: who is asked until now."""

    row: PairRow
    moves_up: bool
    before: Offer | None
    offer: Offer | None
    reasons: list[Unmet]
    excluded: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """The contents of a publication, by what happens."""

    asked: list[Line]
    kept: list[Line]
    blocked: list[Line]
    withdrawn: list[Offer]
    left_out: list[LeftOut]

    @property
    def accepted(self) -> list[Line]:
        """Whose application is accepted with it."""
        return [line for line in self.asked if line.moves_up]

    @property
    def towns(self) -> int:
        return len(self.asked) + len(self.kept) + len(self.blocked) + len(self.left_out)


def publication_of(obj: Round, now: datetime, excluded: Iterable[int] | None = None) -> Publication:
    """``obj`` has a proposal. ``excluded`` are the towns ticked so far; at first those that are blocked."""
    run: Any = obj.proposal
    barred = blocked(obj, now)
    ticked = set(barred if excluded is None else excluded)
    stays, goes = offers_out(obj, set(barred))
    before = {offer.application_id: offer for offer in goes}
    wanted = proposed_pairs(obj)
    waitlisted = set(
        Application.objects.filter(pk__in=wanted, state=ApplicationState.WAITLISTED).values_list(
            "pk", flat=True
        )
    )
    lines = [
        Line(
            row=row,
            moves_up=int(row.town) in waitlisted,
            before=before.get(int(row.town)),
            offer=stays.get(int(row.town)),
            reasons=barred.get(int(row.town), []),
            excluded=int(row.town) in ticked,
        )
        for row in pairs_of(run)
    ]
    return Publication(
        asked=[line for line in lines if not line.reasons and line.offer is None],
        kept=[line for line in lines if not line.reasons and line.offer is not None],
        blocked=[line for line in lines if line.reasons],
        withdrawn=goes,
        left_out=left_out_of(run),
    )
