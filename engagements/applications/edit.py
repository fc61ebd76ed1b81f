"""The page on which an application is written: saved as typed, by hand, and sent."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import expiry
from accounts.access import actor_of, find, guarded
from accounts.transitions import form_key, once_per_form
from engagements.applications import progress, selectors, services
from engagements.applications.drafts import Difference, DraftConflict
from engagements.applications.forms import DraftForm
from engagements.applications.guards import left_behind
from engagements.applications.models import Application, ApplicationState, Call
from engagements.applications.views import detail
from workflow.doors import available, perform
from workflow.errors import BadInput, Conflict, DoorError, GuardsUnmet, WrongState


def _application(request: HttpRequest, pk: int) -> Application:
    return find(actor_of(request), "application.edit", selectors.full(), pk=pk)


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _with_wish(data: QueryDict) -> QueryDict:
    """The form as sent, with what the pressed button does to the wishes: ``add:12``, ``remove:12``, ``first:12``."""
    verb, _colon, advisor = data.get("act", "").partition(":")
    if verb not in ("add", "remove", "first"):
        return data
    others = [item for item in data.get("wishes", "").split(",") if item and item != advisor]
    wished = {"add": [*others, advisor], "remove": others, "first": [advisor, *others]}[verb]
    data = data.copy()
    data["wishes"] = ",".join(wished)
    return data


def _form(request: HttpRequest, application: Application) -> DraftForm:
    data = _with_wish(request.POST) if request.method == "POST" else None
    return DraftForm(data, application=application, now=timezone.now())


def _save(request: HttpRequest, application: Application, form: DraftForm) -> Application:
    return services.save_draft(
        application, form.values, actor=actor_of(request), revision=_revision(request), now=timezone.now()
    )


@require_http_methods(["GET", "POST"])
@guarded("application.edit")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the form; POST saves what is sound of it, then submits if that button was pressed."""
    application = _application(request, pk)
    if request.method == "POST":
        return _posted(request, application)
    if application.state not in services.WRITABLE:
        return redirect(application)
    return _page(request, application, _form(request, application))


def _posted(request: HttpRequest, application: Application) -> HttpResponse:
    form = _form(request, application)
    try:
        if request.POST.get("act") == "submit" and form.is_valid():
            return _submit(request, application, form)
        saved = _save(request, application, form)
        if request.POST.get("act") == "enter" and form.is_valid():
            return redirect("transition", "application", saved.pk, "enter")
    except WrongState as error:
        return detail(request, application, sentence=str(error), status=error.status)
    except DraftConflict as error:
        return _page(request, application, form, 409, conflict=error)
    except BadInput as error:
        return _page(request, application, form, error.status, sentence=str(error))
    if form.errors:
        return _page(request, _application(request, saved.pk), form, 422)
    return redirect(f"{reverse('application-edit', args=[saved.pk])}{_anchor(request)}")


def _anchor(request: HttpRequest) -> str:
    return "#p5" if ":" in request.POST.get("act", "") else ""


def _submit(request: HttpRequest, application: Application, form: DraftForm) -> HttpResponse:
    """Save and submit together, once for this form; what is refused at the door is saved all the same."""

    def work() -> str:
        saved = _save(request, application, form)
        perform("submit", saved, actor_of(request))
        return saved.get_absolute_url()

    try:
        return redirect(once_per_form(request, work))
    except GuardsUnmet as error:
        _save(request, application, form)
        fresh = _application(request, application.pk)
        return _page(request, fresh, form, error.status, unmet=error.unmet)


def _page(
    request: HttpRequest, application: Application, form: DraftForm, status: int = 200, **more: Any
) -> HttpResponse:
    conflict: DraftConflict | None = more.pop("conflict", None)
    form.show_needs()
    state = progress.of(application)
    shown = {
        "application": application,
        "form": form,
        "asked": [form.part(number, state.sentences) for number in range(7)],
        "progress": state,
        "kept": selectors.kept_answers(application),
        "next_calls": _next_calls(application),
        "version": application.revision,
        "idempotency_key": form_key(request),
        "actions": [
            item for item in available(application, actor_of(request)) if item.rule.name == "withdraw"
        ],
        "conflict": [_readable(form, item) for item in conflict.differences] if conflict else [],
        "sentence": str(conflict) if conflict else "",
    }
    return render(request, "applications/edit.html", shown | more, status=status)


def _next_calls(application: Application) -> list[Call]:
    """Where a draft can go whose own call takes no applications any more."""
    now = timezone.now()
    if application.state != ApplicationState.DRAFT or left_behind(application, now) is not None:
        return []
    return list(selectors.open_calls(now))


@require_GET
@guarded("application.edit")
def meter(request: HttpRequest, pk: int) -> HttpResponse:
    """The meter of what is missing, as a fragment that is fetched again after each save."""
    application = _application(request, pk)
    shown = {"application": application, "progress": progress.of(application)}
    return render(request, "applications/parts/meter.html", shown)


@require_POST
@guarded("application.edit")
def save(request: HttpRequest, pk: int) -> JsonResponse:
    """What static/js/autosave.js sends while somebody types; bad values are named, the rest is saved."""
    application = _application(request, pk)
    form = _form(request, application)
    try:
        saved = _save(request, application, form)
    except DraftConflict as error:
        return JsonResponse(
            {"version": error.revision, "conflict": [_for_script(form, item) for item in error.differences]},
            status=error.status,
        )
    except DoorError as error:
        # 409 would mean two versions to this script; a form that can no longer be saved has none.
        status = 410 if isinstance(error, Conflict | WrongState) else error.status
        return JsonResponse({"detail": str(error)}, status=status)
    return JsonResponse(
        {
            "saved_at_label": f"{timezone.localtime(saved.saved_at):%-H:%M}",
            "lasts": expiry.signed_in(request, timezone.now()),
            "version": saved.revision,
            "missing": [{"field": row.field, "label": row.label} for row in progress.of(saved).missing],
            "errors": {name: [str(item) for item in items] for name, items in form.errors.items()},
        }
    )


def _readable(form: DraftForm, item: Difference) -> dict[str, Any]:
    return {
        "field": item.field,
        "label": str(form.fields[item.field].label),
        "theirs": form.text_of(item.field, item.theirs),
        "mine": form.text_of(item.field, item.mine),
        "by": item.by,
        "at": item.at,
    }


def _for_script(form: DraftForm, item: Difference) -> dict[str, Any]:
    words = _readable(form, item)
    return words | {
        "theirs": _sent(item.field, item.theirs),
        "mine": _sent(item.field, item.mine),
        "theirs_text": words["theirs"],
        "mine_text": words["mine"],
        "at": f"{timezone.localtime(item.at):%-H:%M}",
    }


def _sent(field: str, value: Any) -> Any:
    """A value as its inputs would send it."""
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, list):
        texts = [str(item) for item in value]
        return ",".join(texts) if field == "wishes" else texts
    return "" if value is None else str(value)
