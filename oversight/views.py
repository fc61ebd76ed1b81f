"""The home of everybody, by role; the office's search and lists; the auditors' log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import permissions, sheets, uploads
from accounts.access import actor_of, guarded, signed_in
from accounts.models import Role
from accounts.transitions import new_form_key, once_per_form
from engagements.journey import desks, homes, story
from engagements.journey.selectors import visible_events
from municipalities.cells import BadCell, read_day
from oversight import selectors
from oversight.ledger import columns
from oversight.ledger.reading import Faulty
from oversight.ledger.services import import_ledger
from workflow import Actor, outbox
from workflow.errors import Conflict
from workflow.models import Event, OutboxState

PAGE_SIZE = 50


def _town(actor: Actor, today: date) -> dict[str, Any]:
    return {"towns": homes.town_homes(actor, Role.CONTACT, today)}


def _advisor(actor: Actor, today: date) -> dict[str, Any]:
    return {"advisor_home": homes.advisor_home(actor, today)}


def _office(actor: Actor, today: date) -> dict[str, Any]:
    now = timezone.now()
    stages = selectors.funnel(today)
    late, late_total = selectors.late_turns(today, selectors.LATE_SHOWN)
    offers, offers_total = selectors.expiring_offers(now)
    return {
        "stopped": outbox.stopped().count(),
        "office_next": selectors.office_next(actor, today, now),
        "stages": stages,
        "late": late,
        "late_total": late_total,
        "offers": offers,
        "offers_total": offers_total,
        "load": selectors.load_of_advisors(today),
        "paste": selectors.paste_text(today, stages, late_total),
    }


def _auditor(actor: Actor, today: date) -> dict[str, Any]:
    return {"audit": selectors.audit_desk(today)}


def _approver(actor: Actor, today: date) -> dict[str, Any]:
    return desks.approver(actor)


def _executive(actor: Actor, today: date) -> dict[str, Any]:
    return desks.executive(actor)


#: The homes in the order in which one person with several roles sees them: role, template, what it reads.
SECTIONS: tuple[tuple[Role, str, Callable[[Actor, date], dict[str, Any]]], ...] = (
    (Role.CONTACT, "home/town.html", _town),
    (Role.ADVISOR, "home/advisor.html", _advisor),
    (Role.APPROVER, "home/approver.html", _approver),
    (Role.EXECUTIVE, "home/executive.html", _executive),
    (Role.SECTION, "home/section.html", desks.section),
    (Role.TRAINEE, "home/trainee.html", desks.trainee),
    (Role.EMPLOYER, "home/employer.html", desks.employer),
    (Role.SECRETARIAT, "home/office.html", _office),
    (Role.AUDITOR, "home/auditor.html", _auditor),
)
#: Their homes say themselves what is next; everybody else's begins with the list of what waits on them.
WITH_NEXT = {Role.CONTACT, Role.ADVISOR, Role.SECRETARIAT, Role.AUDITOR}


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """What next, by when, who waits for whom: a section for each role that the person holds."""
    actor, today = actor_of(request), timezone.localdate()
    held = [(role, template, read) for role, template, read in SECTIONS if actor.has_role(role)]
    context: dict[str, Any] = {
        "today": today,
        "sections": [(str(role), role.label, name) for role, name, _read in held],
    }
    for _role, _template, read in held:
        context |= read(actor, today)
    if not {role for role, _template, _read in held} & WITH_NEXT:
        context["lists_waiting"], context["waiting"] = True, homes.waiting_list(actor, today)
    return render(request, "home/home.html", context)


@signed_in
def waiting(request: HttpRequest) -> HttpResponse:
    """One list of everything that waits on this person, in all roles and towns."""
    actor, today = actor_of(request), timezone.localdate()
    shown = {"today": today, "waiting": homes.waiting_list(actor, today)}
    return render(request, "home/waiting_page.html", shown)


@signed_in
def search(request: HttpRequest) -> HttpResponse:
    """Any town, person or number that this person may see."""
    query = request.GET.get("q", "")[:100]
    found = selectors.search(actor_of(request), query, on=timezone.localdate())
    return render(request, "oversight/search.html", {"query": query, "found": found})


@guarded("oversight.home")
def late(request: HttpRequest) -> HttpResponse:
    """Everything past its day."""
    rows, total = selectors.late_turns(timezone.localdate())
    if sheets.wants_sheet(request):
        return sheets.answer(request, _("遅れの一覧"), selectors.LATE_COLUMNS, rows)
    listing = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "oversight/late.html", {"listing": listing, "total": total})


@guarded("oversight.outbox")
def outbox_list(request: HttpRequest) -> HttpResponse:
    """Mails and jobs that were set aside, and those still waiting."""
    asked = OutboxState.PENDING if request.GET.get("state") == "pending" else OutboxState.SET_ASIDE
    listing = Paginator(selectors.outbox_rows(asked), PAGE_SIZE).get_page(request.GET.get("page"))
    may_retry = permissions.allows(actor_of(request), "oversight.retry", None)
    context = {"listing": listing, "asked": asked, "states": OutboxState, "may_retry": may_retry}
    return render(request, "oversight/outbox.html", context)


@require_POST
@guarded("oversight.retry")
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a row that was set aside again, its count at zero."""
    outbox.try_again(pk, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("もう一度送ります。"))
    return redirect("oversight-outbox")


@guarded("engagement.import")
def ledger(request: HttpRequest) -> HttpResponse:
    """The ledger as a file; POST shows what a file would change, row by row, and keeps nothing yet."""
    if sheets.wants_sheet(request):
        return sheets.answer(request, columns.title(), columns.sheet_columns(), columns.stored())
    shown: dict[str, Any] = {"fields": columns.fields()}
    if request.method != "POST":
        return render(request, "oversight/ledger.html", shown)
    sent = request.FILES.get("file")
    if sent is None:
        return _refused_ledger(request, [_("台帳のファイル(.xlsx)を選んでください。")])
    return _preview(request, sent.read())


def _preview(request: HttpRequest, data: bytes, *, status: int = 200) -> HttpResponse:
    try:
        report = import_ledger(data, actor=actor_of(request), now=timezone.now(), keep=False)
    except Faulty as error:
        return _refused_ledger(request, error.fields[""])
    shown = {
        "report": report,
        "reason": request.POST.get("reason", ""),
        "reason_missing": status != 200 and report.asks_reason,
        "upload": "" if report.faults else uploads.keep(actor_of(request), data),
        "form_key": new_form_key(),
    }
    return render(request, "oversight/ledger_preview.html", shown, status=422 if report.faults else status)


def _refused_ledger(request: HttpRequest, sentences: list[str]) -> HttpResponse:
    shown = {"fields": columns.fields(), "sentences": sentences}
    return render(request, "oversight/ledger.html", shown, status=422)


@require_POST
@guarded("engagement.import")
def keep_ledger(request: HttpRequest) -> HttpResponse:
    """Keeps the file that was just shown, tried once more against what is there now."""
    data = uploads.find(actor_of(request), request.POST.get("upload", ""))
    if data is None:
        return _refused_ledger(
            request, [_("見てから1時間がたったため、ファイルを残していません。もう一度選んでください。")]
        )

    def work() -> str:
        reason = request.POST.get("reason", "")
        report = import_ledger(data, actor=actor_of(request), now=timezone.now(), keep=True, reason=reason)
        if not report.kept:
            raise Conflict(_("見たあとに変わったところがあり、取り込んでいません。もう一度ご確認ください。"))
        counts = {"new": report.counts["new"], "changed": report.counts["changed"]}
        messages.success(
            request, _("取り込みました。新しい支援%(new)d件、直した支援%(changed)d件。") % counts
        )
        return reverse("engagements")

    try:
        return redirect(once_per_form(request, work))
    except Conflict:
        return _preview(request, data, status=422)


@guarded("oversight.log")
def log(request: HttpRequest) -> HttpResponse:
    """The whole log, newest first, by kind of event, object and day."""
    asked = {name: request.GET.get(name, "").strip()[:80] for name in ("type", "stream", "day")}
    events = visible_events(actor_of(request))
    if asked["type"]:
        events = events.filter(type__startswith=asked["type"])
    if asked["stream"]:
        events = events.filter(stream=asked["stream"])
    if day := _day(asked["day"]):
        events = events.filter(recorded_at__date=day)
    listing = Paginator(events, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [_row(event, actor_of(request)) for event in listing]
    return render(request, "oversight/log.html", {"listing": listing, "rows": rows, "asked": asked})


def _day(text: str) -> date | None:
    try:
        return read_day(text)
    except BadCell:
        return None


def _row(event: Event, reader: Actor) -> dict[str, Any]:
    told = story.lines([event], reader)
    return {"event": event, "line": told[0] if told else None}
