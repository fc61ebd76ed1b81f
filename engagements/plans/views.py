"""Pages of the plan's editor."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import expiry, permissions
from accounts.access import actor_of, find, guarded
from accounts.transitions import once_per_form
from engagements.models import Engagement
from engagements.plans import budget, editor, selectors, services
from engagements.plans.forms import TextForm
from engagements.plans.models import Plan
from municipalities.dates import fiscal_year
from workflow.errors import BadInput, Conflict

FULL = ("engagement__municipality__prefecture", "engagement__programme", "saved_by")


def find_plan(request: HttpRequest, pk: int, action: str = "plan.view") -> Plan:
    return find(actor_of(request), action, Plan.objects.select_related(*FULL), pk=pk)


def find_engagement(request: HttpRequest, pk: int) -> Engagement:
    rows = Engagement.objects.select_related("municipality__prefecture", "programme")
    return find(actor_of(request), "engagement.view", rows, pk=pk)


def show(request: HttpRequest, plan: Plan, part: str, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    shown = editor.context(plan, actor_of(request), now=now, today=today, part=part, **more)
    return render(request, "plans/plan.html", shown, status=status)


@require_GET
@guarded("plan.view")
def plan(request: HttpRequest, engagement: int) -> HttpResponse:
    """The editor; before there is a plan, what it will be and the button that begins it."""
    owner = find_engagement(request, engagement)
    found = selectors.plan_of(owner.pk)
    if found is None:
        may_begin = permissions.allows(actor_of(request), "plan.create", Plan(engagement=owner))
        return render(
            request,
            "plans/empty.html",
            {"engagement": owner, "may_begin": may_begin, "engagement_url": f"/engagements/{owner.pk}/"},
        )
    part = request.GET.get("part", "decisions")
    if part not in editor.PARTS:
        raise Http404
    contents = selectors.plan_contents(found)
    form = _asked_form(request, found, part, contents) if editor.may_edit(found, actor_of(request)) else None
    return show(request, found, part, contents=contents, form=form)


def _asked_form(request: HttpRequest, found: Plan, part: str, contents: Any) -> Any:
    """The row's form that the address asks for: ``?decision=17``, ``?kpi=new``."""
    model = editor.ROWS.get(part)
    if model is None:
        return None
    asked = request.GET.get(
        {"decisions": "decision", "roadmap": "item", "budget": "date", "kpis": "kpi"}[part], ""
    )
    if asked == "new":
        return editor.row_form(model, contents, **_initial(request, part, contents))
    if not asked.isdecimal():
        return None
    row = model._base_manager.filter(plan=found, pk=int(asked)).first()
    if row is None:
        raise Http404
    return editor.row_form(model, contents, row)


def _initial(request: HttpRequest, part: str, contents: Any) -> dict[str, Any]:
    """A new KPI starts from a median of the survey, a new decision from its issue, a roadmap line from this year."""
    if part == "decisions":
        return {"issue": request.GET.get("issue"), "way": request.GET.get("way")}
    if part == "roadmap":
        return {"fiscal_year": contents.plan.engagement.fiscal_year + 1}
    if part == "budget":
        day = budget.next_day((), contents.plan.engagement.programme, timezone.localdate())
        return {"fiscal_year": fiscal_year(day) + 1, "day": day}
    known = {row["key"]: row for row in selectors.baselines(contents.result)}
    row = known.get(request.GET.get("from", ""))
    return (
        {name: row[name] for name in ("name", "scenario", "measure", "unit", "source")}
        | {"baseline": row["value"]}
        if row
        else {}
    )


@require_POST
@guarded("plan.create")
def begin(request: HttpRequest, engagement: int) -> HttpResponse:
    owner = find_engagement(request, engagement)
    services.begin_plan(owner, actor=actor_of(request), now=timezone.now())
    return redirect("plan", engagement)


# --- text ---------------------------------------------------------------------


@require_POST
@guarded("plan.edit")
def text(request: HttpRequest, pk: int) -> HttpResponse:
    """Saves what is typed: JSON for the script, the page for everybody else. 409 shows both versions."""
    found = find_plan(request, pk, "plan.edit")
    version = request.POST.get("version", "")
    part = request.POST.get("part", "vision")
    # A part shows only some of the fields: what it did not show stays as it is.
    form = TextForm(_whole(found, request.POST), instance=Plan.objects.get(pk=pk))
    if not form.is_valid() and not _wants_json(request):
        return show(request, found, part, 422, text_form=form)
    values = {name: value for name, value in form.cleaned_data.items() if name in request.POST}
    try:
        saved = services.save_text(
            found,
            actor=actor_of(request),
            now=timezone.now(),
            version=int(version) if version.isdecimal() else 0,
            values=values,
        )
    except services.StaleText as error:
        return _text_conflict(request, error, part)
    if _wants_json(request):
        return JsonResponse(_saved(saved, form) | {"lasts": expiry.signed_in(request, timezone.now())})
    return redirect(f"{reverse('plan', args=[saved.engagement_id])}?part={part}")


def _whole(found: Plan, posted: QueryDict) -> QueryDict:
    data = posted.copy()
    for name in services.TEXT_FIELDS:
        if name not in data:
            data[name] = getattr(found, name)
    return data


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _saved(saved: Plan, form: TextForm) -> dict[str, Any]:
    """What the script shows. A field that can't be kept as typed is named with its reason; the others are saved."""
    errors = {name: [str(error) for error in sentences] for name, sentences in form.errors.items()}
    missing = [{"field": name, "label": _label(name)} for name in services.missing_text(saved)]
    missing += [
        {"field": name, "label": f"{_label(name)}({' '.join(said)})"} for name, said in errors.items()
    ]
    at = timezone.localtime(saved.saved_at or timezone.now())
    return {
        "saved_at_label": f"{at.hour}:{at:%M}",
        "version": saved.revision,
        "missing": missing,
        "errors": errors,
    }


def _label(name: str) -> str:
    return str(Plan._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _text_conflict(request: HttpRequest, error: services.StaleText, part: str) -> HttpResponse:
    stored = error.plan
    if _wants_json(request):
        facing = [_facing(stored, name, error.mine[name]) for name in error.fields]
        return JsonResponse({"conflict": facing, "version": stored.revision, "errors": {}}, status=409)
    form = TextForm(_whole(stored, request.POST), instance=Plan.objects.get(pk=stored.pk))
    form.is_valid()
    for name in error.fields:
        form.add_error(name, _both(getattr(stored, name)))
    found = find_plan(request, stored.pk, "plan.edit")
    return show(request, found, part, 409, text_form=form, sentence=str(error))


def _facing(stored: Plan, name: str, mine: Any) -> dict[str, Any]:
    at = timezone.localtime(stored.saved_at) if stored.saved_at else None
    return {
        "field": name,
        "label": _label(name),
        "mine": mine,
        "theirs": getattr(stored, name),
        "by": stored.saved_by.name if stored.saved_by else "",
        "at": f"{at.hour}:{at:%M}" if at else "",
    }


def _both(theirs: Any) -> str:
    shown = _("(空欄)") if theirs in ("", None) else theirs
    return _("保存されている内容: %(theirs)s 残すほうにして、もう一度保存してください。") % {"theirs": shown}


# --- rows -----------------------------------------------------------------------


@require_POST
@guarded("plan.edit")
def row(request: HttpRequest, pk: int, part: str, row_pk: int | None = None) -> HttpResponse:
    """Add, change or take out one row of a part; what is refused comes back as it was typed."""
    model = editor.ROWS.get(part)
    if model is None:
        raise Http404
    found = find_plan(request, pk, "plan.edit")
    stored = model._base_manager.filter(plan=found, pk=row_pk).first() if row_pk else None
    if row_pk and stored is None:
        raise Http404
    back = f"{reverse('plan', args=[found.engagement_id])}?part={part}#{part}"
    if request.POST.get("back") == "board":
        back = reverse("plan-board", args=[found.engagement_id])
    contents = selectors.plan_contents(found)
    form = editor.row_form(model, contents, stored, request.POST)
    removing = request.POST.get("do") == "remove" and row_pk is not None
    if not removing and not form.is_valid():
        return show(request, found, part, 422, contents=contents, form=form)
    work = partial(_remove_row if removing else _save_row, request, found, model, form)
    try:
        once_per_form(request, lambda: work() or back)
    except services.StaleRow as error:
        return _row_conflict(request, found, part, form, error)
    except BadInput as error:
        for name, sentences in error.fields.items():
            form.add_error(name if name in form.fields else None, sentences)
        return show(request, found, part, error.status, form=form)
    except Conflict as error:
        return show(request, found, part, error.status, form=form, sentence=str(error))
    return redirect(back)


def _remove_row(request: HttpRequest, found: Plan, model: Any, form: Any) -> None:
    services.remove_row(model, found, actor=actor_of(request), now=timezone.now(), pk=form.row.pk)


def _save_row(request: HttpRequest, found: Plan, model: Any, form: Any) -> None:
    services.save_row(
        model,
        found,
        actor=actor_of(request),
        now=timezone.now(),
        pk=form.row.pk if form.row else None,
        version=request.POST.get("version"),
        values=form.cleaned_data,
    )


def _row_conflict(
    request: HttpRequest, found: Plan, part: str, form: Any, error: services.StaleRow
) -> HttpResponse:
    """The typed values stay in the form, what is stored stands under each field that differs."""
    for name in services.ROW_FIELDS[editor.ROWS[part]]:
        theirs = getattr(error.row, name)
        if theirs != form.cleaned_data.get(name):
            form.add_error(name, _both(theirs))
    form.version = services.row_version(error.row)
    return show(request, found, part, error.status, form=form, sentence=str(error))
