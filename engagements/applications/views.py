"""Pages of calls and applications."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import links, permissions, sheets
from accounts.access import actor_of, find, guarded
from accounts.models import Role, SignedLink
from accounts.transitions import new_form_key, once_per_form
from engagements.applications import call_pages, people, priorities, selectors, services
from engagements.applications.models import Application, ApplicationState, Call
from engagements.applications.sheets import columns
from engagements.applications.starting import starting
from engagements.applications.turns import whose
from municipalities.models import Municipality
from workflow.doors import Available, available
from workflow.errors import BadInput, DoorError, GuardsUnmet, NotAllowed

PER_PAGE = 50
#: Shown where the page has a better place for them than the row of buttons, or never performed by people.
ELSEWHERE = {"submit", "enter", "carry", "consent", "object", "remind"}


@require_http_methods(["GET", "POST"])
@guarded("application.start")
def new(request: HttpRequest) -> HttpResponse:
    """GET offers the open calls; POST opens the town's application, the one there is or a new draft."""
    if request.method != "POST":
        calls = list(selectors.open_calls(timezone.now()).select_related("programme"))
        asked = [call for call in calls if str(call.pk) == request.GET.get("call")] or calls
        return render(request, "applications/new.html", starting(request, asked))
    call = find(actor_of(request), "call.view", Call.objects.all(), pk=_number(request.POST.get("call")))
    town = _chosen_town(request)
    if town is None:
        return _unknown_code(request)

    def work() -> str:
        started = services.start(call, town, actor=actor_of(request), now=timezone.now())
        return started.get_absolute_url()

    try:
        return redirect(once_per_form(request, work))
    except NotAllowed as error:
        raise Http404(str(error)) from error
    except GuardsUnmet as error:
        return call_pages.page(request, call, sentence=str(error), status=error.status)


def _number(text: str | None) -> int:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Http404
    return int(text)


def _chosen_town(request: HttpRequest) -> Municipality | None:
    """The code that was sent, or the person's only town. None for a code that the office mistyped."""
    code = request.POST.get("municipality", "").strip()
    own = actor_of(request).scopes("contact", "municipality")
    if not code and len(own) == 1:
        code = next(iter(own))
    town = Municipality.objects.filter(pk=code, valid_to=None).select_related("prefecture").first()
    if town is None and not actor_of(request).holds("secretariat", "office"):
        raise Http404
    return town


def _unknown_code(request: HttpRequest) -> HttpResponse:
    """The page again, with what was typed and how to mend it."""
    calls = list(selectors.open_calls(timezone.now()).select_related("programme"))
    fault = _("この団体コードは登録にありません。末尾の検査数字まで入れた6桁か、お確かめください。")
    typed = {"code": request.POST.get("municipality", "").strip(), "code_fault": fault}
    return render(request, "applications/new.html", starting(request, calls) | typed, status=422)


@require_GET
@guarded("application.view")
def application_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    by_office = selectors.reads_as_office(actor)
    state = request.GET.get("state", selectors.OPEN if by_office else "")
    found = selectors.listing(actor, state=state)
    if sheets.wants_sheet(request):
        return sheets.answer(request, _("申込一覧"), columns(actor), found)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = {
        "listing": page,
        "rows": [(row, selectors.reads_wishes(actor, row)) for row in page],
        "state": state,
        "states": [(selectors.OPEN, _("決まっていないもの")), *ApplicationState.choices],
        "by_office": by_office,
        "may_start": permissions.may_somewhere(actor_of(request), "application.start"),
    }
    return render(request, "applications/list.html", shown)


@require_GET
@guarded("application.view")
def application_page(request: HttpRequest, pk: int) -> HttpResponse:
    application = find(actor_of(request), "application.view", selectors.full(), pk=pk)
    may_edit = permissions.allows(actor_of(request), "application.edit", application)
    if application.state == ApplicationState.DRAFT and may_edit:
        return redirect("application-edit", pk=pk)
    return detail(request, application)


def detail(
    request: HttpRequest, application: Application, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    """The page of an application as this reader may see it."""
    actor = actor_of(request)
    offered = available(application, actor)
    names = {item.rule.name: item for item in offered}
    by_office = selectors.reads_as_office(actor)
    by_town = selectors.reads_as_town(actor, application)
    parts = selectors.parts(application)
    turn = whose(application)
    shown = {
        "application": application,
        "sentence": sentence,
        "parts": parts if by_office or by_town else [part for part in parts if part.number < 5],
        "by_office": by_office,
        "recommended": priorities.reasons(application) if by_office else [],
        "by_town": by_town,
        "turn": turn,
        "turn_of": Role(turn.role).label if turn else "",
        "due": _due(application),
        "place": selectors.place(application),
        "actions": _buttons(application, offered),
        "main_action": "accept" if "accept" in names and names["accept"].allowed else "",
        "consent": names.get("consent"),
        "may_assign": application.state in (ApplicationState.ACCEPTED, ApplicationState.MATCHED)
        and permissions.may_somewhere(actor, "offer.assign"),
        "may_object": "object" in names,
        "may_edit": "submit" in names,
        "document_url": selectors.document_url(application)
        if permissions.may_somewhere(actor, "document.view")
        else "",
        "has_notice": selectors.has_notice(application)
        and permissions.allows(actor, "application.notice", application),
        "history": selectors.history(application, actor),
        "messages_sent": selectors.messages(application, actor),
        "form_key": new_form_key(),
    }
    return render(request, "applications/detail.html", shown, status=status)


def _buttons(application: Application, offered: list[Available]) -> list[Available]:
    """What stands in the row of buttons, the decision first; what is done already is not offered again."""
    done = {"confirm_approver"} if people.approver_is_known(application, on=timezone.localdate()) else set()
    done |= {"resend", "substitute"} if application.has_consent else set()
    done |= set() if application.staged else {"unstage"}
    shown = [item for item in offered if item.rule.name not in ELSEWHERE | done]
    return sorted(shown, key=lambda item: (item.rule.name != "accept", not item.allowed))


def _due(application: Application) -> Any:
    turn = whose(application)
    return turn.due(application) if turn else None


@links.page("consent", after_use=True)
def consent_link(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    """The approver without an account: GET shows the very paper, POST answers and uses the link up."""
    pk = _number(link.scope.partition(":")[2])
    application = find(actor_of(request), "application.view", selectors.full(), pk=pk)
    if link.used_at:
        done = {"application": application, "answer": links.said_by(link)}
        return render(request, "applications/consent_done.html", done)
    shown = {
        "application": application,
        "parts": selectors.parts(application),
        "document_url": selectors.document_url(application, token=token),
        "outdated": link.version != application.issued_hash,
    }
    if request.method != "POST":
        return render(request, "applications/consent_link.html", shown)
    name, data = _link_answer(request, link)
    try:
        services.answer_by_link(
            link, application, actor=actor_of(request), name=name, now=timezone.now(), **data
        )
    except DoorError as error:
        faults = error.fields if isinstance(error, BadInput) else {}
        shown |= {"sentence": str(error), "faults": faults, "reason": request.POST.get("reason", "")}
        return render(request, "applications/consent_link.html", shown, status=error.status)
    application.refresh_from_db()
    return render(request, "applications/consent_done.html", {"application": application, "answer": name})


def _link_answer(request: HttpRequest, link: SignedLink) -> tuple[str, dict[str, str]]:
    if request.POST.get("act") == "object":
        return "object", {"reason": request.POST.get("reason", "")}
    return "consent", {"document_hash": link.version}
