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
from advisors.matching.whatif import Change, Comparison, Kind, Move
from advisors.models import Advisor
from engagements.applications.models import Application, Call, CallState
from engagements.rounds.matching import record, selectors, services, shortlists
from engagements.rounds.matching.forms import RoundForm, fresh_values, written
from engagements.rounds.matching.maps import round_map
from engagements.rounds.matching.models import AdjustmentKind, Round, RoundState, Run, Shortlist
from engagements.rounds.matching.sheets import COLUMNS
from engagements.rounds.matching.shortlist_workflow import PLACES
from engagements.rounds.matching.warnings import warnings_of
from engagements.rounds.matching.words import BROKEN, FIGURES, advisor_name, change_text, step_text, town_name
from workflow.doors import available
from workflow.errors import BadInput, DoorError, GuardsUnmet

MOVES_SHOWN = 8
#: What is changed by hand, as the engine tries it out.
TRIED = {
    AdjustmentKind.LOCK: Kind.LOCK,
    AdjustmentKind.VETO: Kind.VETO,
    AdjustmentKind.CAPACITY: Kind.CAPACITY,
    AdjustmentKind.LENDING: Kind.LENDING,
}


def _round(request: HttpRequest, pk: int, action: str = "round.view") -> Round:
    return find(actor_of(request), action, selectors.rounds(), pk=pk)


@require_GET
@guarded("round.view")
def round_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    shown = {
        "rounds": selectors.listing(actor),
        "totals": selectors.year_totals(),
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
        return answer(f"{obj.reference}_{obj.title}", COLUMNS, record.served_rows(obj, decided))
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
            found = selectors.difference(obj.proposal, obj.in_force)
            shown["moves"] = [_move_line(obj.proposal, move) for move in found.moves]
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
        "reason": selectors.reason_of(run, str(town)),
        "alternates": [(row, _lines(run, row[3])) for row in found.alternates],
        "changes": [change_text(run, change) for change in found.changes],
        "broken": [BROKEN[code] for code in not_this.broken] if not_this else [],
        "cost": _lines(run, not_this.cost) if not_this and not_this.cost else [],
        "people": sorted(run.names["advisors"].items(), key=lambda item: item[1][0]),
        "advisor": advisor,
        "may_adjust": permissions.allows(actor_of(request), "round.adjust", obj)
        and obj.state in services.CHANGEABLE,
    }
    return render(request, "rounds/matching/town.html", shown)


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


def _lines(run: Run, cost: Comparison) -> list[str]:
    """What a change does to the whole, in sentences; nothing changes: one that says so."""
    lines = [
        _("%(figure)s %(before)d → %(after)d")
        % {"figure": FIGURES[name], "before": cost.before[name], "after": cost.after[name]}
        for name in FIGURES
        if cost.changes[name]
    ]
    shown = cost.moves if len(cost.moves) <= MOVES_SHOWN + 1 else cost.moves[:MOVES_SHOWN]
    lines += [_move_line(run, move) for move in shown]
    if len(shown) < len(cost.moves):
        lines.append(_("ほか%(count)d町の担当も入れ替わります。") % {"count": len(cost.moves) - len(shown)})
    return lines or [_("全体は変わりません。")]


def _move_line(run: Run, move: Move) -> str:
    nobody = _("なし")
    return _("%(town)s: %(before)s → %(after)s") % {
        "town": town_name(run, move.town),
        "before": advisor_name(run, move.before) if move.before else nobody,
        "after": advisor_name(run, move.after) if move.after else nobody,
    }


@require_http_methods(["GET", "POST"])
@guarded("round.adjust")
def change_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows what a change by hand would do to the whole; POST keeps it, with its reason."""
    obj = _round(request, pk, "round.adjust")
    asked = request.POST if request.method == "POST" else request.GET
    kind = asked.get("kind", "")
    if kind not in AdjustmentKind.values:
        raise Http404
    advisor = find(
        actor_of(request),
        "advisor.view",
        Advisor.objects.select_related("user"),
        pk=_number(asked, "advisor"),
    )
    application = None
    if town := asked.get("town", ""):
        application = find(
            actor_of(request),
            "application.view",
            Application.objects.select_related("municipality"),
            pk=_number({"town": town}, "town"),
        )
    if request.method != "POST":
        return _change_page(request, obj, kind, advisor, application)

    def work() -> str:
        services.adjust(
            obj,
            kind,
            advisor=advisor,
            application=application,
            value=_optional(asked.get("value", "")),
            reason=asked.get("reason", ""),
            actor=actor_of(request),
            now=timezone.now(),
        )
        return obj.get_absolute_url()

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _change_page(request, obj, kind, advisor, application, error_sentences(error), error.status)
    messages.success(request, _("残しました。計算し直すと、案に入ります。"))
    return redirect(target)


def error_sentences(error: DoorError) -> list[str]:
    """What a refusal says to people."""
    if isinstance(error, BadInput):
        return [sentence for found in error.fields.values() for sentence in found]
    if isinstance(error, GuardsUnmet):
        return [str(item.sentence) for item in error.unmet]
    return [str(error)]


def _number(asked: Any, name: str) -> int:
    text = asked.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404
    return int(text)


def _optional(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _change_page(
    request: HttpRequest,
    obj: Round,
    kind: str,
    advisor: Advisor,
    application: Application | None,
    sentences: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    value = _optional(asked.get("value", ""))
    shown = {
        "round": obj,
        "kind": kind,
        "label": AdjustmentKind(kind).label,
        "advisor": advisor,
        "application": application,
        "value": asked.get("value", ""),
        "reason": asked.get("reason", ""),
        "sentences": sentences or [],
        "cost": _tried(obj, kind, advisor, application, value),
        "key": form_key(request),
    }
    return render(request, "rounds/matching/change.html", shown, status=status)


def _tried(
    obj: Round, kind: str, advisor: Advisor, application: Application | None, value: int | None
) -> list[str]:
    """The cost of a change against the proposal; empty where there is nothing to try it on."""
    run = obj.proposal
    town = str(application.pk) if application else ""
    known = run is not None and str(advisor.pk) in run.names["advisors"]
    if run is None or not known or (town and town not in run.names["towns"]):
        return []
    if value is None and kind in (AdjustmentKind.CAPACITY, AdjustmentKind.LENDING):
        return []
    change = Change(
        TRIED[AdjustmentKind(kind)],
        town=town,
        advisor=str(advisor.pk),
        employer=advisor.employer_id,
        value=value or 0,
    )
    cost = selectors.what_if(run, change)
    if cost is None:
        return [_("この変え方では、条件を満たす組み合わせができません。")]
    return _lines(run, cost)


@require_POST
@guarded("round.adjust")
def lift_change(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    obj = _round(request, pk, "round.adjust")
    made = obj.adjustments.filter(pk=number).first()
    if made is None:
        raise Http404
    try:
        services.lift(made, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("手で変えたところを戻しました。計算し直すと、案に入ります。"))
    except DoorError as error:
        messages.error(request, str(error))
    return redirect(obj)


@require_GET
@guarded("round.view")
def run_page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One run beside the proposal: the figures of both, and the towns that differ."""
    obj = _round(request, pk)
    run = obj.runs.filter(number=number).first()
    if run is None or not run.objective:
        raise Http404(_("この計算の結果はありません。"))
    base = _solved(obj)
    found = selectors.difference(base, run) if base.pk != run.pk else None
    shown = {
        "round": obj,
        "run": run,
        "base": base,
        "rows": [(label, run.objective[name], base.objective[name]) for name, label in FIGURES.items()],
        "moves": [_move_line(base, move) for move in found.moves] if found else [],
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
        messages.error(request, " ".join(error_sentences(error)))
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
