"""The page on which whoever issues a document sets its numbers, its addressee and chapters of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import actor_of, find, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.documents import arrangements, services
from engagements.documents.arrangement_forms import HeadForm, sections_form, sections_of
from engagements.documents.builders import Snapshot, builder_of, kinds
from engagements.documents.models import Arrangement, DocumentKind
from workflow.errors import DoorError


@dataclass(slots=True)
class Desk:
    """One document that is being arranged: what is stored, what today's version would say, and the two forms."""

    kind: str
    subject: Any
    stored: Arrangement
    today: Snapshot
    head: HeadForm
    sections: Any
    #: Whether the forms show what was arranged for another document of the kind.
    carried: bool

    @property
    def takes_sections(self) -> bool:
        return builder_of(self.kind).takes_sections

    def is_valid(self) -> bool:
        return all([self.head.is_valid(), not self.takes_sections or self.sections.is_valid()])


def desk(kind: str, subject: Any, now: datetime, posted: Any = None) -> Desk:
    """Shown first, the forms of a document that nobody arranged hold what its owner arranged last."""
    stored = arrangements.of(kind, subject.reference)
    today = services.snapshot_of(kind, subject, now)
    carried = None if stored.revision else arrangements.earlier(kind, builder_of(kind).owner(subject)[0])
    shown = carried or stored
    head = HeadForm(
        posted, instance=stored, initial={"form_number": shown.form_number, "addressee": shown.addressee}
    )
    sections = sections_form(shown.sections, arrangements.places(today), posted)
    return Desk(kind, subject, stored, today, head, sections, carried is not None)


@guarded("document.request")
def arrangement(request: HttpRequest, kind: str, reference: str) -> HttpResponse:
    """What is refused comes back as it was typed; what somebody else saved meanwhile stands beside it."""
    if kind not in kinds() or not builder_of(kind).has_head:
        raise Http404
    builder, now = builder_of(kind), timezone.now()
    subject = find(actor_of(request), builder.action, builder.subjects(), reference=reference)
    if request.method != "POST":
        return _page(request, desk(kind, subject, now))
    found = desk(kind, subject, now, request.POST)
    if not found.is_valid():
        return _page(request, found, status=422)
    try:
        return redirect(once_per_form(request, lambda: _keep(request, found, now)))
    except arrangements.StaleArrangement as refusal:
        return _page(request, found, status=refusal.status, refusal=refusal, theirs=refusal.stored)
    except DoorError as refusal:
        return _page(request, found, status=refusal.status, refusal=refusal)


def _keep(request: HttpRequest, found: Desk, now: datetime) -> str:
    base = request.POST.get("base", "")
    arrangements.arrange(
        found.kind,
        found.subject,
        head=found.head.cleaned_data,
        sections=sections_of(found.sections) if found.takes_sections else [],
        base=int(base) if base.isdecimal() else 0,
        actor=actor_of(request),
        now=now,
    )
    messages.success(request, _("保存しました。次に作る版から、この体裁になります。"))
    return request.path


def _page(request: HttpRequest, found: Desk, *, status: int = 200, **more: Any) -> HttpResponse:
    theirs = more.get("theirs")
    context = {
        "desk": found,
        "label": DocumentKind(found.kind).label,
        "reference": found.subject.reference,
        "name": builder_of(found.kind).name_of(found.subject).removeprefix(found.subject.reference),
        "usual": found.today.get("addressee", ""),
        "fixed": builder_of(found.kind).why_fixed(found.subject),
        "base": theirs.revision if theirs else request.POST.get("base", found.stored.revision),
        "form_key": new_form_key(),
    }
    return render(request, "documents_room/arrangement.html", context | more, status=status)
