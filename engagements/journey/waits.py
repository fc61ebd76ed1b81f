"""Who waits for whom, and what a person does next: read from the open spans, never from the guards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role
from engagements.journey.selectors import OVER, People, is_office
from engagements.journey.workflow import BEGIN_PLAN, BRING_RECORDS
from engagements.plans import guards as plan_guards
from engagements.plans import turns as plan_turns
from engagements.sessions import selectors as session_reads
from engagements.sessions.workflow import TURNS as SESSION_TURNS
from workflow import Actor
from workflow.doors import machines
from workflow.models import Span

RUNNING = ("preparing", "training", "survey", "reporting")
NOT_YET_PLANNED = ("unscheduled", "postponed")
#: States of the engagement in which nothing is asked of a machine: its doors would refuse it.
NOT_IN = {"section_request": OVER, "plan": plan_guards.STOPPED}
#: Late ones first, and those without a day last on every database.
EARLIEST = (F("due_on").asc(nulls_last=True), "entered_at", "pk")
#: Asked of one town alone: what another room is doing with its offers is not theirs to read.
PRIVATE = ("offer",)

#: What a plan is asked for by its state alone.
PLAN_TURNS = {
    "draft": plan_turns.WRITING,
    "in_review": plan_turns.REVIEWING,
    "final": plan_turns.REPORTING,
    "reported": plan_turns.RECORDING,
    "answered": plan_turns.AGAIN,
}
#: Where an object's next step is done, and what the button says. Others open their engagement.
PATHS = {
    "application": "/applications/{pk}/",
    "offer": "/offers/{pk}/",
    "plan": "/engagements/{engagement}/plan/",
    "decision": "/engagements/{engagement}/plan/",
    "engagement": "/engagements/{pk}/",
    "handover": "/accounts/handovers/{pk}/",
    "registration": "/accounts/registrations/{pk}/",
    "invitation": "/accounts/invitations/{pk}/",
    "call": "/calls/{pk}/",
    "section_request": "/section-requests/{pk}/",
    "round": "/rounds/{pk}/",
    "shortlist": "/shortlists/{pk}/",
}
BETWEEN_PATHS = {"records": "/engagements/{engagement}/survey/", "plan": "/engagements/{engagement}/plan/"}
PLAN_PATHS = {
    "address": "/do/plan/{pk}/choose_answering/",
    "report": "/do/plan/{pk}/report/",
    "reported": "/plans/{pk}/answer/",
    "unrecorded": "/engagements/{engagement}/",
}
ASKS: dict[tuple[str, ...], Any] = {
    ("session", "unscheduled"): gettext_lazy("%(session)sの日程を入れてください"),
    ("session", "postponed"): gettext_lazy("%(session)sの新しい日程を入れてください"),
    ("session", "scheduled"): gettext_lazy("%(session)sの実施記録を書いてください"),
    ("session", "held"): gettext_lazy("%(session)sの実施記録を書いてください"),
    ("session", "logged"): gettext_lazy("%(session)sの実施記録を確認してください"),
    ("handover", "planned"): gettext_lazy("後任の方の招待を送り直すか、別の方を選んでください"),
    ("registration", "requested"): gettext_lazy("届いたメールのリンクで、アドレスを確かめてください"),
    ("registration", "confirmed"): gettext_lazy("登録の申込みを認めるか、断るかを決めてください"),
    ("invitation", "open"): gettext_lazy("招待を受けるか、お返事ください"),
    ("call", "draft"): gettext_lazy("募集を始めるか、取りやめてください"),
    ("application", "draft"): gettext_lazy("申込を書いて、提出してください"),
    ("application", "returned"): gettext_lazy("申込を直して、提出してください"),
    ("application", "submitted"): gettext_lazy("申込を確認してください"),
    ("application", "waitlisted"): gettext_lazy("順番待ちの申込を確認してください"),
    ("application", "accepted"): gettext_lazy("アドバイザーに打診してください"),
    ("offer", "sent"): gettext_lazy("打診に答えてください"),
    ("offer", "accepted", "employer"): gettext_lazy("派遣依頼書を読んで、答えてください"),
    ("offer", "accepted", "contact"): gettext_lazy("アドバイザーの紹介を読んで、答えてください"),
    ("offer", "employer_consented", "contact"): gettext_lazy("アドバイザーの紹介を読んで、答えてください"),
    ("offer", "accepted", "secretariat"): gettext_lazy("返事がない打診を確かめてください"),
    ("offer", "employer_consented", "secretariat"): gettext_lazy("返事がない打診を確かめてください"),
    ("offer", "confirmed", "secretariat"): gettext_lazy("派遣の取りやめに対応してください"),
    ("round", "open"): gettext_lazy("マッチングを計算してください"),
    ("round", "proposed"): gettext_lazy("マッチング案を確かめて、打診してください"),
    ("shortlist", "asked"): gettext_lazy("アドバイザーの候補に順位を付けてください"),
    ("plan", "draft"): gettext_lazy("窓口改革計画を書いてください"),
    ("plan", "in_review"): gettext_lazy("窓口改革計画を確認してください"),
    ("plan", "final", "address"): gettext_lazy(
        "首長のメールを入れるか、答えは会議で伺って記録すると決めてください"
    ),
    ("plan", "final"): gettext_lazy("計画書を首長に報告してください"),
    ("plan", "reported"): gettext_lazy("首長の答えを記録してください"),
    ("plan", "reported", "executive"): gettext_lazy("窓口改革計画書に、改善案ごとにお答えください"),
    ("plan", "answered", "unrecorded"): gettext_lazy(
        "②と③の実施を記録してください。記録より先に合意にするときは、理由を書いてください"
    ),
    ("plan", "answered"): gettext_lazy("認められた改善案がありません。計画書を持ち帰って直してください"),
    ("section_request", "asked"): gettext_lazy("窓口の気づきを読んで、お答えください"),
    ("section_request", "overdue"): gettext_lazy("回答のない課に電話で聞くか、回答なしで進めてください"),
    **{
        ("engagement", state, "records"): gettext_lazy("体験調査の記録を取り込んでください")
        for state in RUNNING
    },
    **{("engagement", state, "plan"): gettext_lazy("窓口改革計画を始めてください") for state in RUNNING},
    ("engagement", "agreed"): gettext_lazy("完了報告書を出してください"),
    ("engagement", "agreed", "secretariat"): gettext_lazy("完了報告書を見て、振り返りを始めてください"),
    ("engagement", "following_up"): gettext_lazy("再調査をして、効果を確かめてください"),
    ("engagement", "paused"): gettext_lazy("支援を再開できるか確認してください"),
    ("engagement", "reassigning"): gettext_lazy("次のアドバイザーを決めてください"),
}
BUTTONS: dict[tuple[str, ...], Any] = {
    ("plan", "final", "address"): gettext_lazy("いただき方を決める"),
    ("plan", "final"): gettext_lazy("報告を記録する"),
    ("plan", "reported"): gettext_lazy("答えを記録する"),
    ("plan", "reported", "executive"): gettext_lazy("読んで答える"),
    ("session", "unscheduled"): gettext_lazy("日程を入れる"),
    ("session", "postponed"): gettext_lazy("日程を入れる"),
    ("session", "scheduled"): gettext_lazy("2分で書く"),
    ("session", "held"): gettext_lazy("2分で書く"),
    ("session", "logged"): gettext_lazy("記録を見て確認する"),
    ("section_request", "asked"): gettext_lazy("読んで答える"),
    ("application", "accepted"): gettext_lazy("アドバイザーを選ぶ"),
}


@dataclass(frozen=True, slots=True)
class Wait:
    """One turn: ``title`` asks the person whose it is, ``what`` names it to the others."""

    machine: str
    state: str
    role: str
    scope: str
    who: str
    mine: bool
    what: str
    waiting: str
    due: date | None
    since: date
    url: str
    title: str
    button: str
    text: str
    engagement: int | None
    municipality: str
    town: str = ""
    link_text: str = ""
    looks_for_date: bool = False
    done_url: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the words of a turn need, read once by the caller: engagements by id, their sessions, their people."""

    engagements: Mapping[int, Any] = field(default_factory=dict)
    sessions: Mapping[int, list[Any]] = field(default_factory=dict)
    people: People = field(default_factory=People)

    def session(self, pk: int) -> Any:
        return next((row for rows in self.sessions.values() for row in rows if row.pk == pk), None)


def _words(table: Mapping[tuple[str, ...], Any], span: Span) -> str:
    """Where one state can be several turns, by what is asked or of whom, the words of this one."""
    key = (span.machine, span.state)
    found = table.get((*key, span.turn_code)) or table.get((*key, span.turn_role)) or table.get(key)
    return str(found or "")


def what_of(span: Span) -> str:
    """What is waited for, as others than whose turn it is read it."""
    turns = getattr(machines().get(span.machine), "turns", None)
    turn = turns.get(span.state) if isinstance(turns, dict) else None
    if turn is not None:
        return str(turn.what)
    return _words(WHAT, span) or _words(ASKS, span)


#: Whose turn it can be before they hold a role.
NOT_YET = {"asker": gettext_lazy("登録を申し込んだ方"), "invited": gettext_lazy("招待された方")}
WHAT: dict[tuple[str, ...], Any] = {
    **{("plan", state): turn.what for state, turn in PLAN_TURNS.items()},
    ("plan", "reported", "executive"): plan_turns.ANSWERING.what,
    ("plan", "final", "address"): plan_turns.ADDRESS.what,
    ("plan", "answered", "unrecorded"): plan_turns.UNRECORDED.what,
    **{("session", state): turn.what for state, turn in SESSION_TURNS.items()},
    ("offer", "sent"): gettext_lazy("打診への返事"),
    ("offer", "accepted"): gettext_lazy("派遣への同意か、アドバイザーの確認"),
    ("offer", "employer_consented"): gettext_lazy("アドバイザーの確認"),
    ("offer", "confirmed"): gettext_lazy("派遣の取りやめへの対応"),
    ("handover", "planned"): gettext_lazy("後任の方の招待"),
    ("application", "draft"): gettext_lazy("申込を書く"),
    ("application", "returned"): gettext_lazy("申込を直して提出する"),
    ("application", "submitted"): gettext_lazy("申込の確認"),
    ("application", "waitlisted"): gettext_lazy("順番待ちの申込の受理"),
    ("application", "accepted"): gettext_lazy("アドバイザーへの打診"),
    **{("engagement", state, "records"): BRING_RECORDS.what for state in RUNNING},
    **{("engagement", state, "plan"): BEGIN_PLAN.what for state in RUNNING},
    ("engagement", "paused"): gettext_lazy("再開できるかの確認"),
    ("engagement", "reassigning"): gettext_lazy("次のアドバイザーを決める"),
    ("engagement", "agreed"): gettext_lazy("完了報告書と振り返りの開始"),
    ("engagement", "following_up"): gettext_lazy("再調査と振り返り"),
}


def _what(span: Span) -> str:
    """Of several sections that are asked at once, which one and for what."""
    what = what_of(span)
    return f"{span.title} {what}" if span.machine == "section_request" else what


def role_name(role: str) -> str:
    return str(Role(role).label) if role in Role.values else str(NOT_YET.get(role, role))


def open_spans(contexts: Iterable[str]) -> list[Span]:
    """The open turns of some threads; one query."""
    rows = Span.objects.filter(left_at=None, context__in=list(contexts)).exclude(turn_role="")
    return list(rows.order_by(*EARLIEST))


def mine(actor: Actor) -> Q:
    """The open turns that are the actor's own."""
    condition = Q(pk__in=[])
    for standing in sorted(actor.standings):
        condition |= Q(turn_role=standing.role, turn_scope=standing.scope)
    return condition


def engagement_of(span: Span) -> int | None:
    kind, _colon, pk = span.context.partition(":")
    return int(pk) if kind == "engagement" and pk.isdecimal() else None


def _is_due(span: Span, known: Known, today: date) -> bool:
    """Whether the turn has come: planning only in order, the log only when the day is there, nothing in a pause."""
    if span.machine in NOT_IN:
        engagement = known.engagements.get(engagement_of(span) or 0)
        return engagement is None or engagement.state not in NOT_IN[span.machine]
    if span.machine != "session":
        return True
    session = known.session(span.object_id)
    engagement = known.engagements.get(engagement_of(span) or 0)
    if session is None or engagement is None or engagement.state in OVER:
        return False
    if span.state == "scheduled":
        last = session_reads.last_day(session)
        return last is not None and last <= today
    if span.state not in NOT_YET_PLANNED or session.dates:
        return True
    earlier = [row for row in known.sessions[session.engagement_id] if row.kind.number < session.kind.number]
    return engagement.state in RUNNING and all(row.state not in NOT_YET_PLANNED for row in earlier)


def _who(role: str, engagement: Any, people: People) -> str:
    if engagement is not None and role == "contact":
        return str(engagement.municipality_name)
    if engagement is not None and role == "advisor" and (name := people.advisor_name(engagement.pk)):
        return _("%(name)sさん") % {"name": name}
    return role_name(role)


def _url(span: Span, *, mine: bool) -> str:
    if span.machine == "engagement" and span.state in ("agreed", "following_up"):
        return f"/engagements/{span.object_id}/follow-up/"
    if span.machine == "engagement" and span.turn_code in BETWEEN_PATHS:
        return BETWEEN_PATHS[span.turn_code].format(engagement=span.object_id)
    if span.machine == "application" and span.state == "accepted":
        return f"/applications/{span.object_id}/assign/"
    if span.machine == "session":
        if span.state not in NOT_YET_PLANNED:
            return f"/sessions/{span.object_id}/log/"
        if mine:
            return f"/sessions/{span.object_id}/dates/"
    if span.machine == "plan" and mine:
        key = span.turn_code or span.state
        return PLAN_PATHS.get(key, PATHS["plan"]).format(pk=span.object_id, engagement=engagement_of(span))
    path = PATHS.get(span.machine, "/engagements/{engagement}/")
    return path.format(pk=span.object_id, engagement=engagement_of(span) or span.object_id)


def _comment(session: Any, span: Span) -> str:
    """What the town asked to be mended in the record."""
    return str(session.log_comment) if session and span.state == "held" else ""


def to_wait(span: Span, actor: Actor, known: Known) -> Wait:
    """A span in the reader's words."""
    engagement = known.engagements.get(engagement_of(span) or 0)
    session = known.session(span.object_id) if span.machine == "session" else None
    shown = {"session": session.kind if session else ""}
    what = _what(span)
    dates = session_reads.asked_by_dates(session) if session and span.state in NOT_YET_PLANNED else None
    is_mine = actor.holds(span.turn_role, span.turn_scope)
    waiter = _who(span.waiter_role, engagement, known.people) if span.waiter_role else ""
    return Wait(
        machine=span.machine,
        state=span.state,
        role=span.turn_role,
        scope=span.turn_scope,
        who=_who(span.turn_role, engagement, known.people),
        mine=is_mine,
        what=f"{session.kind} {what}" if session else what,
        waiting=_("%(who)sが待っています") % {"who": waiter} if waiter else "",
        due=span.due_on,
        since=timezone.localdate(span.entered_at),
        url=_url(span, mine=is_mine) if is_mine or is_office(actor) else "",
        title=dates.title if dates else (_words(ASKS, span) or what) % shown,
        button=dates.button if dates else _words(BUTTONS, span) or _("開く"),
        text=dates.text if dates else _comment(session, span),
        engagement=engagement_of(span),
        municipality=span.municipality,
        town=str(engagement.municipality_name) if engagement is not None else "",
        looks_for_date=span.machine == "session" and span.state in NOT_YET_PLANNED and dates is None,
    )


def waits(
    spans: Iterable[Span], actor: Actor, known: Known, today: date, *, private: bool = False
) -> list[Wait]:
    """The turns that have come, the reader's own first, then by due day; offers only to whom they concern.

    ``private``: the spans are of the reader's own town, which may know that somebody is asked, without a name.
    """
    rows = [to_wait(span, actor, known) for span in spans if _is_due(span, known, today)]
    shown = [row for row in rows if private or row.mine or is_office(actor) or row.machine not in PRIVATE]
    return sorted(shown, key=lambda row: (not row.mine, row.due or date.max, row.since))


@dataclass(frozen=True, slots=True)
class NextAction:
    """What ``components/next.html`` shows. ``done_url``: where a next step from a log is ticked off."""

    label: str
    title: str
    text: str = ""
    due: date | None = None
    due_text: str = ""
    url: str = ""
    button: str = ""
    done_url: str = ""
