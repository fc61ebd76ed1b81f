"""Matching rounds for the secretariat: the list, the board, why, what if, and two runs side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import permissions
from accounts.access import actor_of, find, guarded
from accounts.sheets import answer, wants_sheet
from accounts.transitions import form_key, once_per_form
from engagements.applications.models import Call, CallState
from engagements.rounds.matching import record, selectors, services, shortlists
from engagements.rounds.matching.comparing import cost_lines, side_by_side
from engagements.rounds.matching.forms import RoundForm, fresh_values, written
from engagements.rounds.matching.maps import round_map
from engagements.rounds.matching.models import Round, RoundState, Run, Shortlist
from engagements.rounds.matching.sheets import COLUMNS
from engagements.rounds.matching.shortlist_workflow import PLACES
from engagements.rounds.matching.totals import year_totals
from engagements.rounds.matching.warnings import warnings_of
from engagements.rounds.matching.wording import WordedPart, Wording
from engagements.rounds.matching.words import (
    BROKEN,
    FIGURES,
    change_text,
    refusal_sentences,
    step_text,
)
from workflow.doors import available
from workflow.errors import DoorError


def _round(request: HttpRequest, pk: int, action: str = "round.view") -> Round:
    return find(actor_of(request), action, selectors.rounds(), pk=pk)


@require_GET
@guarded("round.view")
def round_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    shown = {
        "rounds": selectors.listing(actor),
        "totals": year_totals(),
        "may_create": permissions.allows(actor, "round.create", None),
    }
    return render(request, "rounds/matching/list.html", shown)


@require_http_methods(["GET", "POST"])
@guarded("round.create")
def round_new(request: HttpRequest) -> HttpResponse:
    """GET asks, POST makes the round and leads to its board."""
    now = timezone.now()
    if request.method != "POST":
        call = Call.objects.filter(state=CallState.OPEN).order_by("-fiscal_year", "pk").first()
        return _form_page(request, RoundForm(initial=fresh_values(call, timezone.localdate(now))), None)
    form = RoundForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, None, 422)

    def work() -> str:
        return services.create_round(form.values, actor=actor_of(request), now=now).get_absolute_url()

    return redirect(once_per_form(request, work))


@require_http_methods(["GET", "POST"])
@guarded("round.adjust")
def round_edit(request: HttpRequest, pk: int) -> HttpResponse:
    obj = _round(request, pk, "round.adjust")
    if request.method != "POST":
        return _form_page(request, RoundForm(obj=obj, initial=written(obj)), obj)
    form = RoundForm(request.POST, obj=obj, initial=written(obj))
    if not form.is_valid():
        return _form_page(request, form, obj, 422)
    try:
        services.save_round(obj, form.values, actor=actor_of(request), now=timezone.now())
    except DoorError as error:
        return _form_page(request, form, obj, error.status, sentence=str(error))
    messages.success(request, _("条件を保存しました。計算すると、新しい条件の案ができます。"))
    return redirect(obj)


def _form_page(
    request: HttpRequest, form: RoundForm, obj: Round | None, status: int = 200, sentence: str = ""
) -> HttpResponse:
    shown = {
        "form": form,
        "round": obj,
        "sentence": sentence,
        "weights": [field for field in form if field.name.startswith("weight_")],
        "key": form_key(request),
    }
    return render(request, "rounds/matching/edit.html", shown, status=status)


@require_GET
@guarded("round.view")
def round_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The board: who is left out and why, the pairs, the loads, and what was decided by hand."""
    obj = _round(request, pk)
    actor = actor_of(request)
    decided = record.decided_run(obj)
    if wants_sheet(request) and decided is not None:
        return answer(request, f"{obj.reference}_{obj.title}", COLUMNS, record.served_rows(obj, decided))
    last = obj.runs.last()
    shown: dict[str, Any] = {
        "round": obj,
        "actions": available(obj, actor),
        "may_adjust": permissions.allows(actor, "round.adjust", obj) and obj.state in services.CHANGEABLE,
        "run": last,
        "step": step_text(last.step) if last else "",
        "runs": [run for run in obj.runs.all() if run.objective],
        "warnings": warnings_of(obj),
        "asks_towns": obj.call.programme.towns_rank and obj.state in shortlists.ASKABLE,
        "shortlists": list(obj.shortlists.select_related("application__municipality")),
        "may_print": permissions.allows(actor, "round.document", obj),
    }
    if obj.proposal is not None:
        shown["board"] = selectors.board(obj, obj.proposal)
        shown["map"] = round_map(obj.proposal)
        if obj.in_force is not None and obj.in_force_id != obj.proposal_id:
            shown |= side_by_side(selectors.difference(obj.proposal, obj.in_force), _("打診ずみの案"))
    return render(request, "rounds/matching/board.html", shown)


@require_GET
@guarded("round.view")
def round_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """What the solving is doing; when it is over, the whole page is asked for again."""
    obj = _round(request, pk)
    last = obj.runs.last()
    answer = render(
        request, "rounds/matching/progress.html", {"round": obj, "step": step_text(last.step if last else "")}
    )
    if obj.state != RoundState.SOLVING:
        answer["HX-Refresh"] = "true"
    return answer


def _solved(obj: Round) -> Run:
    if obj.proposal is None:
        raise Http404(_("まだ案がありません。先に計算してください。"))
    return obj.proposal


@require_GET
@guarded("round.view")
def town_page(request: HttpRequest, pk: int, town: int) -> HttpResponse:
    """Why this town has this advisor, or none: alternates, what would serve it, and "why not this one"."""
    obj = _round(request, pk)
    run = _solved(obj)
    advisor = request.GET.get("advisor", "")
    if str(town) not in run.names["towns"] or (advisor and advisor not in run.names["advisors"]):
        raise Http404(_("この町かアドバイザーは、この計算に入っていません。"))
    found = selectors.why(run, str(town), advisor)
    not_this = found.not_this
    shown = {
        "round": obj,
        "run": run,
        "why": found,
        "row": next((row for row in selectors.pairs_of(run) if row.town == str(town)), None),
        "words": _words(run, str(town)),
        "reason": selectors.reason_of(run, str(town)),
        "alternates": [(row, cost_lines(run, row[3])) for row in found.alternates],
        "changes": [change_text(run, change) for change in found.changes],
        "broken": [BROKEN[code] for code in not_this.broken] if not_this else [],
        "cost": cost_lines(run, not_this.cost) if not_this and not_this.cost else [],
        "people": sorted(run.names["advisors"].items(), key=lambda item: item[1][0]),
        "advisor": advisor,
        "may_adjust": permissions.allows(actor_of(request), "round.adjust", obj)
        and obj.state in services.CHANGEABLE,
    }
    return render(request, "rounds/matching/town.html", shown)


def _words(run: Run, town: str) -> list[WordedPart]:
    """Why the town's pair has its score; empty where it has none."""
    pairs = (row for row in selectors.result_of(run).assignments if row.town == town and row.seat == "lead")
    return next((Wording(run).of(row) for row in pairs), [])


@require_GET
@guarded("round.view")
def advisor_page(request: HttpRequest, pk: int, advisor: int) -> HttpResponse:
    """Why an advisor has as many towns as they have: places, the employer's limit, and what keeps them from others."""
    obj = _round(request, pk)
    run = _solved(obj)
    code = str(advisor)
    if code not in run.names["advisors"]:
        raise Http404(_("この町かアドバイザーは、この計算に入っていません。"))
    load = selectors.load_of(run, code)
    shown = {
        "round": obj,
        "run": run,
        "name": run.names["advisors"][code][0],
        "employer": run.names["advisors"][code][1],
        "load": load,
        "barred": [(BROKEN[reason], count) for reason, count in load.barred.items()],
        "pairs": [row for row in selectors.pairs_of(run) if row.advisor == code],
        "advisor": code,
        "may_adjust": permissions.allows(actor_of(request), "round.adjust", obj)
        and obj.state in services.CHANGEABLE,
    }
    return render(request, "rounds/matching/advisor.html", shown)


@require_GET
@guarded("round.view")
def run_page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One run beside the proposal: the figures of both, and the towns that differ."""
    obj = _round(request, pk)
    run = obj.runs.filter(number=number).first()
    if run is None or not run.objective:
        raise Http404(_("この計算の結果はありません。"))
    base = _solved(obj)
    found = selectors.difference(base, run)
    before, after = found.compared.before, found.compared.after
    shown = side_by_side(found, _("計算%(number)d") % {"number": run.number}) | {
        "round": obj,
        "run": run,
        "base": base,
        "rows": [(label, before[name], after[name]) for name, label in FIGURES.items()],
        "board": selectors.board(obj, run),
    }
    return render(request, "rounds/matching/run.html", shown)


@require_POST
@guarded("round.adjust")
def ask_towns(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the waiting towns to rank their candidates; who was asked already is not asked again."""
    obj = _round(request, pk, "round.adjust")
    try:
        made = shortlists.ask_towns(obj, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("%(count)d町に、候補の順位を聞きました。") % {"count": len(made)})
    except DoorError as error:
        messages.error(request, " ".join(refusal_sentences(error)))
    return redirect(obj)


@require_GET
@guarded("shortlist.view")
def shortlist(request: HttpRequest, pk: int) -> HttpResponse:
    """The candidates of one town, with the form on which it ranks them."""
    row = find(
        actor_of(request),
        "shortlist.view",
        Shortlist.objects.select_related(
            "round", "application__municipality__prefecture", "application__call__programme"
        ),
        pk=pk,
    )
    doors = {item.rule.name: item for item in available(row, actor_of(request))}
    shown = {"data": shortlists.shortlist_page(row), "doors": doors, "places": PLACES}
    return render(request, "rounds/matching/shortlist.html", shown)
