"""Reads of calls and applications."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.doers import doer_of, personal_of
from advisors.selectors import WishCard, candidates_for_wishes
from engagements.applications import priorities, turns
from engagements.applications.completeness import AIMS
from engagements.applications.models import Application, ApplicationState, Call, CallState, Wish
from engagements.programme.models import Question
from engagements.programme.selectors import questions
from engagements.programme.vocabulary import life_event_labels
from workflow.actors import Actor
from workflow.doors import rules
from workflow.models import Event, Outbox, OutboxState, Visibility

#: What the office still has to bring to an end; the name of that filter.
OPEN = "open"
UNDECIDED = (
    ApplicationState.SUBMITTED,
    ApplicationState.RETURNED,
    ApplicationState.WAITLISTED,
    ApplicationState.ACCEPTED,
)
TOLD = (
    ApplicationState.ACCEPTED,
    ApplicationState.MATCHED,
    ApplicationState.WAITLISTED,
    ApplicationState.DECLINED,
)
GONE = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)
OFFICE_ROLES = ("secretariat", "auditor", "admin")
TOWN_ROLES = ("contact", "approver", "executive", "section")


def live(call_id: int, municipality_id: str) -> QuerySet[Application]:
    """The applications of a town to a call that still count; at most one."""
    return Application.objects.filter(call=call_id, municipality=municipality_id).exclude(state__in=GONE)


def open_calls(now: datetime) -> QuerySet[Call]:
    """The calls that take applications at this moment, the one that closes first first."""
    lasting = Q(closes_at=None) | Q(closes_at__gte=now)
    return Call.objects.filter(lasting, state=CallState.OPEN, opens_at__lte=now).order_by("closes_at", "pk")


def kept_draft(municipality_id: str, now: datetime) -> Application | None:
    """The town's latest draft in a call that is over: it goes on in the next one."""
    over = Q(call__state=CallState.CLOSED) | Q(call__closes_at__lt=now)
    drafts = Application.objects.filter(over, municipality=municipality_id, state=ApplicationState.DRAFT)
    return drafts.order_by("-saved_at", "-pk").first()


def full() -> QuerySet[Application]:
    """Applications with all that their pages show beside their own row. Two queries for any number."""
    wishes = Wish.objects.select_related("advisor__user", "advisor__employer__prefecture")
    related = Application.objects.select_related("call__programme", "municipality__prefecture", "saved_by")
    return related.prefetch_related(Prefetch("wishes", queryset=wishes))


def listing(actor: Actor, *, state: str = "") -> QuerySet[Application]:
    """What the actor may see, by receipt time; drafts last. ``state`` is one, or ``OPEN``. Two queries for any number."""
    found = permissions.visible(actor, "application.view", full())
    found = found.order_by(F("received_at").asc(nulls_last=True), "pk")
    if state == OPEN:
        return found.filter(state__in=UNDECIDED)
    return found.filter(state=state) if state in ApplicationState.values else found


def reads_as_office(actor: Actor) -> bool:
    return any(actor.holds(role, "office") for role in OFFICE_ROLES)


def reads_as_town(actor: Actor, application: Application) -> bool:
    """The town itself, or its approver by a signed link."""
    scopes = {f"municipality:{application.municipality_id}", f"application:{application.pk}"}
    return any(standing.role in TOWN_ROLES and standing.scope in scopes for standing in actor.standings)


def reads_wishes(actor: Actor, application: Application) -> bool:
    """Whom a town wishes for, and that it leaves the choice to the office, is no business of those who help it."""
    return reads_as_office(actor) or reads_as_town(actor, application)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a waiting application stands: which of how many, its own answers that count, the day of the result."""

    number: int
    waiting: int
    counted: list[priorities.Reason]
    decided_by: date | None


def place(application: Application) -> Place | None:
    """Its place among those of its call that wait: by priority, then by receipt; None when it does not wait.

    ``counted`` is empty where the office gave the priority by hand: the reason for that is the office's.
    """
    waiting = (ApplicationState.SUBMITTED, ApplicationState.WAITLISTED)
    if application.state not in waiting or application.received_at is None:
        return None
    earlier = Q(received_at__lt=application.received_at) | Q(
        received_at=application.received_at, pk__lt=application.pk
    )
    before = Q(priority__gt=application.priority) | Q(earlier, priority=application.priority)
    rows = Application.objects.filter(call=application.call_id, state__in=waiting)
    counted = [] if application.priority_given else priorities.reasons(application)
    submitted = application.state == ApplicationState.SUBMITTED
    return Place(
        rows.filter(before).count() + 1,
        rows.count(),
        [row for row in counted if row.priority],
        turns.review_due(application) if submitted else None,
    )


def has_notice(application: Application) -> bool:
    """Whether a letter tells the town its result: every decision has one until it is taken back."""
    return application.state in TOLD and application.decided_at is not None


# --- the form, read ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the form as it is read and printed: a title and rows of label and value ("" for nothing)."""

    number: int
    title: str
    rows: list[tuple[str, str]]


def part_titles() -> dict[int, str]:
    return {
        1: _("担当"),
        2: _("いまの窓口"),
        3: _("変えたいこと"),
        4: _("時期と進め方"),
        5: _("アドバイザー"),
        6: _("承認"),
    }


def parts(application: Application) -> list[Part]:
    """Everything that the town wrote, in the order of the form; for pages and for the printed application."""
    asked = questions(application.call.programme)
    rows = {
        1: _contact_rows(application),
        2: _answer_rows(application, asked, 2),
        3: [
            (_("取り上げたい場面"), "、".join(life_event_labels(application.life_events))),
            *_answer_rows(application, asked, 3),
        ],
        4: _time_rows(application) + _answer_rows(application, asked, 4),
        5: [
            (_("希望するアドバイザー"), wishes_text(application)),
            (_("研修生の同行"), _("受け入れる") if application.wants_trainee else ""),
        ],
        6: [(_("承認する方"), application.approver_name), (_("メール"), application.approver_email)],
    }
    return [Part(number, title, rows[number]) for number, title in part_titles().items()]


def _contact_rows(application: Application) -> list[tuple[str, str]]:
    return [
        (_("団体"), f"{application.municipality_id} {application.municipality_name}"),
        (_("担当部署"), application.contact_section),
        (_("担当者"), application.contact_name),
        (_("メール"), application.contact_email),
        (_("電話"), application.contact_phone),
    ]


def _events_row(application: Application) -> tuple[str, str]:
    return (_("取り上げたい場面"), "、".join(life_event_labels(application.life_events)))


def _time_rows(application: Application) -> list[tuple[str, str]]:
    return [
        (_("受けられる月"), months_text(application.months)),
        (_("進め方"), application.get_mode_display()),
    ]


def months_text(months: Iterable[int]) -> str:
    return "、".join(_("%(month)d月") % {"month": month} for month in months)


def wishes_text(application: Application) -> str:
    """Names in their order, or that the office chooses; empty when nothing is wished."""
    if application.leave_to_office:
        return _("事務局に任せる")
    names = [f"{wish.rank} {wish.advisor}({wish.advisor.employer})" for wish in application.wishes.all()]
    return "、".join(names)


def _answer_rows(application: Application, asked: list[Question], part: int) -> list[tuple[str, str]]:
    return [(row.label, _answer_text(application, row)) for row in asked if row.part == part]


def kept_answers(application: Application) -> list[tuple[str, str]]:
    """Answers to questions of an earlier version that this one no longer asks. One query more only if there are any."""
    asked = {row.key for row in questions(application.call.programme)}
    gone = [
        key for key, value in application.answers.items() if key not in asked and value not in (None, "", [])
    ]
    if not gone:
        return []
    known = {row.key: row for row in Question.objects.filter(key__in=gone).order_by("programme__version")}
    return [
        (known[key].label, _answer_text(application, known[key]))
        if key in known
        else (key, str(application.answers[key]))
        for key in gone
    ]


def _answer_text(application: Application, question: Question) -> str:
    value = application.aims if question.key == AIMS else application.answers.get(question.key)
    if value in (None, "", []):
        return ""
    if question.kind == Question.Kind.BOOLEAN:
        return _("はい") if value else _("いいえ")
    labels = dict(question.choices)
    chosen = value if isinstance(value, list) else [value]
    return "、".join(str(labels.get(item, item)) for item in chosen)


# --- wishes ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """An advisor as a card: who, how well they fit, whether they can be wished, and the wish's rank if any."""

    candidate: WishCard
    rank: int | None

    @property
    def pk(self) -> int:
        return int(self.candidate.advisor_id)


def cards(application: Application, *, now: datetime) -> list[Card]:
    """Every advisor that may be shown to the town, the wished ones first in their order.

    Months count only once the town has named as many as it needs: until then they would rule everybody out.
    """
    needed = application.call.programme.months_needed
    ranks = {wish.advisor_id: wish.rank for wish in application.wishes.all()}
    found = candidates_for_wishes(
        application.municipality,
        application.life_events,
        application.months if len(application.months) >= needed else [],
        application.mode,
        timezone.localdate(now),
        sessions=needed,
    )
    listed = [Card(candidate, ranks.get(candidate.advisor_id)) for candidate in found]
    return sorted(listed, key=lambda card: card.rank or len(ranks) + 1)


# --- what happened and who was told -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    when: datetime
    who: str
    what: str
    note: str


def _visible_to(actor: Actor, application: Application) -> Q:
    if reads_as_office(actor):
        return Q()
    kinds = [Visibility.PARTIES]
    kinds += [Visibility.TOWN] if reads_as_town(actor, application) else []
    return Q(visibility__in=kinds)


def history(application: Application, actor: Actor) -> list[Entry]:
    """The application's events that this reader may see, newest first. One query."""
    found = Event.objects.filter(_visible_to(actor, application), stream=application.stream)
    names_office = reads_as_office(actor)
    return [_entry(event, names_office) for event in found.select_related("personal").order_by("-position")]


def _entry(event: Event, names_office: bool) -> Entry:
    personal = personal_of(event)
    rule = rules(Application).get(event.type.partition(".")[2])
    what = str(rule.past) if rule else _("申込を書き始めました")
    note = personal.get("reason") or personal.get("comment") or ""
    return Entry(event.recorded_at, _who(event, names_office), what, note)


def _who(event: Event, names_office: bool) -> str:
    """A person's name with さんが; towns see which office decided, not which of its staff."""
    doer = doer_of(event, names_office=names_office)
    if doer.is_system:
        return ""
    if doer.is_office:
        return _("事務局が")
    return _("%(name)sさんが") % {"name": doer.name or _("(消去済み)")}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was sent or is about to be: to whom, its subject (never its body, which may hold a link)."""

    address: str
    subject: str
    at: datetime
    state: OutboxState


def messages(application: Application, actor: Actor) -> list[Message]:
    """The e-mails of this application, newest first; a town does not see who in the office was written to. One query."""
    found = Outbox.objects.filter(event__stream=application.stream, kind="mail").order_by("-pk")
    if not reads_as_office(actor):
        if not reads_as_town(actor, application):
            return []
        found = found.exclude(event__type="application.submit")
    return [
        Message(row.address, row.subject, row.done_at or row.created_at, OutboxState(row.state))
        for row in found
    ]


def document_url(application: Application, *, token: str = "") -> str:
    """Where the issued PDF is read; with the token of a signed link for somebody without an account."""
    if application.issued_document is None:
        return ""
    return f"/l/{quote(token)}/file/" if token else f"/documents/{application.issued_document}/file/"
