"""The log page, the checklist's ticks and the town's next step."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import expiry, permissions
from accounts.access import actor_of, find, guarded
from accounts.transitions import form_key, new_form_key, once_per_form, safe_next
from engagements.sessions import checks, forms, selectors, services
from engagements.sessions.models import Session
from workflow import perform
from workflow.errors import BadInput, Conflict, DoorError

UNWRITTEN = ("unscheduled", "postponed", "scheduled", "held")


def _asks(session: Session) -> tuple[str, ...]:
    """What the form asks beside the log: the day where it is not recorded, a reason where it is late or a correction.

    And why it came before an earlier session, where that one is not recorded.
    """
    out_of_order = session.state == "scheduled" and checks.first_open_before(session) is not None
    return {
        "scheduled": ("held_on", "order_reason") if out_of_order else ("held_on",),
        "held": (),
        "logged": ("reason",),
        "confirmed": ("reason",),
    }.get(str(session.state), ("held_on", "reason"))


def _action(session: Session) -> str:
    return "session.log" if session.state in UNWRITTEN else "session.correct"


@guarded("session.view")
def log_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the log, or its form to whoever writes it; POST sends it or corrects it."""
    actor = actor_of(request)
    session = find(
        actor, "session.view", selectors.complete().select_related("engagement__municipality"), pk=pk
    )
    writes = permissions.allows(actor, _action(session), session) and session.state != "cancelled"
    if request.method != "POST":
        correcting = session.state not in UNWRITTEN and "correct" not in request.GET
        return _show(request, session, writes=writes and not correcting, may_correct=writes and correcting)
    if not writes:
        raise Http404

    said = _("記録を直しました。")
    if session.state in UNWRITTEN:
        said = _("記録を出しました。町に確認をお願いしました。")

    def work() -> str:
        _send(request, session)
        return str(session.get_absolute_url())

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _show(request, session, error=error)
    messages.success(request, said)
    return redirect(target)


def _send(request: HttpRequest, session: Session) -> None:
    """The posted form through the door. The day is read here, because two transitions share it."""
    actor, values, asks = actor_of(request), forms.values_of(request.POST), _asks(session)
    if session.state not in UNWRITTEN:
        perform("correct", session, actor, **values, reason=request.POST.get("reason", ""))
        return
    form = forms.LogForm(request.POST, asks=asks)
    form.is_valid()
    if "held_on" in form.errors:
        raise BadInput({"held_on": [str(sentence) for sentence in form.errors["held_on"]]})
    day, reason = form.cleaned_data.get("held_on"), request.POST.get("reason", "")
    reasons = {"late_reason": reason, "order_reason": request.POST.get("order_reason", "")}
    services.write_log(session, actor=actor, now=timezone.now(), held_on=day, **reasons, **values)


def _show(
    request: HttpRequest,
    session: Any,
    *,
    error: DoorError | None = None,
    writes: bool = True,
    may_correct: bool = False,
) -> HttpResponse:
    fresh = (
        selectors.complete().select_related("engagement__municipality").get(pk=session.pk)
        if error
        else session
    )
    confirms = fresh.state == "logged" and permissions.allows(actor_of(request), "session.confirm", fresh)
    context: dict[str, Any] = {
        "session": fresh,
        "engagement": fresh.engagement,
        "may_correct": may_correct,
        "may_confirm": confirms,
        "reference": selectors.reference(fresh),
        "guests": fresh.guests.select_related("municipality__prefecture"),
        "may_print": permissions.allows(actor_of(request), "session.document", fresh),
        "idempotency_key": new_form_key(),
    }
    if writes:
        context |= _form_of(request, fresh, error)
    status = error.status if error else 200
    return render(request, "sessions/log.html", context, status=status)


def _form_of(request: HttpRequest, session: Any, error: DoorError | None) -> dict[str, Any]:
    asks = _asks(session)
    if error is None:
        form = forms.LogForm(initial=forms.start_of(session), asks=asks)
        rows = session.log_draft.get("rows") or session.log_attendance
    else:
        form, rows = forms.LogForm(request.POST, asks=asks), forms.rows_of(request.POST)
        _say(form, error)
    return {
        "form": form,
        "rows": forms.empty_rows(rows, selectors.suggested_sections(session)),
        "rows_fault": error.fields.get("log_attendance", []) if isinstance(error, BadInput) else [],
        "sentence": "" if error is None or isinstance(error, BadInput) else str(error),
        "correcting": session.state not in UNWRITTEN,
        "late": "held_on" in asks and "reason" in asks,
        "idempotency_key": form_key(request),
    }


def _say(form: forms.LogForm, error: DoorError) -> None:
    form.is_valid()
    fields = error.fields if isinstance(error, BadInput) else {}
    for name, sentences in fields.items():
        if name in form.fields and name not in form.errors:
            form.add_error(name, sentences)


@require_POST
@guarded("session.log")
def draft(request: HttpRequest, pk: int) -> JsonResponse:
    """Keep the log as it is typed."""
    session = find(actor_of(request), "session.log", Session.objects.all(), pk=pk)
    typed = {name: request.POST.get(name, "") for name in (*forms.FIELDS, "held_on")}
    kept = services.keep_draft(
        session, actor=actor_of(request), draft=typed | {"rows": forms.rows_of(request.POST)}
    )
    now = timezone.localtime()
    label = f"{now.hour}:{now:%M}"
    answer = {"saved_at_label": label if kept else "", "missing": forms.missing(request.POST)}
    answer["lasts"] = expiry.signed_in(request, now)
    return JsonResponse(answer, status=200 if kept else 413)


@require_POST
@guarded("session.tick")
def tick(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick or untick one thing of the checklist, and come back to the page."""
    session = find(actor_of(request), "session.tick", Session.objects.all(), pk=pk)
    item = request.POST.get("item", "")
    number = int(item) if item.isdecimal() and len(item) < 18 else 0
    try:
        if request.POST.get("done") == "0":
            services.untick(session, item=number, actor=actor_of(request))
        else:
            services.tick(session, item=number, actor=actor_of(request), now=timezone.now())
    except BadInput as error:
        messages.error(request, str(error))
    return redirect(safe_next(request, session.get_absolute_url()))


@require_POST
@guarded("session.next_step")
def next_step_done(request: HttpRequest, pk: int) -> HttpResponse:
    session = find(actor_of(request), "session.next_step", Session.objects.all(), pk=pk)
    try:
        services.finish_next_step(session, actor=actor_of(request), now=timezone.now())
    except Conflict as error:
        messages.error(request, str(error))
        return _show(request, session, error=error, writes=False)
    messages.success(request, _("済みにしました。"))
    return redirect(safe_next(request, session.get_absolute_url()))
