"""The page of a session's days: teams in buildings, guests of neighbouring towns, optional costs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.access import actor_of, find, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.sessions import day_forms, selectors
from engagements.sessions.models import CostKind, Payer
from workflow import available, perform
from workflow.errors import BadInput, DoorError

SAID = {
    "set_teams": _("班と場所を保存しました。"),
    "set_guests": _("近隣からの参加者を保存しました。"),
    "set_costs": _("費用を保存しました。"),
}


@guarded("session.view")
def day_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows; POST replaces the teams of a day, the guests or the costs."""
    session = find(actor_of(request), "session.view", _rows(), pk=pk)
    if request.method != "POST":
        return _show(request, session)
    deed = request.POST.get("do", "")
    if deed not in SAID:
        raise Http404
    field, _names = day_forms.COLUMNS[deed]
    said: dict[str, Any] = {field: day_forms.rows_of(day_forms.typed(request.POST, deed))}
    if deed == "set_teams":
        said["meeting"] = request.POST.get("meeting", "")

    def work() -> str:
        perform(deed, session, actor_of(request), **said)
        return f"/sessions/{session.pk}/day/"

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _show(request, _rows().get(pk=pk), deed, error)
    messages.success(request, SAID[deed])
    return redirect(target)


def _rows() -> Any:
    return (
        selectors.complete()
        .select_related("engagement__municipality")
        .prefetch_related("guests__municipality__prefecture", "costs")
    )


def _show(request: HttpRequest, session: Any, deed: str = "", error: DoorError | None = None) -> HttpResponse:
    actor = actor_of(request)
    doors = {item.rule.name for item in available(session, actor) if item.allowed}
    again: list[day_forms.Line] = []
    stray: list[str] = []
    if deed:
        field, _names = day_forms.COLUMNS[deed]
        again, stray = day_forms.with_faults(day_forms.typed(request.POST, deed), error, field)
    chosen = request.POST.get("meeting", "")
    context = {
        "session": session,
        "engagement": session.engagement,
        "days": [
            (day, _lines("set_teams", deed if str(day.pk) == chosen else "", again, day.teams))
            for day in session.days
        ],
        "guests": _lines("set_guests", deed, again, _guests(session)),
        "costs": _lines(
            "set_costs", deed, again, list(session.costs.values("kind", "amount", "payer", "note"))
        ),
        "kept_guests": session.guests.all(),
        "kept_costs": [(row, f"{row.amount:,}") for row in session.costs.all()],
        "total": f"{sum(row.amount for row in session.costs.all()):,}",
        "doors": doors,
        "sees_costs": permissions.allows(actor, "session.costs", session)
        and bool(session.engagement.programme.dispatch_costs),
        "costs_words": session.engagement.programme.dispatch_costs,
        "kinds": CostKind.choices,
        "payers": Payer.choices,
        "stray": stray,
        "sentence": "" if error is None or isinstance(error, BadInput) else str(error),
        "idempotency_key": new_form_key(),
    }
    return render(request, "sessions/day.html", context, status=error.status if error else 200)


def _guests(session: Any) -> list[day_forms.Line]:
    return [
        {"municipality": row.municipality.full_name, "section": row.section, "name": row.name}
        for row in session.guests.all()
    ]


def _lines(
    name: str, deed: str, again: list[day_forms.Line], kept: list[day_forms.Line]
) -> list[day_forms.Line]:
    """What was typed where it came back, else what is kept; then some empty lines."""
    return day_forms.padded(again if deed == name else kept, day_forms.COLUMNS[name][1])
