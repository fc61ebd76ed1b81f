"""Pages of counter sections: a request by link or account, and all sections of an engagement for the contact."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import links, permissions
from accounts.access import actor_of, find, guarded
from accounts.models import SignedLink
from accounts.transitions import form_key, once_per_form
from engagements.journey import counter_forms, counter_page
from engagements.models import Engagement
from engagements.plans.models import DecisionProgress
from engagements.sections import letters, selectors, services
from engagements.sections.models import SectionRequest
from workflow.doors import available, perform
from workflow.errors import BadInput, DoorError

#: Beside the form, each on its own page.
BESIDE = ("resend", "go_on", "reopen")


def _find(request: HttpRequest, pk: int) -> SectionRequest:
    return find(actor_of(request), "section_request.view", selectors.requests(), pk=pk)


def _deed(found: SectionRequest, request: HttpRequest) -> str:
    """What the reader's form does: the section answers or corrects, the contact enters; empty: they only read."""
    wanted = ("answer", "enter") if found.is_open else ("correct",)
    names = [
        name for name in wanted if permissions.allows(actor_of(request), f"section_request.{name}", found)
    ]
    if names == ["correct"] and request.GET.get("edit") != "1" and request.method != "POST":
        return ""
    return names[0] if names else ""


def _said(found: SectionRequest, deed: str, request: HttpRequest) -> dict[str, Any]:
    page = counter_page.page_of(found)
    if deed == "enter":
        rows = counter_forms.figures(page, request.POST)
        return {"figures": rows, "reason": request.POST.get("reason", "")}
    return counter_forms.answer(page, request.POST)


def _show(
    request: HttpRequest, found: SectionRequest, deed: str, error: DoorError | None = None, **more: Any
) -> HttpResponse:
    actor = actor_of(request)
    faults = error.fields if isinstance(error, BadInput) else {}
    typed: dict[str, Any] | None = request.POST.dict() if request.method == "POST" and error else None
    by_link = bool(more.get("by_link"))
    offered = [] if by_link else available(found, actor)
    context = {
        "asked": found,
        "sheet": counter_page.page_of(found, typed),
        "deed": deed,
        "town": letters.town_name(found),
        "faults": faults,
        "sentence": str(error) if error and not isinstance(error, BadInput) else "",
        "name": (typed or {}).get("answered_by", actor.name),
        "reason": (typed or {}).get("reason", ""),
        "statuses": DecisionProgress.Status.choices,
        "beside": [item for item in offered if item.rule.name in BESIDE],
        "may_correct": any(item.rule.name == "correct" and item.allowed for item in offered),
        "is_section": any(item.rule.name in ("answer", "correct") for item in offered) or by_link,
        "idempotency_key": form_key(request),
    }
    return render(request, "sections/request.html", context | more, status=error.status if error else 200)


@guarded("section_request.view")
def section_request(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows; POST answers for the section, or keeps what the contact was told by telephone."""
    found = _find(request, pk)
    deed = _deed(found, request)
    if request.method != "POST" or not deed:
        return _show(request, found, deed)

    def work() -> str:
        perform(deed, found, actor_of(request), now=timezone.now(), **_said(found, deed, request))
        messages.success(request, _("受け取りました。ありがとうございます。"))
        return found.get_absolute_url()

    try:
        return redirect(once_per_form(request, work))
    except DoorError as error:
        return _show(request, selectors.requests().get(pk=found.pk), deed, error)


@links.page(letters.PURPOSE, after_use=True)
def by_link(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    """The section's page without an account: one answer, then what was answered, to read."""
    pk = int(link.version) if link.version.isdecimal() else 0
    found = (
        permissions.visible(actor_of(request), "section_request.view", selectors.requests())
        .filter(pk=pk)
        .first()
    )
    if found is None:
        return render(request, "links/closed.html", {"sentence": ""}, status=404)
    deed = "answer" if found.is_open and not link.used_at else ""
    more: dict[str, Any] = {"by_link": True, "link": link}
    if request.method != "POST":
        return _show(request, found, deed, **more)
    try:
        services.answer_by_link(
            found, link, actor=actor_of(request), now=timezone.now(), **_said(found, "answer", request)
        )
    except DoorError as error:
        return _show(request, selectors.requests().get(pk=pk), deed, error, **more)
    return _show(request, selectors.requests().get(pk=pk), "", just_answered=True, **more)


@guarded("section_request.view")
def engagement_sections(request: HttpRequest, pk: int) -> HttpResponse:
    """Which sections are asked, what they said, whose turn it is; for the contact the button that asks them all."""
    return _sections(request, _engagement(request, pk))


def _engagement(request: HttpRequest, pk: int) -> Engagement:
    rows = Engagement.objects.select_related("municipality__prefecture", "programme")
    return find(actor_of(request), "engagement.view", rows, pk=pk)


def _sections(request: HttpRequest, engagement: Engagement, error: DoorError | None = None) -> HttpResponse:
    actor = actor_of(request)
    found = counter_page.lines(engagement, actor, timezone.localdate())
    faults = error.fields if isinstance(error, BadInput) else {}
    context = {
        "engagement": engagement,
        "lines": found,
        "to_ask": [line.name for line in found if not line.waiting],
        "may_ask": permissions.allows(actor, "section_request.create", SectionRequest(engagement=engagement)),
        "faults": faults,
        "sentence": str(error) if error and not isinstance(error, BadInput) else "",
        "message": request.POST.get("message", ""),
        "idempotency_key": form_key(request),
    }
    return render(request, "sections/list.html", context, status=error.status if error else 200)


@require_POST
@guarded("section_request.create")
def ask_sections(request: HttpRequest, pk: int) -> HttpResponse:
    """One button: every section that a survey came to or that owns a decision, and that has no open request."""
    engagement = _engagement(request, pk)

    def work() -> str:
        names = counter_page.sections_to_ask(engagement)
        made = services.ask(
            engagement,
            names,
            actor=actor_of(request),
            now=timezone.now(),
            message=request.POST.get("message", ""),
        )
        said = ngettext("%(count)d課にお願いしました。", "%(count)d課にお願いしました。", len(made))
        messages.success(request, said % {"count": len(made)})
        return f"/engagements/{engagement.pk}/sections/"

    try:
        return redirect(once_per_form(request, work))
    except DoorError as error:
        return _sections(request, engagement, error)
