"""A town's own Excel sheet: sent, mapped column by column, looked at, and only then kept."""

from __future__ import annotations

import json
import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import actor_of, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.survey import foreign, selectors, services
from engagements.survey.grid_views import document_of
from engagements.survey.intake import FaultyDocument
from engagements.survey.models import Survey
from engagements.survey.views import survey_of
from engagements.survey.words import team_name
from workflow.errors import BadInput, DoorError


@guarded("survey.record")
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks for the file; POST shows what its columns are taken for, what that gives, and keeps it when told to."""
    found = survey_of(request, pk, "survey.record")
    document = document_of(found, selectors.latest_version(found))
    if request.method != "POST":
        return _page(request, found, document)
    try:
        return _step(request, found, document)
    except DoorError as refusal:
        fields = refusal.fields if isinstance(refusal, BadInput) else {"": [str(refusal)]}
        said = [sentence for sentences in fields.values() for sentence in sentences]
        return _page(request, found, document, refusal.status, refused=said)


def _step(request: HttpRequest, found: Survey, document: dict[str, Any]) -> HttpResponse:
    layout = request.POST.get("layout", "")
    layout = layout if layout in foreign.LAYOUTS else foreign.VISITS
    if request.POST.get("what") == "read":
        upload = request.FILES.get("file")
        if upload is None:
            raise BadInput({"file": [_("ファイルを選んでください。")]})
        table = foreign.read(upload.read(services.upload_limit() + 1))
        return _mapped(request, found, document, table, foreign.guess(table, layout), layout)
    table = _table(request.POST.get("table", ""))
    mapping = request.POST.getlist("column")[: foreign.MOST_COLUMNS]
    if request.POST.get("what") != "keep":
        return _mapped(request, found, document, table, mapping, layout)
    looked = _look(request, found, document, table, mapping, layout)
    if looked.faults:
        return _mapped(request, found, document, table, mapping, layout, looked, 422)
    return redirect(once_per_form(request, lambda: _keep(request, found, looked)))


def _table(sent: str) -> foreign.Table:
    """The sheet as the page carried it along."""
    refused = BadInput({"file": [_("表を読み取れませんでした。ファイルを選び直してください。")]})
    try:
        table = json.loads(sent)
    except ValueError as error:
        raise refused from error
    rows = table if isinstance(table, list) else []
    if not 1 < len(rows) <= foreign.MOST_ROWS + 1:
        raise refused
    if not all(isinstance(row, list) and all(isinstance(cell, str) for cell in row) for row in rows):
        raise refused
    return rows


def _scenario(request: HttpRequest, document: dict[str, Any]) -> dict[str, Any]:
    scenarios = document.get("scenarios") or []
    if not scenarios:
        raise BadInput({"": [_("場面がまだありません。先に場面を決めてください。")]})
    asked = request.POST.get("scenario", "")
    return next((item for item in scenarios if item["id"] == asked), scenarios[0])


def _look(
    request: HttpRequest,
    found: Survey,
    document: dict[str, Any],
    table: foreign.Table,
    mapping: list[str],
    layout: str,
) -> foreign.Looked:
    taken = [route["id"] for route in document.get("routes") or ()]
    looked = foreign.look(
        table,
        mapping,
        layout=layout,
        scenario=_scenario(request, document),
        held_on=found.held_on,
        taken=taken,
    )
    if not looked.faults:
        try:
            services.add_routes(found, looked.routes, actor=actor_of(request), now=timezone.now(), dry=True)
        except FaultyDocument as refusal:
            looked.faults += [
                foreign.Fault("", f"{_place(path, len(taken), looked)}: {sentence}")
                for path, sentence in refusal.faults
            ]
    return looked


def _place(path: str, before: int, looked: foreign.Looked) -> str:
    """A path of the document as the team and the row of its visits, which is how the sheet has them."""
    found = re.match(r"routes\[([0-9]+)\](?:\.visits\[([0-9]+)\])?", path)
    if not found or int(found[1]) < before:
        return path
    route = looked.routes[int(found[1]) - before]
    team = team_name(route.get("team"), route["id"])
    return _("%(team)sの%(row)s行目") % {"team": team, "row": int(found[2]) + 1} if found[2] else team


def _mapped(
    request: HttpRequest,
    found: Survey,
    document: dict[str, Any],
    table: foreign.Table,
    mapping: list[str],
    layout: str,
    looked: foreign.Looked | None = None,
    status: int = 200,
) -> HttpResponse:
    looked = looked or _look(request, found, document, table, mapping, layout)
    width = max(len(row) for row in table)
    mapping += [""] * (width - len(mapping))
    more = {
        "table": json.dumps(table, ensure_ascii=False),
        "headings": [
            (
                table[0][place] if place < len(table[0]) else "",
                mapping[place],
                [row[place] if place < len(row) else "" for row in table[1:4]],
            )
            for place in range(width)
        ],
        "targets": foreign.targets(layout),
        "layout": layout,
        "scenario": _scenario(request, document)["id"],
        "faults": looked.faults,
        "rows": [_row(route) for route in looked.routes],
    }
    return _page(request, found, document, status, **more)


def _row(route: dict[str, Any]) -> dict[str, Any]:
    """A route in a line, as it would be kept."""
    visits = route.get("visits") or []
    return {
        "team": team_name(route.get("team"), route["id"]),
        "started": route.get("started_at", "")[11:16],
        "visits": len(visits),
        "writes": sum(
            write["times"]
            for visit in visits
            for form in visit.get("forms") or ()
            for write in form.get("writes") or ()
            if write.get("how", "written") == "written"
        ),
        "totals": route.get("totals"),
    }


def _keep(request: HttpRequest, found: Survey, looked: foreign.Looked) -> str:
    services.add_routes(found, looked.routes, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("%(count)s班の記録を入れました。") % {"count": len(looked.routes)})
    return found.get_absolute_url()


def _page(
    request: HttpRequest, found: Survey, document: dict[str, Any], status: int = 200, **more: Any
) -> HttpResponse:
    scenarios = document.get("scenarios") or ()
    context = {
        "survey": found,
        "engagement": found.engagement,
        "layouts": foreign.LAYOUTS.items(),
        "scenarios": [(item["id"], item.get("title") or item["id"]) for item in scenarios],
        "form_key": new_form_key(),
    }
    return render(request, "survey/sheet.html", context | more, status=status)
