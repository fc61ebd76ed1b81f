"""What a proposal of dates asks first, whose turn it makes, and how long it keeps the days free."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.sessions import calendar, checks
from workflow.actors import Actor
from workflow.doors import Step, Turn, Unmet
from workflow.models import Span

MOST_OPTIONS = 5
PLACE_LENGTH, NOTE_LENGTH = 200, 300
ANSWERS = ("yes", "no", "adjust")
OTHER = {"town": "advisor", "advisor": "town"}

Faults = Mapping[str, Any] | None


def open_options(session: Any) -> Any:
    """The dates that are kept free for this session now."""
    model = apps.get_model("engagement_sessions", "DateOption")
    return model._base_manager.filter(session=session.pk, state="open").order_by("starts_at", "pk")


def side_of(session: Any, actor: Actor) -> str:
    """For which side somebody speaks: ``town`` for its contact, ``advisor``, else ``office``."""
    if actor.holds("contact", _town(session)):
        return "town"
    return "advisor" if actor.holds("advisor", _engagement(session)) else "office"


# --- whose turn ------------------------------------------------------------------------------------------


def _town(session: Any) -> str:
    return f"municipality:{session.engagement.municipality_id}"


def _engagement(session: Any) -> str:
    return f"engagement:{session.engagement_id}"


def turns(session: Any) -> dict[str, Turn]:
    """While dates are open, the turn is theirs who have not answered; then theirs who proposed. One query."""
    if session.state not in checks.NOT_YET_PLANNED:
        return {}
    options = list(open_options(session))
    if not options:
        return {}
    side = turn_side(options)
    role, scope, waiter = (
        ("contact", _town, "advisor") if side == "town" else ("advisor", _engagement, "contact")
    )
    until = options[0].held_until
    return {
        session.state: Turn(role, scope, gettext_lazy("日程の候補から選ぶ"), lambda obj: until, waiter=waiter)
    }


def turn_side(options: list[Any]) -> str:
    """Whose turn it is while these dates are open."""
    proposer = options[0].side
    return OTHER[proposer] if any(not option.answer for option in options) else str(proposer)


def settle_by(session: Any, today: date) -> date:
    """By when a date is settled that is looked for from today."""
    return today + timedelta(days=session.engagement.programme.propose_days)


def ask_next(session: Any, today: date) -> None:
    """With this session behind, the next one's date is looked for; its open turn gets the day."""
    later = checks.sibling_sessions(session).filter(
        kind__number=session.kind.number + 1, state__in=checks.NOT_YET_PLANNED, dates_due=None
    )
    for following in later:
        due = settle_by(session, today)
        later.model._base_manager.filter(pk=following.pk).update(dates_due=due)
        Span.objects.filter(stream=following.stream, left_at=None, due_on=None).update(due_on=due)


# --- proposing -------------------------------------------------------------------------------------------


def read_options(rows: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The dates as fields of a ``DateOption``, and a sentence for each row that can't be read."""
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_OPTIONS:
        return [], {"options": _("候補は1つから%(most)dつまで入れてください。") % {"most": MOST_OPTIONS}}
    found, faults = [], {}
    for number, row in enumerate(rows, start=1):
        option, sentence = _read_option(row)
        if sentence:
            faults[f"options.{number}"] = sentence
        found.append(option)
    return found, faults


def _read_option(row: Any) -> tuple[dict[str, Any], str]:
    if not isinstance(row, dict):
        return {}, _("日にちと時刻を入れてください。")
    starts, ends = _moment(row.get("starts_at")), _moment(row.get("ends_at"))
    mode, place = row.get("mode"), row.get("place") or ""
    if starts is None or ends is None:
        return {}, _("日にちと、始まりと終わりの時刻を入れてください。")
    if mode not in ("onsite", "online"):
        return {}, _("現地かオンラインかを選んでください。")
    if not isinstance(place, str) or len(place) > PLACE_LENGTH:
        return {}, _("場所は%(most)d文字までにしてください。") % {"most": PLACE_LENGTH}
    return {"starts_at": starts, "ends_at": ends, "mode": mode, "place": place.strip()}, ""


def _moment(value: Any) -> datetime | None:
    """A time in Japan where none is named."""
    if not isinstance(value, str):
        return None
    try:
        moment = parse_datetime(value)
        if moment is None or not 2000 <= moment.year <= 2999:
            return None
        return timezone.make_aware(moment) if moment.tzinfo is None else moment
    except (ValueError, OverflowError):
        return None


def options_fit(session: Any, step: Step) -> Faults:
    """Each date can be kept; days to be careful with are named first and need a yes."""
    found, faults = read_options(step.data["options"])
    if faults:
        return faults
    seen: set[datetime] = set()
    for number, option in enumerate(found, start=1):
        sentence = _fault_of(session, option, step, seen)
        if sentence:
            faults[f"options.{number}"] = sentence
        seen.add(option["starts_at"])
    if not faults and not step.data["sure"]:
        return _cautions(session, found)
    return faults


def _fault_of(session: Any, option: dict[str, Any], step: Step, seen: set[datetime]) -> str:
    if option["starts_at"] in seen:
        return _("ほかの候補と同じ日時です。")
    faults = checks.fault_of_day(session, option["starts_at"], option["ends_at"], step.now)
    return next(iter((faults or {}).values()), "")


def _cautions(session: Any, found: list[dict[str, Any]]) -> dict[str, str]:
    faults = {}
    for number, option in enumerate(found, start=1):
        day = timezone.localdate(option["starts_at"])
        if words := calendar.cautions(day, session):
            faults[f"options.{number}"] = " ".join(words)
    if faults:
        faults["sure"] = _("このまま候補にするときは、印を付けてもう一度出してください。")
    return faults


def hold_until(session: Any, step: Step) -> date:
    """The last day of the hold: the programme's days, never beyond the last date itself."""
    found, _faults = read_options(step.data["options"])
    last = max(timezone.localdate(option["starts_at"]) for option in found)
    return min(step.today() + timedelta(days=session.engagement.programme.hold_days), last)


# --- answering -------------------------------------------------------------------------------------------


def dates_are_open(session: Any, now: datetime) -> Unmet | None:
    if open_options(session).exists():
        return None
    return Unmet(_("いま出ている日程の候補はありません。"), f"/sessions/{session.pk}/dates/")


def holds_are_over(session: Any, now: datetime) -> Unmet | None:
    """The last day is over, or the engagement stands still: then nobody needs the days."""
    options = open_options(session)
    if session.engagement.state in checks.RUNNING:
        options = options.filter(held_until__lt=timezone.localdate(now))
    if options.exists():
        return None
    return Unmet(_("仮押さえの期限は過ぎていません。"))


def other_side_answers(session: Any, step: Step) -> Faults:
    if open_options(session).first().side == side_of(session, step.actor):
        return {"answers": _("ご自身の側が出した候補です。相手の返事をお待ちください。")}
    return None


def own_side_withdraws(session: Any, step: Step) -> Faults:
    if open_options(session).first().side != side_of(session, step.actor):
        return {
            "": _("相手が出した候補です。合わないときは「不可」と返事をするか、別の候補を出してください。")
        }
    return None


def answers_fit(session: Any, step: Step) -> Faults:
    rows = step.data["answers"]
    known = {option.pk for option in open_options(session)}
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_OPTIONS:
        return {"answers": _("候補ごとに、可・不可・要調整を選んでください。")}
    faults = {}
    for number, row in enumerate(rows, start=1):
        if sentence := _answer_fault(row, known):
            faults[f"answers.{number}"] = sentence
    return faults


def _answer_fault(row: Any, known: set[int]) -> str:
    if not isinstance(row, dict) or type(row.get("option")) is not int or row["option"] not in known:
        return _("いま出ている候補ではありません。画面を開き直してください。")
    if row.get("answer") not in ANSWERS:
        return _("可・不可・要調整のどれかを選んでください。")
    note = row.get("note") or ""
    if not isinstance(note, str) or len(note) > NOTE_LENGTH:
        return _("ひとことは%(most)d文字までにしてください。") % {"most": NOTE_LENGTH}
    return ""
