"""What people type at a door: what it asks for, or something broken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st

from engagements.plans.answers import ANSWERS
from engagements.sessions.models import Meeting
from workflow.doors import Rule
from workflow.inputs import Kind

Typed = dict[str, Any]
Pick = Callable[[list[Any]], Any]
WORDS = "葛\U000e0100城さんと話して決めました。"
LOG = {
    "log_summary": "各課の様式を持ち寄りました。",
    "log_next_step": "歩く場面を決める",
    "log_hours": "2.25",
    "log_attendance": [{"section": "住民会計課", "count": 3}],
}
PLAIN: dict[Kind, Any] = {
    Kind.TEXT: "見本 太郎",
    Kind.LONG_TEXT: WORDS,
    Kind.EMAIL: "chief@town.example.test",
}


#: Not required by themselves, but by what the object lacks.
SAID_ANYWAY = ("no_case_reason", "order_reason", "executive_email")


def paper(number: int) -> str:
    """The hash of the file of document ``number``."""
    return hashlib.sha256(f"paper {number}".encode()).hexdigest()


def _meeting(session: Any, now: datetime) -> Typed:
    """The first day after everything that the engagement or its advisor has planned."""
    standing = Meeting.objects.filter(called_off=False).order_by("-starts_at").first()
    today = timezone.localdate(now)
    day = max(today, timezone.localdate(standing.starts_at)) if standing else today
    starts = timezone.make_aware(datetime.combine(day + timedelta(days=1), time(10)))
    return {"starts_at": starts, "ends_at": starts + timedelta(hours=2), "mode": "onsite", "place": "本庁舎"}


def _option(session: Any, now: datetime, days: int) -> Typed:
    """A date as the page sends it."""
    times = _meeting(session, now)
    for name in ("starts_at", "ends_at"):
        times[name] = (times[name] + timedelta(days=days)).isoformat()
    return times


def _about_dates(session: Any, name: str, now: datetime, pick: Pick) -> Typed:
    if name != "answer_dates":
        return {"options": [_option(session, now, days) for days in range(pick([1, 2]))], "sure": True}
    open_dates = session.date_options.filter(state="open").values_list("pk", flat=True)
    answers = [{"option": pk, "answer": pick(["yes", "no", "adjust"]), "note": ""} for pk in open_dates]
    return {"answers": answers or [{"option": 1, "answer": "yes"}]}


def _answer(plan: Any, now: datetime, pick: Pick) -> Typed:
    rows = []
    for decision in plan.decisions.order_by("pk"):
        answer = pick([*ANSWERS])
        condition = "予算の範囲で" if answer == "adopted_with_condition" else ""
        rows.append({"decision": decision.pk, "answer": answer, "condition": condition})
    return {
        "document_hash": plan.issued_hash,
        "answered_by": "見本 太郎",
        "answered_on": timezone.localdate(now),
        "answers": rows,
    }


def good(obj: Any, rule: Rule, now: datetime, pick: Pick) -> Typed:
    """What the transition asks for, right for this object as it stands."""
    action = f"{obj.machine}.{rule.name}"
    said: Typed = {
        spec.name: PLAIN[spec.kind]
        for spec in rule.inputs
        if spec.kind in PLAIN and (spec.required or spec.name in SAID_ANYWAY)
    }
    if action in ("session.propose", "session.ask_new_dates", "session.answer_dates"):
        said |= _about_dates(obj, rule.name, now, pick)
    elif action in ("session.schedule", "session.reschedule", "session.add_meeting", "session.meet_again"):
        said |= _meeting(obj, now)
    elif action in ("session.log", "session.correct"):
        said |= LOG
    elif action in ("session.hold", "session.record_held"):
        said["held_on"] = timezone.localdate(now) - timedelta(days=pick([0, 0, 3]))
    elif action == "plan.answer":
        said |= _answer(obj, now, pick)
    elif action in ("offer.record_consent", "offer.record_refusal"):
        said["answered_on"] = timezone.localdate(now)
    elif action in (
        "offer.consent_employer",
        "offer.issue_request",
        "application.consent",
        "application.issue",
    ):
        kept = obj.request_hash if obj.machine == "offer" else obj.issued_hash
        said["document_hash"] = kept or paper(1)
    for spec in rule.inputs:
        if spec.name not in said and spec.required:
            said[spec.name] = _chosen(obj, spec, now, pick)
    return said


def _chosen(obj: Any, spec: Any, now: datetime, pick: Pick) -> Any:
    if spec.kind is Kind.CHOICE:
        options = [value for value, _label in spec.options(obj)]
        return pick(options) if options else ""
    if spec.kind is Kind.DATETIME:
        return now - timedelta(days=2) if spec.name == "arrived_at" else now + timedelta(days=7)
    return pick([0, 1, 3])


JUNK: list[Any] = [
    None, "", "   ", "\x00", "a\x00b", "\ud800", "あ" * 5000, "<b>x</b>", "x", -1, 10**30, 0.1, True, [], {}, [1],
    {"a": 1}, [None], [{}], "2026-13-40", "[NaN]", "NaN", Decimal("Infinity"), date.min, date.max,
    datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), "0001-01-01T00:00",
    "9999-12-31T23:59", "9999-12-31T23:59:59Z",
    [{"section": "a\x00", "count": 1}], [{"section": "\ud800", "count": 1}], [{"section": "x" * 121, "count": -1}],
    [{"starts_at": "\ud800", "ends_at": 1}], [{"option": 10**30, "answer": "yes"}], [{"option": 1, "answer": "\x00"}],
    [{"decision": 10**30, "answer": "adopted"}], [{"decision": 1, "answer": "\x00"}], {"section": float("nan")},
]  # fmt: skip


def broken(rule: Rule, said: Typed, draw: Callable[[Any], Any]) -> Typed:
    """The same with one thing missing, too much, or nonsense."""
    names = sorted({spec.name for spec in rule.inputs})
    how = draw(st.sampled_from(["junk", "junk", "missing", "unknown"])) if names else "unknown"
    if how == "unknown":
        stray = draw(st.sampled_from(["colour", "name", "obj", "actor", "state"]))
        return said | {stray: draw(st.sampled_from(JUNK))}
    name = draw(st.sampled_from(names))
    if how == "missing":
        return {key: value for key, value in said.items() if key != name}
    return said | {name: draw(st.sampled_from(JUNK))}
