"""A town's own Excel sheet: sent, mapped column by column, looked at, mended, and only then kept."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import sheets, uploads
from accounts.access import actor_of, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.survey import foreign, selectors, services
from engagements.survey.foreign import shown
from engagements.survey.grid.papers import WRITES_NEED_A_FORM
from engagements.survey.grid_views import document_of
from engagements.survey.intake import FaultyDocument
from engagements.survey.models import Survey
from engagements.survey.views import survey_of
from municipalities.workbooks import Book
from workflow.errors import BadInput, DoorError
from workflow.incoming import NotJson, parse_json


@dataclass(frozen=True, slots=True)
class Sent:
    """What the page carries along: the sheet as text, how it is read, and the file that its other sheets are in."""

    table: foreign.Table
    reading: foreign.Reading
    upload: str = ""
    file_name: str = ""
    place: int = 0


@guarded("survey.record")
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks for the file, or gives our own template; POST shows what the file gives, and keeps it when told to."""
    found = survey_of(request, pk, "survey.record")
    if request.method != "POST" and request.GET.get("template") in foreign.LAYOUTS:
        return _template(request.GET["template"])
    document = document_of(found, selectors.latest_version(found))
    if request.method != "POST":
        return _page(request, found, document)
    try:
        return _step(request, found, document)
    except DoorError as refusal:
        fields = refusal.fields if isinstance(refusal, BadInput) else {"": [str(refusal)]}
        said = [sentence for sentences in fields.values() for sentence in sentences]
        return _page(request, found, document, refusal.status, refused=said)


def _template(layout: str) -> HttpResponse:
    columns: list[sheets.Column[Any]] = [
        sheets.Column(word, lambda row: None, max(8, 2 * len(word)))
        for _name, word in foreign.own_headings(layout)
    ]
    return sheets.download(_("窓口体験調査の記録表"), columns, [])


def _step(request: HttpRequest, found: Survey, document: dict[str, Any]) -> HttpResponse:
    what = request.POST.get("what", "")
    _scenario(request, document)
    if what == "read":
        return _mapped(request, found, document, _read(request))
    sent = _other_sheet(request) if what == "sheet" else _sent(request)
    if what != "keep":
        return _mapped(request, found, document, sent)
    looked = _look(request, found, document, sent)
    if looked.faults:
        return _mapped(request, found, document, sent, looked, 422)
    return redirect(once_per_form(request, lambda: _keep(request, found, looked)))


# --- what was sent -------------------------------------------------------------------------------------------------


def _layout(request: HttpRequest) -> str:
    layout = request.POST.get("layout", "")
    return layout if layout in foreign.LAYOUTS else foreign.VISITS


def _read(request: HttpRequest) -> Sent:
    upload = request.FILES.get("file")
    if upload is None:
        raise BadInput({"file": [_("ファイルを選んでください。")]})
    data = upload.read(settings.UPLOAD_MAX_BYTES + 1)
    book = foreign.opened(data)
    name = uploads.keep(actor_of(request), data)
    return _opened(request, book, book.first, name, str(upload.name))


def _other_sheet(request: HttpRequest) -> Sent:
    """Another sheet of the file, read from its beginning."""
    upload = request.POST.get("upload", "")
    data = uploads.find(actor_of(request), upload)
    if data is None:
        raise BadInput({"file": [_("ファイルを残している時間が過ぎました。もう一度選んでください。")]})
    book = foreign.opened(data)
    place = _number(request.POST.get("sheet", ""))
    place = place if place < len(book.sheets) else book.first
    return _opened(request, book, place, upload, request.POST.get("file_name", ""))


def _opened(request: HttpRequest, book: Book, place: int, upload: str, file_name: str) -> Sent:
    table = foreign.table_of(book, place)
    reading = replace(_begun(table, _layout(request)), spans=foreign.spans_of(book, place))
    return Sent(table, reading, upload, file_name, place)


def _begun(table: foreign.Table, layout: str) -> foreign.Reading:
    """How a sheet is read before anybody has said anything; our own template says its layout itself."""
    for known in foreign.LAYOUTS:
        if foreign.is_own(foreign.guess(table, known)):
            layout = known
    heading, depth = foreign.find_heading(table, layout)
    return _guessed(table, foreign.Reading(layout, heading, depth))


def _guessed(table: foreign.Table, reading: foreign.Reading) -> foreign.Reading:
    names = [one.name for one in foreign.guess(table, reading.layout, reading.heading, reading.depth)]
    sums = frozenset(foreign.sums_of(table, reading.first))
    return replace(reading, mapping=names, skipped=sums)


def _sent(request: HttpRequest) -> Sent:
    """The page as it came back, after what its buttons and fields ask for."""
    posted = request.POST
    table = shown.mended(_table(posted.get("table", "")), _fixes(request))
    known = dict(foreign.targets(_layout(request)))
    was = foreign.Reading(
        _layout(request),
        _number(posted.get("heading", "")),
        1 + ("joined" in posted),
        [name if name in known else "" for name in posted.getlist("column")[: foreign.MOST_COLUMNS]],
        one_form="one_form" in posted or posted.get("what") == "one_form",
        spans=_spans(posted.get("spans", "")),
    )
    move = {"up": -1, "down": 1}.get(posted.get("what", ""), 0)
    last = max(0, len(table) - 1 - was.depth)
    reading = replace(was, heading=min(max(0, was.heading + move), last))
    if move or posted.get("read_as", _read_as(reading)) != _read_as(reading):
        reading = _guessed(table, reading)
    else:
        sums = foreign.sums_of(table, reading.first)
        asked = "sums" in posted
        skipped = frozenset(y for y in sums if f"skip-{y + 1}" in posted or not asked)
        reading = replace(reading, skipped=skipped)
    return Sent(
        table,
        reading,
        posted.get("upload", ""),
        posted.get("file_name", ""),
        _number(posted.get("sheet", "")),
    )


def _read_as(reading: foreign.Reading) -> str:
    """What columns were guessed by: where it differs, they are guessed again."""
    return f"{reading.heading}:{reading.depth}"


def _fixes(request: HttpRequest) -> dict[str, str]:
    """Cells with another value; ``blank`` names cells that are to be empty."""
    posted = request.POST
    fixes = {
        name.removeprefix("fix-"): str(text).strip()
        for name, text in posted.items()
        if name.startswith("fix-") and str(text).strip()
    }
    return fixes | dict.fromkeys(posted.get("blank", "").split(","), "")


def _spans(text: str) -> list[tuple[int, int, int]]:
    found = re.findall(r"\b([0-9]{1,3}):([0-9]{1,3}):([0-9]{1,3})\b", text)[: foreign.MOST_ROWS]
    return [(int(x), int(first), int(last)) for x, first, last in found]


def _number(text: str) -> int:
    return int(text) if re.fullmatch("[0-9]{1,4}", text) else 0


def _table(sent: str) -> foreign.Table:
    """The sheet as the page carried it along, every row as long as the first."""
    refused = BadInput({"file": [_("表を読み取れませんでした。ファイルを選び直してください。")]})
    try:
        table = parse_json(sent.encode(errors="replace"), foreign.LIMITS)
    except NotJson as error:
        raise refused from error
    rows = table if isinstance(table, list) else []
    if not 1 < len(rows) <= foreign.MOST_ROWS + 1:
        raise refused
    if not all(isinstance(row, list) and all(map(_is_text, row)) for row in rows):
        raise refused
    width = max(map(len, rows))
    if not 0 < width <= foreign.MOST_COLUMNS:
        raise refused
    foreign.refuse_much(rows)
    return [row + [""] * (width - len(row)) for row in rows]


def _is_text(cell: Any) -> bool:
    """A text that can be sent back: half a character is none."""
    return isinstance(cell, str) and not re.search("[\ud800-\udfff]", cell)


def _scenario(request: HttpRequest, document: dict[str, Any]) -> dict[str, Any]:
    scenarios = document.get("scenarios") or []
    if not scenarios:
        raise BadInput({"": [_("場面がまだありません。先に場面を決めてください。")]})
    asked = request.POST.get("scenario", "")
    return next((item for item in scenarios if item["id"] == asked), scenarios[0])


# --- what it gives -------------------------------------------------------------------------------------------------


def _look(request: HttpRequest, found: Survey, document: dict[str, Any], sent: Sent) -> foreign.Looked:
    looked = foreign.look(
        sent.table,
        sent.reading,
        scenario=_scenario(request, document),
        held_on=found.held_on,
        taken=[route["id"] for route in document.get("routes") or ()],
    )
    try:
        services.add_routes(found, looked.routes, actor=actor_of(request), now=timezone.now(), dry=True)
    except FaultyDocument as refusal:
        met = [looked.place(path, sentence) for path, sentence in refusal.faults]
        # Beside cells that can't be read, only what is wrong in other cells is no mere consequence.
        looked.faults += [fault for fault in met if fault.cell or not looked.faults]
    return looked


def _mapped(
    request: HttpRequest,
    found: Survey,
    document: dict[str, Any],
    sent: Sent,
    looked: foreign.Looked | None = None,
    status: int = 200,
) -> HttpResponse:
    looked = looked or _look(request, found, document, sent)
    table, reading = sent.table, sent.reading
    guesses = foreign.guess(table, reading.layout, reading.heading, reading.depth)
    columns = shown.columns(table, reading, guesses, found.held_on)
    rows = [shown.row_of(route) for route in looked.routes]
    more = {
        "table": json.dumps(table, ensure_ascii=False),
        "sent": sent,
        "reading": reading,
        "read_as": _read_as(reading),
        "heading_row": reading.heading + 1,
        "spans": " ".join(":".join(map(str, span)) for span in reading.spans),
        "columns": columns,
        "headings": [(column.heading, column.chosen, column.typed) for column in columns],
        "left_out": [column for column in columns if column.how == "unknown" and column.typed],
        "own": foreign.is_own(guesses),
        "sheet_rows": shown.rows(table, reading),
        "letters": [column.letter for column in columns],
        "sums": shown.sums(table, reading),
        "targets": foreign.targets(reading.layout),
        "layout": reading.layout,
        "scenario": _scenario(request, document)["id"],
        "faults": looked.faults,
        "groups": shown.groups(table, looked),
        "rows": rows,
        "counts": {
            name: sum(row[name] for row in rows) for name in ("visits", "writes", "forms", "observations")
        },
        "totals": shown.totals(looked.routes),
        "sheets": _sheets(request, sent),
        "may_be_one_form": any(fault.sentence == str(WRITES_NEED_A_FORM) for fault in looked.faults),
    }
    return _page(request, found, document, status, **more)


def _sheets(request: HttpRequest, sent: Sent) -> list[str]:
    """The sheets to choose among; none where the file is no longer kept, or has only one."""
    data = uploads.find(actor_of(request), sent.upload)
    names = [foreign.named(sheet) for sheet in foreign.opened(data).sheets] if data else []
    return names if len(names) > 1 else []


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
