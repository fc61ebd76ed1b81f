"""The page on which town and advisor agree on a day: propose, answer, choose, take back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import actor_of, find, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.sessions import calendar, date_checks, date_forms, date_history, selectors, services
from engagements.sessions.models import OptionAnswer
from workflow import available, perform
from workflow.errors import BadInput, DoorError, GuardsUnmet

SAID = {
    "ask_new_dates": _("決まっていた日程を取りやめ、新しい候補を送りました。"),
    "propose": _("候補を送りました。返事が届くと、ホームでお知らせします。"),
    "answer_dates": _("返事を送りました。"),
    "withdraw_dates": _("候補を取り下げました。"),
    "choose": _("日程を決めました。"),
}
WITH_ROWS = ("propose", "ask_new_dates")


@guarded("session.view")
def dates_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the dates that are open and the form of new ones; POST does what its button says."""
    session = find(actor_of(request), "session.view", _rows(), pk=pk)
    if request.method != "POST":
        return _show(request, session)
    deed = "choose" if "choose" in request.POST else request.POST.get("do", "")
    if deed not in SAID:
        raise Http404

    def work() -> str:
        _do(request, session, deed)
        return f"/sessions/{session.pk}/dates/" if deed != "choose" else session.get_absolute_url()

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _show(request, _rows().get(pk=pk), deed, error)
    messages.success(request, SAID[deed])
    return redirect(target)


def _rows() -> Any:
    return selectors.complete().select_related("engagement__municipality")


def _do(request: HttpRequest, session: Any, deed: str) -> None:
    actor, posted, now = actor_of(request), request.POST, timezone.now()
    if deed == "choose":
        chosen = posted["choose"]
        number = int(chosen) if chosen.isdecimal() and len(chosen) < 18 else 0
        services.choose_date(session, option=number, actor=actor, now=now)
    elif deed in WITH_ROWS:
        options = date_forms.options_of(date_forms.typed_rows(posted))
        more: dict[str, Any] = {"reason": posted.get("reason", "")} if deed == "ask_new_dates" else {}
        perform(deed, session, actor, now=now, options=options, sure=posted.get("sure", ""), **more)
    elif deed == "answer_dates":
        answers = date_forms.answers_of(posted, session.dates)
        perform("answer_dates", session, actor, now=now, answers=answers)
    else:
        perform("withdraw_dates", session, actor, now=now)


def _lines(session: Any, posted: Any, faults: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The open dates with what to know about each, and what was typed beside it."""
    lines: list[dict[str, Any]] = [
        {
            "option": option,
            "cautions": calendar.cautions(timezone.localdate(option.starts_at), session),
            "answer": posted.get(f"answer-{option.pk}", option.answer),
            "note": posted.get(f"note-{option.pk}", option.note),
        }
        for option in session.dates
    ]
    answered = [line for line in lines if posted.get(f"answer-{line['option'].pk}")]
    for place, line in enumerate(answered, start=1):
        line["faults"] = faults.get(f"answers.{place}", [])
    return lines


def _show(request: HttpRequest, session: Any, deed: str = "", error: DoorError | None = None) -> HttpResponse:
    actor, today = actor_of(request), timezone.localdate()
    doors = {item.rule.name: item for item in available(session, actor)}
    faults = dict(error.fields) if isinstance(error, BadInput) else {}
    rows = date_forms.typed_rows(request.POST) if deed in WITH_ROWS else date_forms.blank_rows()
    stray = date_forms.put_faults(rows, faults) if deed in WITH_ROWS else _stray(faults)
    side = date_checks.side_of(session, actor)
    own = bool(session.dates) and session.dates[0].side == side
    planning = doors.get("propose") or doors.get("ask_new_dates")
    context = {
        "session": session,
        "engagement": session.engagement,
        "lines": _lines(session, request.POST if deed == "answer_dates" else {}, faults),
        "may_answer": "answer_dates" in doors and bool(session.dates) and not own,
        "may_choose": "schedule" in doors and bool(session.dates),
        "may_withdraw": "withdraw_dates" in doors and own,
        "own": own,
        "may_propose": "propose" in doors and doors["propose"].allowed,
        "may_reask": "ask_new_dates" in doors and doors["ask_new_dates"].allowed,
        "may_move": [doors[name].rule for name in ("reschedule", "postpone") if name in doors],
        "reason": request.POST.get("reason", ""),
        "changes": date_history.changes(session),
        "unmet": planning.unmet if planning else (),
        "rows": rows,
        "stray": stray if not isinstance(error, GuardsUnmet) else [],
        "sentence": "" if error is None or isinstance(error, BadInput) else str(error),
        "asks_sure": "sure" in faults,
        "deed": deed,
        "answers": [choice for choice in OptionAnswer.choices if choice[0]],
        "busy": selectors.busy_days(session, today=today, named=side != "town") if doors else [],
        "before": selectors.past_dates(session),
        "hold_days": session.engagement.programme.hold_days,
        "may_enter": "schedule" in doors and doors["schedule"].allowed,
        "idempotency_key": new_form_key(),
    }
    return render(request, "sessions/dates.html", context, status=error.status if error else 200)


def _stray(faults: dict[str, list[str]]) -> list[str]:
    return [said for name, found in faults.items() if not name.startswith("answers.") for said in found]
