"""実施報告書: what one session was: its days, who came, what happened, the next step, and how the record came about."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import CharField, F, Model, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doers import doer_of, personal_of
from engagements.documents import blocks
from engagements.documents.arrangements import with_own
from engagements.documents.blocks import Block, Chapter
from engagements.documents.builders import Builder, Edition, Snapshot
from engagements.documents.builders.paper import advisor_words, head, page
from engagements.documents.models import DocumentKind
from engagements.plans.words import thousands
from engagements.sessions import selectors
from engagements.sessions.models import Session
from engagements.sessions.workflow import LOG, LOG_FIELDS, REPORTED
from municipalities.dates import era_date
from workflow.doors import rules
from workflow.models import Event

TEMPLATE = "documents/application.html"
#: The steps that made the record what it is; dates that were set and moved before are no part of it.
TOLD = ("hold", "record_held", "log", "send_back", "correct", "confirm", "take_silence", "reopen", "import")


class SessionReportBuilder(Builder):
    """Made from the record once the advisor has handed it in; says whether the town has confirmed it."""

    kind = DocumentKind.SESSION_REPORT
    action = "session.document"
    has_head = True
    takes_sections = True

    def subjects(self) -> QuerySet[Session]:
        number = Cast("kind__number", CharField())
        # The number that ``selectors.reference`` shows.
        reference = Concat(F("engagement__reference"), Value("-"), number, output_field=CharField())
        found = (
            selectors.complete()
            .select_related("engagement__municipality__prefecture")
            .prefetch_related("guests__municipality__prefecture")
        )
        return found.filter(state__in=REPORTED).annotate(reference=reference)

    def snapshot(self, subject: Any, on: date) -> Snapshot:
        engagement = subject.engagement
        shown = {"number": subject.kind.number, "name": subject.kind.short_name}
        made = head(
            _("第%(number)s回%(name)s実施報告書") % shown,
            engagement.municipality,
            engagement.municipality_name,
            heading=_("第%(number)s回 %(name)s 実施報告書") % shown,
            number=subject.reference,
            addressee=_("%(programme)s 事務局") % {"programme": engagement.programme.name},
            sender=advisor_words(engagement),
        )
        return made | {
            "chapters": blocks.numbered(
                with_own(self.kind, subject.reference, _chapters(subject, _steps(subject)))
            )
        }

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        return page(TEMPLATE, snapshot, edition)

    def name_of(self, subject: Session) -> str:
        return f"{subject.engagement.municipality_name} {subject.kind}"

    def owner(self, subject: Session) -> tuple[str, Model | None]:
        return subject.engagement.municipality_id, subject.engagement


@dataclass(frozen=True, slots=True)
class Told:
    """One step of the record, as its event holds it. ``values`` lacks what was erased."""

    name: str
    at: datetime
    who: str
    values: dict[str, Any]


def _steps(session: Session) -> list[Told]:
    """How the record came about, oldest first. One query."""
    kinds = [f"session.{name}" for name in TOLD]
    found = Event.objects.filter(stream=session.stream, type__in=kinds).select_related("personal")
    return [_told(event) for event in found.order_by("position")]


def _told(event: Event) -> Told:
    values = json.loads(event.canonical)["data"] | personal_of(event)
    return Told(event.type.partition(".")[2], event.recorded_at, doer_of(event).polite, values)


def _chapters(session: Any, steps: Sequence[Told]) -> Iterator[Chapter]:
    yield blocks.chapter("session", _("この回"), _session(session, steps))
    yield blocks.chapter("happened", _("したこと"), [blocks.text(session.log_summary)])
    yield blocks.chapter("people", _("参加した人"), _people(session))
    yield blocks.chapter("next", _("次の一歩"), _next(session))
    yield blocks.chapter("record", _("記録と確認"), _record(session, steps))


def _session(session: Any, steps: Sequence[Told]) -> Iterator[Block]:
    rows: list[tuple[str, Any]] = [
        (_("事業"), session.engagement.programme.name),
        (_("支援番号"), session.engagement.reference),
        (_("支援先"), session.engagement.municipality_name),
        (_("回"), session.kind.name),
        (_("実施日"), era_date(session.held_on) if session.held_on else ""),
        (_("使った時間"), _hours(session.log_hours)),
        (_("町の確認"), _confirmation(session, steps)),
    ]
    yield blocks.facts(rows)
    if session.days:
        yield _days(session)
    else:
        yield blocks.note(_("日程を入れずに行われた回です。場所と時刻は記録されていません。"))


def _hours(hours: Decimal | None) -> str:
    return "" if hours is None else _("%(hours)s時間") % {"hours": f"{hours.normalize():f}"}


def _confirmation(session: Session, steps: Sequence[Told]) -> str:
    """Who confirmed the record as it stands; an imported one says that nobody did so here."""
    if session.state != "confirmed" or session.confirmed_at is None:
        return _("まだです。町の確認を待っています。")
    if session.confirmed_by_silence:
        day = era_date(timezone.localdate(session.confirmed_at))
        return _("期限までに申し出がなかったため、%(day)sに確認済みとしました。") % {"day": day}
    last = next((step for step in reversed(steps) if step.name in ("confirm", "import")), None)
    if last is None or last.name == "import":
        return _("台帳から取り込んだ記録です。")
    shown = {"day": era_date(timezone.localdate(session.confirmed_at)), "who": last.who}
    return _("%(day)s、%(who)sが確認しました。") % shown


def _days(session: Any) -> Block:
    rows = [
        [_day(timezone.localdate(day.starts_at)), _span(day), day.get_mode_display(), _places(day), day.title]
        for day in session.days
    ]
    columns = [_("!日"), _("!時刻"), _("!進め方"), _("場所"), _("この日にしたこと")]
    return blocks.table(_("日時と場所"), columns, rows, unknown="—")


def _places(day: Any) -> str:
    """Where it was; with teams, which of them was in which building."""
    teams = [f"{team['team']} {team['place']}".strip() for team in day.teams]
    return "、".join([text for text in (day.place, *teams) if text])


def _day(day: date) -> str:
    return era_date(day, western=False)


def _short(day: date) -> str:
    return era_date(day, western=False, weekday=False)


def _span(day: Any) -> str:
    start, end = timezone.localtime(day.starts_at), timezone.localtime(day.ends_at)
    return f"{start.hour}:{start:%M}〜{end.hour}:{end:%M}"


def _people(session: Session) -> Iterator[Block]:
    yield from _sections(session)
    bodies = Counter(
        f"{guest.municipality.full_name} {guest.section}".strip() for guest in session.guests.all()
    )
    if bodies:
        rows = [[body, thousands(number)] for body, number in bodies.items()]
        yield blocks.table(_("近隣からの参加"), [_("団体・課"), _("#人数")], rows)


def _sections(session: Session) -> Iterator[Block]:
    rows = [[row["section"], thousands(row["count"])] for row in session.log_attendance]
    if not rows:
        yield blocks.text(_("参加した課は書かれていません。"))
        return
    yield blocks.table(_("課ごとの人数"), [_("課"), _("#人数")], rows)
    shown = {"sections": len(rows), "people": thousands(selectors.people(session))}
    yield blocks.note(_("合わせて%(sections)s課、%(people)s人です。") % shown)


def _next(session: Session) -> Iterator[Block]:
    done = session.log_next_done_at
    yield blocks.facts(
        [
            (_("すること"), session.log_next_step),
            (_("いつまでに"), era_date(session.log_next_by) if session.log_next_by else ""),
            (_("済んだ日"), era_date(timezone.localdate(done)) if done else _("まだ済んでいません")),
        ]
    )


# --- how the record came about -----------------------------------------------------------------------------


def _record(session: Session, steps: Sequence[Told]) -> Iterator[Block]:
    past = {name: str(rule.past) for name, rule in rules(Session).items()}
    rows = [
        [_moment(step.at), past[step.name], step.who, str(step.values.get("reason") or "")] for step in steps
    ]
    columns = [_("!日時"), _("!すんだこと"), _("!した人"), _("理由")]
    yield blocks.table(_("記録のいきさつ"), columns, rows, unknown="—")
    changes = [row for step in steps if step.name == "correct" for row in _corrections(step)]
    if changes:
        columns = [_("!直した日"), _("!項目"), _("もとの記録"), _("直した記録")]
        yield blocks.table(_("直したところ"), columns, changes, unknown="—")


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{_short(local.date())} {local.hour}:{local:%M}"


def _corrections(step: Told) -> Iterator[list[str]]:
    """What one correction changed, the old value beside the new one."""
    labels = {spec.name: str(spec.label) for spec in LOG} | {"held_on": _("実施日")}
    for name in ("held_on", *LOG_FIELDS):
        change = step.values.get(name)
        if isinstance(change, dict):
            day = _short(timezone.localdate(step.at))
            yield [day, labels[name], _shown(name, change["old"]), _shown(name, change["new"])]


def _shown(name: str, value: Any) -> str:
    """A value as the event keeps it, in the words of the report."""
    if value in (None, "", []):
        return ""
    if name == "log_attendance":
        return "、".join(_("%(section)s %(count)s人") % row for row in value)
    if name == "log_hours":
        return _hours(Decimal(value))
    return era_date(date.fromisoformat(value)) if name in ("held_on", "log_next_by") else str(value)
