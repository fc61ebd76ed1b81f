"""Relations of people to matching rounds, and what follows from an offer that came to nothing."""

from __future__ import annotations

from accounts import permissions
from engagements.rounds.matching import services, shortlists  # noqa: F401  (shortlists registers the sweep's task)
from engagements.rounds.matching.models import Round, Shortlist
from workflow.events import Happening, on

permissions.resource("round", Round)
permissions.resource("shortlist", Shortlist)
permissions.scoped("shortlist", "municipality", "application__municipality_id")


@on("offer.decline")
@on("offer.refuse_employer")
@on("offer.record_refusal")
@on("offer.refuse_town")
def lift_locks(happening: Happening) -> None:
    """A pair that somebody said no to is no longer fixed: the next solving looks for another."""
    services.lift_declined(happening.obj, now=happening.now)
