"""What the button that starts an application needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.access import actor_of
from accounts.transitions import new_form_key
from engagements.applications import selectors
from engagements.applications.models import Call
from municipalities.models import Municipality


def _own_towns(request: HttpRequest) -> list[Municipality]:
    codes = actor_of(request).scopes("contact", "municipality")
    return list(Municipality.objects.filter(pk__in=codes).select_related("prefecture")) if codes else []


def starting(request: HttpRequest, calls: list[Call]) -> dict[str, Any]:
    """The open calls of these, the towns to choose from, or a code to type."""
    now = timezone.now()
    known = {call.pk for call in selectors.open_calls(now)}
    return {
        "open_calls": [call for call in calls if call.pk in known],
        "towns": _own_towns(request),
        "types_for_towns": actor_of(request).holds("secretariat", "office"),
        "form_key": new_form_key(),
    }
