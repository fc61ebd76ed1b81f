"""What leaves the service as a file or page by page is logged: who took which list, how many rows, asked for how."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from accounts.access import actor_of
from workflow import record

TAKEN = "export.taken"
SEARCH_LENGTH = 500


def note_export(request: HttpRequest, rows: int, *, about: str = "", context: str = "") -> None:
    """An event in the stream ``security``. What was searched for may name people, and is personal data.

    The list is named by its address's name; ``about`` is the number of the one thing that was taken.
    """
    match = request.resolver_match
    record(
        TAKEN,
        actor_of(request),
        stream="security",
        context=context,
        data={"list": match.url_name if match else "", "rows": rows, **({"about": about} if about else {})},
        personal={"asked": request.GET.urlencode()[:SEARCH_LENGTH]},
        now=timezone.now(),
    )
