"""Pages of documents: the list, one with its progress, the file itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import links, sheets
from accounts.access import actor_of, find, guarded, public, signed_in
from accounts.exports import note_export
from accounts.limits import costly
from accounts.transitions import safe_next
from engagements.applications.models import ApplicationState
from engagements.applications.selectors import full as full_applications
from engagements.documents import selectors, services, word
from engagements.documents.builders import builder_of, kinds
from engagements.documents.differences import differences as compared
from engagements.documents.models import Document, DocumentKind
from engagements.documents.sheets import COLUMNS
from engagements.plans.cases import published_cases
from engagements.plans.letters import ANSWER_PURPOSE
from workflow.errors import Conflict

A_PAGE = 50
UNSENT = (ApplicationState.DRAFT, ApplicationState.RETURNED)


@require_GET
@guarded("document.view")
def documents(request: HttpRequest) -> HttpResponse:
    """Every document that this person may read, newest first."""
    kind = request.GET.get("kind", "")
    found = selectors.listing(actor_of(request), kind)
    if sheets.wants_sheet(request):
        return sheets.answer(request, _("書類一覧"), COLUMNS, found)
    listing = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    shown = {"listing": listing, "kind": kind, "kinds": DocumentKind.choices}
    return render(request, "documents_room/list.html", shown)


@require_GET
@guarded("document.view")
def document(request: HttpRequest, pk: int) -> HttpResponse:
    found = find(actor_of(request), "document.view", selectors.rows(), pk=pk)
    return render(request, "documents_room/document.html", selectors.page(actor_of(request), found))


@require_GET
@guarded("document.view")
def differences(request: HttpRequest, pk: int) -> HttpResponse:
    """This version beside another of the same document: the one that is asked for, else the one before."""
    actor = actor_of(request)
    found = find(actor, "document.view", Document.objects.select_related("engagement"), pk=pk)
    others = selectors.other_versions(actor, found)
    asked = request.GET.get("with", "")
    named = [one for one in others if str(one.version) == asked]
    earlier = [one for one in others if one.version < found.version]
    other = next(iter(named or earlier or others), None)
    shown: dict[str, Any] = {"document": found, "others": others, "other": other, "parts": []}
    if other:
        older, newer = sorted((other, found), key=lambda one: one.version)
        shown["parts"] = compared(older.snapshot, newer.snapshot)
        shown |= {"document": newer, "other": older} if other.version < found.version else {}
    return render(request, "documents_room/differences.html", shown)


@require_GET
@guarded("document.view")
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The fragment that the page asks for again while the file is being made."""
    found = find(actor_of(request), "document.view", selectors.rows(), pk=pk)
    response = render(request, "components/document.html", {"document": selectors.card(found)})
    if found.progress in (Document.Progress.READY, Document.Progress.FAILED):
        response["HX-Refresh"] = "true"  # what else the page offers depends on the file
    return response


def serve(found: Document) -> HttpResponse:
    """The issued file. Raises ``Http404`` while there is none."""
    if found.progress != Document.Progress.READY:
        raise Http404(_("まだできていません。少し待ってから開き直してください。"))
    try:
        content = services.file_path(found).read_bytes()
    except FileNotFoundError as missing:
        raise Http404(_("ファイルが見つかりません。事務局にお知らせください。")) from missing
    return _as_pdf(content, found.file_name)


def _as_pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    return response


@require_GET
@guarded("document.view")
def document_file(request: HttpRequest, pk: int) -> HttpResponse:
    return serve(find(actor_of(request), "document.view", selectors.rows(), pk=pk))


@require_GET
@guarded("document.request")
@costly("documents")
def document_word(request: HttpRequest, pk: int) -> HttpResponse:
    """The same words as a Word file, for whoever may ask for the document; the issued PDF stays what counts."""
    rows = Document.objects.select_related("municipality__prefecture", "engagement")
    found = find(actor_of(request), "document.request", rows, pk=pk)
    if not word.has_word(found.snapshot):
        raise Http404(_("この書類は1枚に収めて作るため、Wordのファイルはありません。"))
    response = HttpResponse(services.word_of(found), content_type=word.CONTENT_TYPE)
    note_export(request, 1, about=f"{found.kind} {found.subject} v{found.version}")
    name = f"{found.file_name.removesuffix('.pdf')}.docx"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@require_GET
@signed_in
@costly("documents")
def blank_application(request: HttpRequest) -> HttpResponse:
    """The empty form, to be filled in by hand."""
    try:
        made = services.blank_application(timezone.localdate())
    except Conflict as missing:
        raise Http404(_("申込書の様式はまだありません。事務局にお知らせください。")) from missing
    return _as_pdf(made.content, _("支援申込書_様式.pdf"))


@require_GET
@guarded("application.document")
@costly("documents")
def application_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The very PDF, before it is submitted."""
    unsent = full_applications().filter(state__in=UNSENT)
    application = find(actor_of(request), "application.document", unsent, pk=pk)
    made = services.application_draft(application)
    return _as_pdf(made.content, _("%(number)s_支援申込書_下書き.pdf") % {"number": application.reference})


@require_GET
@public
def linked_file(request: HttpRequest, token: str) -> HttpResponse:
    """The very file that a signed link is about: the one whose hash the link carries, and no other."""
    link = links.find(token)
    if link is None or not link.version or links.why_closed(link, timezone.now()):
        raise Http404
    found = Document.objects.filter(sha256=link.version).order_by("pk").first()
    if found is None:
        raise Http404
    return serve(found)


@require_GET
@public
def linked_sheet(request: HttpRequest, token: str) -> HttpResponse:
    """The one page of decisions of the very plan that a link asks about."""
    link = links.find(token)
    if link is None or link.purpose != ANSWER_PURPOSE or links.why_closed(link, timezone.now()):
        raise Http404
    found = selectors.sheet_of(link.version)
    if found is None:
        raise Http404(_("まだできていません。少し待ってから開き直してください。"))
    return serve(found)


@require_GET
@public
def published_case(request: HttpRequest, reference: str) -> HttpResponse:
    """The very file of a case that its town agreed to show; without sign-in."""
    case = published_cases().filter(reference=reference).first()
    made = Document.objects.filter(kind=DocumentKind.CASE, subject=reference)
    found = made.filter(pk=case.document).first() if case and case.document else None
    if found is None:
        raise Http404
    return serve(found)


@require_POST
@guarded("document.request")
@costly("documents")
def request_document(request: HttpRequest, kind: str, reference: str) -> HttpResponse:
    """Ask for the document of today's content and go to its page."""
    if kind not in kinds():
        raise Http404
    builder = builder_of(kind)
    subject = find(actor_of(request), builder.action, builder.subjects(), reference=reference)
    made = services.request_document(kind, subject, actor=actor_of(request), now=timezone.now())
    return redirect(safe_next(request, made.get_absolute_url()))


@require_POST
@guarded("document.request")
@costly("documents")
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    found = find(actor_of(request), "document.request", selectors.rows(), pk=pk)
    made = services.try_again(found, actor=actor_of(request), now=timezone.now())
    return redirect(made)
