"""Relations of people to what they asked for, and what a confirmed address of a trusted domain brings about."""

from __future__ import annotations

from accounts import permissions
from accounts.entry.models import Registration
from accounts.entry.people import account_of
from workflow.doors import perform_as_system
from workflow.events import Happening, on

permissions.resource("registration", Registration)
permissions.scoped("registration", "registration", "pk", name="addressee")


@on("registration.confirm")
def admit_trusted(happening: Happening) -> None:
    """A trusted domain passes at once; a stopped account stays the office's question."""
    registration = happening.obj
    if registration.trusted and not _is_stopped(registration.email):
        perform_as_system("admit", registration, now=happening.now)


def _is_stopped(email: str) -> bool:
    known = account_of(email)
    return known is not None and not known.is_active
