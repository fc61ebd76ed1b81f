"""What the secretariat and auditors read over all engagements: counts, what is late, load, search. Constant queries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import permissions
from accounts.models import Membership, User
from accounts.sheets import Column
from advisors.load import loads
from advisors.models import Advisor
from engagements.applications.models import Application
from engagements.documents import selectors as document_reads
from engagements.journey import selectors as journey_reads
from engagements.journey import standing, waits
from engagements.journey.stages import with_stage
from engagements.models import Engagement
from engagements.rounds.models import Offer
from municipalities import selectors as registry
from municipalities.dates import fiscal_year
from municipalities.models import Municipality
from municipalities.text import fold
from workflow import Actor, audit
from workflow.models import Event, Outbox, OutboxState, Span

LATE_SHOWN = 8
OFFERS_SHOWN = 5
EXPIRING = timedelta(days=3)
FOUND_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """One row of the funnel. ``share`` is its bar in per cent of the longest one."""

    label: str
    url: str
    count: int
    late: int
    share: float


#: The funnel's rows: words, machine, states and the list that opens.
STAGES = (
    (gettext_lazy("申込の下書き"), "application", ("draft", "returned"), "/applications/?state=draft"),
    (
        gettext_lazy("申込を確認中"),
        "application",
        ("submitted", "waitlisted"),
        "/applications/?state=submitted",
    ),
    (gettext_lazy("打診の前と打診中"), "application", ("accepted",), "/applications/?state=accepted"),
    (gettext_lazy("準備中"), "engagement", ("preparing",), "/engagements/?state=preparing"),
    (gettext_lazy("① 研修"), "engagement", ("training",), "/engagements/?state=training"),
    (gettext_lazy("② 調査・ワークショップ"), "engagement", ("survey",), "/engagements/?state=survey"),
    (gettext_lazy("③ 首長報告"), "engagement", ("reporting",), "/engagements/?state=reporting"),
    (gettext_lazy("合意"), "engagement", ("agreed",), "/engagements/?state=agreed"),
    (gettext_lazy("振り返り中"), "engagement", ("following_up",), "/engagements/?state=following_up"),
    (gettext_lazy("中断・交代中"), "engagement", ("paused", "reassigning"), "/engagements/?state=paused"),
)


def funnel(today: date) -> list[Stage]:
    """Where the towns of the road stand now, and how many of each stage are late. Four queries."""
    late = journey_reads.late_contexts(today)
    applications = Span.objects.filter(left_at=None, machine="application")
    # An engagement counts where its page says that it stands.
    engagements = with_stage(Engagement.objects.all())
    late_engagements = Span.objects.filter(machine="engagement", left_at=None, context__in=late)
    counts = _by_state(applications) + _by_stage(engagements)
    overdue = _by_state(applications.filter(context__in=late)) + _by_stage(
        engagements.filter(pk__in=late_engagements.values("object_id"))
    )
    sums = [
        (label, url, sum(counts[machine, s] for s in found), sum(overdue[machine, s] for s in found))
        for label, machine, found, url in STAGES
    ]
    longest = max((count for _label, _url, count, _late in sums), default=0) or 1
    return [
        Stage(str(label), url, count, late_, round(100 * count / longest, 1))
        for label, url, count, late_ in sums
    ]


def _by_state(spans: QuerySet[Span]) -> Counter[tuple[str, str]]:
    """How many stand in each state; counted by the database."""
    rows = spans.order_by().values_list("machine", "state").annotate(Count("pk"))
    return Counter({(machine, state): count for machine, state, count in rows})


def _by_stage(engagements: QuerySet[Any]) -> Counter[tuple[str, str]]:
    rows = engagements.order_by().values_list("stage").annotate(Count("pk"))
    return Counter({("engagement", stage): count for stage, count in rows})


@dataclass(frozen=True, slots=True)
class LateTurn:
    """Something past its day, and what to write to whoever has it."""

    role: str
    town: str
    what: str
    days: int
    url: str
    reminder: str


LATE_COLUMNS: tuple[Column[LateTurn], ...] = (
    Column(gettext_lazy("団体名"), lambda row: row.town),
    Column(gettext_lazy("だれの番か"), lambda row: row.role, 18),
    Column(gettext_lazy("待っていること"), lambda row: row.what, 40),
    Column(gettext_lazy("遅れた日数"), lambda row: row.days, 12),
    Column(gettext_lazy("お願いの文"), lambda row: row.reminder, 70),
)


def late_turns(today: date, limit: int | None = None) -> tuple[list[LateTurn], int]:
    """The longest late first, and how many there are in all. Three queries."""
    rows = journey_reads.late_turns(today)
    total = rows.count()
    shown = list(rows.order_by("due_on", "pk")[:limit])
    towns = Municipality.objects.filter(code__in={row.municipality for row in shown}).in_bulk()
    return [_late_turn(row, towns, today) for row in shown], total


def _late_turn(span: Span, towns: dict[str, Municipality], today: date) -> LateTurn:
    town = towns[span.municipality].name if span.municipality in towns else ""
    what = waits.what_of(span)
    subject = _subject(span, town)
    days = (today - (span.due_on or today)).days
    path = f"/engagements/{waits.engagement_of(span)}/" if waits.engagement_of(span) else ""
    url = path or waits.PATHS.get(span.machine, "/").format(pk=span.object_id, engagement=span.object_id)
    reminder = _("%(town)sの%(what)sの期限が%(days)d日過ぎています。ご都合をお知らせください。") % {
        "town": town,
        "what": f"{subject} {what}".strip(),
        "days": days,
    }
    return LateTurn(waits.role_name(span.turn_role), town, f"{subject} {what}".strip(), days, url, reminder)


def _subject(span: Span, town: str) -> str:
    """Which session, or which of the sections that are asked at once."""
    if span.machine == "section_request":
        return span.title
    return span.title.rpartition(f"{town} ")[2] if span.machine == "session" else ""


@dataclass(frozen=True, slots=True)
class LoadRow:
    label: str
    count: int
    share: float
    off: bool = False


def load_of_advisors(today: date) -> dict[str, Any]:
    """How many advisors have which number of free places."""
    rows = list(
        Advisor.objects.filter(seat="lead", user__is_active=True).only("pk", "capacity", "closed_for_year")
    )
    taken = loads(today)
    year = fiscal_year(today)
    groups: Counter[str] = Counter()
    for row in rows:
        free = max(row.capacity - taken[row.pk], 0)
        groups["closed" if row.closed_for_year == year else str(min(free, 2))] += 1
    words = (
        ("0", _("上限まで")),
        ("1", _("あと1件")),
        ("2", _("あと2件以上")),
        ("closed", _("今年度はここまで")),
    )
    longest = max(groups.values(), default=0) or 1
    return {
        "people": len(rows),
        "capacity": sum(row.capacity for row in rows),
        "taken": sum(taken[row.pk] for row in rows),
        "rows": [
            LoadRow(str(word), groups[key], round(100 * groups[key] / longest, 1), key == "closed")
            for key, word in words
        ],
    }


def expiring_offers(now: datetime, limit: int = OFFERS_SHOWN) -> tuple[list[Any], int]:
    """Offers without an answer, the next to expire first, and how many are open in all."""
    rows = Offer.objects.filter(state="sent")
    shown = rows.select_related("application", "advisor__user").order_by("expires_at", "pk")[:limit]
    return list(shown), rows.count()


@dataclass(frozen=True, slots=True)
class OfficeNext:
    title: str
    text: str
    url: str
    button: str


def office_next(actor: Actor, today: date, now: datetime) -> OfficeNext:
    """The secretariat's own first thing: offers that expire, then its open turns, then letters that stopped."""
    soon = list(
        Offer.objects.filter(state="sent", expires_at__lt=now + EXPIRING)
        .select_related("application", "advisor__user")
        .order_by("expires_at")[:3]
    )
    if soon:
        names = "、".join(
            _("%(town)s(%(who)sさん)") % {"town": o.application.municipality_name, "who": o.advisor}
            for o in soon
        )
        title = _("まもなく切れる打診があります")
        return OfficeNext(title, names, f"/offers/{soon[0].pk}/", _("打診を開く"))
    turns = Span.objects.filter(waits.mine(actor), left_at=None).order_by(*waits.EARLIEST)
    first, count = turns.first(), turns.count()
    if first is not None:
        wait = waits.to_wait(first, actor, waits.Known())
        title = _("%(title)s(%(count)d件)") % {"title": wait.title, "count": count}
        return OfficeNext(title, first.title, wait.url, wait.button)
    return _stopped_letters() or OfficeNext(
        _("事務局の番のものはありません"), _("期限が近いものは下に並びます。"), "", ""
    )


def _stopped_letters() -> OfficeNext | None:
    stopped = Outbox.objects.filter(state=OutboxState.SET_ASIDE).count()
    if not stopped:
        return None
    return OfficeNext(
        _("送れずに止まっているものが%(count)d件あります") % {"count": stopped},
        "",
        "/oversight/log/",
        _("記録を開く"),
    )


def paste_text(today: date, stages: list[Stage], late: int) -> str:
    """The figures of this moment, ready for a mail or Slack."""
    parts = "、".join(f"{stage.label} {stage.count}" for stage in stages if stage.count)
    return _("窓口BPRアドバイザー派遣(%(day)s現在): %(parts)s。期限を過ぎたもの %(late)d件。") % {
        "day": f"{today.month}月{today.day}日",
        "parts": parts or _("まだ申込はありません"),
        "late": late,
    }


@dataclass(frozen=True, slots=True)
class Found:
    """What one search found, by kind; at most ``FOUND_SHOWN`` of each."""

    engagements: list[Any]
    applications: list[Any]
    documents: list[Any]
    towns: list[Municipality]
    people: list[User]

    @property
    def total(self) -> int:
        kinds = (self.engagements, self.applications, self.documents, self.towns, self.people)
        return sum(len(rows) for rows in kinds)


def search(actor: Actor, query: str, *, on: date) -> Found:
    """Any town, number or document the actor may see, and for the office any person.

    Folded, so that variants of characters and kana meet. Towns are public; the rest goes through the permission table.
    """
    key = fold(query.strip())
    if not key:
        return Found([], [], [], [], [])
    engagements = journey_reads.matching(journey_reads.readable(actor), query)[:FOUND_SHOWN]
    stages = standing.stages_of(engagements)
    applications = permissions.visible(
        actor, "application.view", Application.objects.select_related("municipality")
    )
    by_number = Q(reference__istartswith=query.strip())
    narrowed = applications.filter(by_number | Q(municipality__search_key__contains=key))
    papers = document_reads.listing(actor).filter(
        Q(subject__istartswith=query.strip()) | Q(title__contains=query.strip())
    )
    sees_people = permissions.may_somewhere(actor, "oversight.search")
    return Found(
        engagements=[(row, stages[row.pk]) for row in engagements],
        applications=list(narrowed.distinct()[:FOUND_SHOWN]),
        documents=list(papers.distinct()[:FOUND_SHOWN]),
        towns=registry.find(query, FOUND_SHOWN),
        people=_people(query, on) if sees_people else [],
    )


def _people(query: str, on: date) -> list[User]:
    """People by any part of name, section or address."""
    key = fold(query.strip())
    rows = User.objects.filter(is_active=True, search_key__contains=key).order_by("name", "pk")
    in_force = Membership.objects.filter(Membership.in_force(on)).select_related("municipality__prefecture")
    return list(rows.prefetch_related(Prefetch("memberships", in_force, to_attr="current"))[:FOUND_SHOWN])


def outbox_rows(state: str) -> QuerySet[Outbox]:
    """Mails and jobs in one state, newest first."""
    return Outbox.objects.filter(state=state).order_by("-pk")


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """What an auditor sees first: how much was recorded, the newest digest, and what was refused lately."""

    today: int
    week: int
    refused: int
    digest: str
    digest_day: date | None


def audit_desk(today: date) -> AuditDesk:
    """Three counts in one query, and the name of the newest signed digest on the disk."""
    first = today - timedelta(days=6)
    events = Event.objects.filter(recorded_at__date__gte=first)
    counts = events.aggregate(
        week=Count("pk"),
        today=Count("pk", filter=Q(recorded_at__date=today)),
        refused=Count("pk", filter=Q(type="security.refused")),
    )
    newest = audit.latest_digest()
    day = parse_date(newest.stem) if newest else None
    return AuditDesk(counts["today"], counts["week"], counts["refused"], newest.name if newest else "", day)
