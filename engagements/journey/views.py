"""The engagements' list and the page of one."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions, sheets
from accounts.access import actor_of, find, guarded
from accounts.transitions import new_form_key
from engagements.applications.selectors import reads_as_office
from engagements.journey import dossiers, ledgers, pages, standing
from engagements.journey import follow_up as follow_up_reads
from engagements.journey.models import Journey
from engagements.journey.selectors import engagement_list as read_list
from engagements.models import EngagementState
from engagements.plans.models import DecisionState
from engagements.plans.words import yen
from engagements.sessions.models import SessionState

PAGE_SIZE = 25
#: So many can be looked through without a filter.
FEW = 8
LOG_SHOWN = 10


def _year(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) == 4 else None


@guarded("engagement.view")
def engagement_list(request: HttpRequest) -> HttpResponse:
    """Mine and open first; every filter stands in the address. Who has few sees them all, who has one sees that one."""
    actor, today = actor_of(request), timezone.localdate()
    filtered = bool(request.GET) or reads_as_office(actor)
    own = [] if filtered else list(read_list(actor, on=today, state="all")[: FEW + 1])
    if len(own) == 1:
        return redirect(own[0])
    few = 1 < len(own) <= FEW
    state = request.GET.get("state", "all" if few else "open")
    asked: dict[str, Any] = {
        "state": state if state in (*EngagementState.values, "all") else "open",
        "year": _year(request.GET.get("fiscal_year", "")),
        "late": request.GET.get("late") == "1",
        "query": request.GET.get("q", "")[:100],
    }
    rows = read_list(actor, on=today, **asked)
    if sheets.wants_sheet(request):
        return sheets.answer(
            request, _("支援一覧"), ledgers.ENGAGEMENTS, dossiers.dossiers(rows, actor, today)
        )
    listing = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "listing": listing,
        "rows": dossiers.dossiers(listing, actor, today),
        "asked": asked,
        "states": EngagementState.choices,
        "years": pages.years(actor),
        "by_office": permissions.may_somewhere(actor, "engagement.import"),
        "few": few,
    }
    return render(request, "journey/list.html", context)


@guarded("engagement.view")
def engagement_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One engagement: what next, the road, the sessions, the log, the people, the papers."""
    actor, today = actor_of(request), timezone.localdate()
    rows = Journey.objects.select_related("municipality__prefecture", "programme")
    engagement = find(actor, "engagement.view", rows, pk=pk)
    dossier = dossiers.dossiers([engagement], actor, today)[0]
    whole = request.GET.get("log") == "all"
    context = {
        "dossier": dossier,
        "engagement": engagement,
        "sessions": pages.session_cards(dossier, actor),
        "moves": pages.moves(engagement, actor),
        "people": pages.roles(dossier),
        "documents": dossiers.documents(dossier, actor),
        "mails": dossiers.mails(dossier, actor),
        "events": dossiers.log(dossier, actor, None if whole else LOG_SHOWN),
        "whole_log": whole,
        "sees_sections": permissions.may_somewhere(actor, "section_request.view"),
        "idempotency_key": new_form_key(),
    }
    return render(request, "journey/engagement.html", context)


@guarded("engagement.view")
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    """The year after: what runs, what is late, who is asked when, promised against measured, how it ends."""
    actor, now = actor_of(request), timezone.now()
    rows = Journey.objects.select_related("municipality__prefecture", "programme")
    engagement = find(actor, "engagement.view", rows, pk=pk)
    context = follow_up_reads.page(engagement, actor, now)
    stage = standing.stages_of([engagement])[engagement.pk]
    return render(request, "journey/follow_up.html", {"engagement": engagement, "stage": stage, **context})


def _asked(request: HttpRequest) -> dict[str, Any]:
    return {
        "state": request.GET.get("state", ""),
        "year": _year(request.GET.get("fiscal_year", "")),
        "query": request.GET.get("q", "")[:100],
    }


@guarded("session.view")
def session_list(request: HttpRequest) -> HttpResponse:
    """The sessions of every engagement that this person may see."""
    actor, asked = actor_of(request), _asked(request)
    rows = ledgers.session_list(actor, **asked)
    if sheets.wants_sheet(request):
        return sheets.answer(request, _("日程と実施の一覧"), ledgers.SESSIONS, rows)
    listing = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "listing": listing,
        "asked": asked,
        "states": SessionState.choices,
        "years": pages.years(actor),
    }
    return render(request, "journey/sessions.html", context)


@guarded("decision.view")
def decision_list(request: HttpRequest) -> HttpResponse:
    """The decisions of every plan that this person may see."""
    actor, asked = actor_of(request), _asked(request)
    rows = ledgers.decision_list(actor, **asked)
    if sheets.wants_sheet(request):
        return sheets.answer(request, _("改善案の一覧"), ledgers.DECISIONS, rows)
    listing = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "listing": listing,
        "rows": [(row, yen(row.cost_yen)) for row in listing],
        "asked": asked,
        "states": DecisionState.choices,
        "years": pages.years(actor),
    }
    return render(request, "journey/decisions.html", context)
