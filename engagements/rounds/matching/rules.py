"""Relations of people to matching rounds, and what follows from an offer that came to nothing."""

from __future__ import annotations

from accounts import permissions
from engagements.applications.models import Application, ApplicationState
from engagements.applications.turns import asks_elsewhere
from engagements.rounds.matching import services, shortlists  # noqa: F401  (shortlists registers the sweep's task)
from engagements.rounds.matching.models import Round, RoundState, Shortlist
from workflow.doors import Turn, turn_anew
from workflow.events import Happening, on

permissions.resource("round", Round)
permissions.resource("shortlist", Shortlist)
permissions.scoped("shortlist", "municipality", "application__municipality_id")


#: The round decides for all towns of its call at once.
UNPUBLISHED = (RoundState.OPEN, RoundState.SOLVING, RoundState.PROPOSED)


@asks_elsewhere
def turn_of_round(application: Application) -> Turn | None:
    """Of an application whose call has a round that is not published: the round's own turn, once for all its towns."""
    found = Round.objects.filter(call=application.call_id, state__in=UNPUBLISHED).order_by("pk").last()
    if found is None:
        return None
    # While it is being solved nobody can do anything but wait for the proposal.
    return found.turns.get(found.state) or found.turns[RoundState.PROPOSED]


@on("round.begin")
@on("round.publish")
@on("round.take_back")
@on("round.close")
@on("round.reopen")
def hand_turns_over(happening: Happening) -> None:
    """The towns of a round wait for it alone; who is left without an offer is the office's turn, one by one."""
    call = Round.objects.get(pk=happening.obj.pk).call_id
    for application in Application.objects.filter(call=call, state=ApplicationState.ACCEPTED).order_by("pk"):
        turn_anew(application)


@on("offer.decline")
@on("offer.refuse_employer")
@on("offer.record_refusal")
@on("offer.refuse_town")
def lift_locks(happening: Happening) -> None:
    """A pair that somebody said no to is no longer fixed: the next solving looks for another."""
    services.lift_declined(happening.obj, now=happening.now)
