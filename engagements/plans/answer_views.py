"""The decision sheet: the executive answers by link, or the contact writes down the answer of the meeting."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import links, permissions
from accounts.access import actor_of, guarded
from accounts.models import SignedLink
from accounts.transitions import form_key, once_per_form
from engagements.plans import forms, letters, selectors, services
from engagements.plans.models import Plan, PlanState
from engagements.plans.views import FULL, find_plan
from engagements.plans.words import ANSWER_LABELS
from workflow.errors import BadInput, Conflict, DoorError, WrongState


def _context(found: Plan, request: HttpRequest, faults: dict[str, list[str]], **more: Any) -> dict[str, Any]:
    contents = selectors.plan_contents(found)
    posted = request.POST if request.method == "POST" else None
    key = form_key(request)
    return {
        "plan": found,
        "contents": contents,
        "asked": forms.asked(posted, contents.decisions, faults),
        "town": letters.town_name(found),
        "faults": faults,
        "idempotency_key": key,
        **more,
    }


def _answered_meanwhile(request: HttpRequest, pk: int, version: str) -> HttpResponse | None:
    """Two answered the same version: the first answer stands, and what was typed here stands beside it. 409."""
    rows = permissions.visible(actor_of(request), "plan.view", Plan.objects.select_related(*FULL))
    found = rows.filter(pk=pk, state=PlanState.ANSWERED, answered_hash=version).first()
    if found is None:
        return None
    views = selectors.plan_contents(found).decisions
    typed = {row["decision"]: row for row in forms.answers_of(request.POST, views)}
    beside = [
        row
        | {
            "typed": ANSWER_LABELS.get(typed[row["view"].row.pk]["answer"], ""),
            "said": [
                typed[row["view"].row.pk][name] for name in forms.SAID if typed[row["view"].row.pk][name]
            ],
        }
        for row in _standing(views)
    ]
    shown = {
        "plan": found,
        "town": letters.town_name(found),
        "beside": beside,
        "posted": request.method == "POST",
    }
    return render(request, "plans/answered_meanwhile.html", shown, status=409)


def _rows(request: HttpRequest, found: Plan) -> list[dict[str, Any]]:
    return forms.answers_of(request.POST, selectors.plan_contents(found).decisions)


# --- the contact ------------------------------------------------------------------


@guarded("plan.answer")
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Who answered, when, and what, decision by decision; bound to the version that was shown."""
    found = find_plan(request, pk)
    if not permissions.allows(actor_of(request), "plan.answer", found):
        raise Http404
    if request.method != "POST":
        initial = {"answered_by": found.executive_name, "answered_on": timezone.localdate()}
        return _answer_page(request, found, forms.AnswerForm(initial=initial))
    try:
        return redirect(once_per_form(request, lambda: _record(request, found)))
    except DoorError as error:
        if isinstance(error, Conflict | WrongState) and (
            late := _answered_meanwhile(request, found.pk, found.issued_hash)
        ):
            return late
        form = forms.AnswerForm(request.POST)
        form.is_valid()
        return _answer_page(request, found, form, error)


def _record(request: HttpRequest, found: Plan) -> str:
    services.record_answer(
        found,
        actor=actor_of(request),
        now=timezone.now(),
        document_hash=request.POST.get("document_hash", ""),
        answered_by=request.POST.get("answered_by", ""),
        answered_on=request.POST.get("answered_on", ""),
        answers=_rows(request, found),
    )
    return found.get_absolute_url()


def _answer_page(
    request: HttpRequest, found: Plan, form: Any, error: DoorError | None = None
) -> HttpResponse:
    faults = error.fields if isinstance(error, BadInput) else {}
    for name, sentences in faults.items():
        if name in form.fields and name not in form.errors:
            form.add_error(name, sentences)
    sentence = str(error) if error and not isinstance(error, BadInput) else ""
    shown = _context(found, request, faults, form=form, sentence=sentence, by_link=False)
    return render(request, "plans/answer.html", shown, status=error.status if error else 200)


# --- the executive ------------------------------------------------------------------


@links.page(letters.ANSWER_PURPOSE, after_use=True)
def answer_by_link(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    """GET only shows; POST answers and uses the link up in one transaction."""
    if link.used_at:
        rows = permissions.visible(actor_of(request), "plan.view", Plan.objects.select_related(*FULL))
        return _thanks(request, get_object_or_404(rows, pk=link.scope.partition(":")[2]), link)
    found = _plan_of(request, link)
    if found is None:
        if late := _answered_meanwhile(request, int(link.scope.partition(":")[2]), link.version):
            return late
        sentence = _("計画書が新しくなりました。あらためて届くメールのリンクからお答えください。")
        return render(request, "links/closed.html", {"sentence": sentence}, status=409)
    if request.method != "POST":
        return _link_page(request, found, token, link)
    name = request.POST.get("answered_by", "").strip()
    try:
        services.answer_by_link(
            found,
            link,
            actor=actor_of(request),
            now=timezone.now(),
            answered_by=name,
            answers=_rows(request, found),
        )
    except DoorError as error:
        if isinstance(error, Conflict | WrongState) and (
            late := _answered_meanwhile(request, found.pk, link.version)
        ):
            return late
        return _link_page(request, found, token, link, error)
    return _thanks(request, found, link)


def _thanks(request: HttpRequest, done: Plan, link: SignedLink) -> HttpResponse:
    """What was answered by the link, as long as that answer stands."""
    stands = done.state == PlanState.ANSWERED and done.answered_hash == link.version
    shown = {
        "plan": done,
        "town": letters.town_name(done),
        "hash": link.version,
        "answers": _standing(selectors.plan_contents(done).decisions) if stands else [],
        "stands": stands,
    }
    return render(request, "plans/answered.html", shown)


def _standing(views: list[selectors.DecisionView]) -> list[dict[str, Any]]:
    """Decision by decision, the answer that is recorded."""
    return [{"view": view, "stands": ANSWER_LABELS.get(selectors.answer_of(view.row), "")} for view in views]


def _plan_of(request: HttpRequest, link: SignedLink) -> Plan | None:
    """The plan, while it waits for an answer to the very file that the link was sent with."""
    rows = permissions.visible(actor_of(request), "plan.view", Plan.objects.select_related(*FULL))
    return rows.filter(state=PlanState.REPORTED, issued_hash=link.version).first()


def _link_page(
    request: HttpRequest, found: Plan, token: str, link: SignedLink, error: DoorError | None = None
) -> HttpResponse:
    faults = error.fields if isinstance(error, BadInput) else {}
    sentence = str(error) if error and not isinstance(error, BadInput) else ""
    shown = _context(
        found,
        request,
        faults,
        sentence=sentence,
        by_link=True,
        token=token,
        link=link,
        name=request.POST.get("answered_by", link.name),
    )
    return render(request, "plans/answer.html", shown, status=error.status if error else 200)
