"""What a step left behind: events, mails, and whose turn it is afterwards."""

from __future__ import annotations

from typing import NamedTuple

from django.core import mail

from workflow import outbox
from workflow.models import Event, Outbox, OutboxState, Span


class Turn(NamedTuple):
    machine: str
    state: str
    turn: str
    waiter: str


class Watch:
    """Looks at the log, the outbox and the post since it looked last."""

    def __init__(self) -> None:
        self._event = self._last_event()
        self._mails = len(mail.outbox)

    def _last_event(self) -> int:
        return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def events(self) -> list[str]:
        """The types of the events since the last look, in the order in which they were recorded."""
        fresh = Event.objects.filter(pk__gt=self._event).order_by("pk")
        self._event = self._last_event()
        return [event.type for event in fresh]

    def mails(self) -> dict[str, str]:
        """Sends what waits; address → subject of what arrived. Nobody gets two for one step."""
        while outbox.drain():
            pass
        assert not Outbox.objects.exclude(state=OutboxState.DONE).exists()
        fresh = mail.outbox[self._mails :]
        self._mails = len(mail.outbox)
        arrived = {letter.to[0]: letter.subject for letter in fresh}
        assert len(arrived) == len(fresh)
        assert all(Outbox.objects.filter(kind="mail", address=to).exists() for to in arrived)
        return arrived


def turns(*machines: str) -> set[Turn]:
    """Who is next in each open span of these machines."""
    spans = Span.objects.filter(machine__in=machines, left_at=None)
    return {Turn(span.machine, span.state, span.turn_role, span.waiter_role) for span in spans}
