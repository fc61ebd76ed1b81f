"""The lists that a town or the office keeps over all engagements: sessions and decisions; columns for Excel."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.sheets import Column
from engagements.journey.dossiers import Dossier
from engagements.journey.models import Journey
from engagements.journey.selectors import matching
from engagements.models import Engagement
from engagements.plans.models import Decision, DecisionState
from engagements.sessions.models import Meeting, Session, SessionState
from municipalities.dates import fiscal_year_label
from workflow import Actor


def _towns(actor_rows: QuerySet[Any], path: str, query: str, year: int | None) -> QuerySet[Any]:
    """Narrow rows of engagements to a year, and to a reference or a town however it is written."""
    if year:
        actor_rows = actor_rows.filter(**{f"{path}__fiscal_year": year})
    if query.strip():
        actor_rows = actor_rows.filter(**{f"{path}__in": matching(Journey.objects.all(), query)})
    return actor_rows


def session_list(
    actor: Actor, *, state: str = "", year: int | None = None, query: str = ""
) -> QuerySet[Session]:
    """The sessions that the actor may see, the latest engagement first. Two queries for any number of rows."""
    rows = Session.objects.select_related("kind", "engagement__municipality__prefecture").prefetch_related(
        Prefetch("meetings", Meeting.objects.filter(called_off=False).order_by("starts_at"), to_attr="days")
    )
    rows = permissions.visible(actor, "session.view", rows).distinct()
    if state in SessionState.values:
        rows = rows.filter(state=state)
    return _towns(rows, "engagement", query, year).order_by(
        "-engagement__opened_at", "engagement", "kind__number"
    )


def decision_list(
    actor: Actor, *, state: str = "", year: int | None = None, query: str = ""
) -> QuerySet[Decision]:
    """The decisions that the actor may see, by town and plan. One query for any number of rows.

    ``query`` also finds the owner section and the words of the decision's title.
    """
    rows = Decision.objects.select_related("plan__engagement__municipality__prefecture")
    rows = permissions.visible(actor, "decision.view", rows).distinct()
    if state in DecisionState.values:
        rows = rows.filter(state=state)
    if query.strip():
        towns = matching(Journey.objects.all(), query)
        words = Q(owner_section__icontains=query.strip()) | Q(title__icontains=query.strip())
        rows = rows.filter(Q(plan__engagement__in=towns) | words)
    return _towns(rows, "plan__engagement", "", year).order_by(
        "-plan__engagement__opened_at", "plan", "position", "pk"
    )


def attendance_text(session: Session) -> str:
    return "、".join(f"{row['section']} {row['count']}" for row in session.log_attendance)


def _prefecture(engagement: Engagement) -> str:
    prefecture = engagement.municipality.prefecture
    return prefecture.name if prefecture else ""


def _of(read: Any) -> tuple[Column[Any], ...]:
    """The columns that say whose row it is; ``read`` finds the engagement."""
    return (
        Column(_("支援番号"), lambda row: read(row).reference, 12),
        Column(_("団体コード"), lambda row: read(row).municipality_id, 10),
        Column(_("都道府県"), lambda row: _prefecture(read(row)), 10),
        Column(_("団体名"), lambda row: read(row).municipality_name),
        Column(_("年度"), lambda row: fiscal_year_label(read(row).fiscal_year), 16),
    )


ENGAGEMENTS: tuple[Column[Dossier], ...] = (
    *_of(lambda row: row.engagement),
    Column(_("状態"), lambda row: row.stage.name, 18),
    Column(_("支援の開始日"), lambda row: timezone.localdate(row.engagement.opened_at), 12),
    Column(_("アドバイザー"), lambda row: row.advisor_name),
    Column(_("いまの番"), lambda row: row.turn.who if row.turn else "", 16),
    Column(_("待っていること"), lambda row: row.turn.what if row.turn else "", 34),
    Column(_("期限"), lambda row: row.turn.due if row.turn else None, 12),
    Column(_("順序外"), lambda row: "\n".join(row.stage.notes), 24),
    Column(_("実施した回"), lambda row: sum(session.held_on is not None for session in row.sessions), 10),
    Column(_("使った時間の計"), lambda row: sum(session.log_hours or 0 for session in row.sessions), 14),
    Column(_("首長の答えの日時"), lambda row: row.plan.answered_at if row.plan else None, 17),
)

#: Rows of ``session_list``: sessions with their standing meetings as ``days``.
SESSIONS: tuple[Column[Any], ...] = (
    *_of(lambda row: row.engagement),
    Column(_("回"), lambda row: str(row.kind), 24),
    Column(_("状態"), lambda row: row.get_state_display(), 16),
    Column(_("開始"), lambda row: row.days[0].starts_at if row.days else None, 17),
    Column(_("終了"), lambda row: row.days[-1].ends_at if row.days else None, 17),
    Column(_("進め方"), lambda row: row.days[0].get_mode_display() if row.days else "", 10),
    Column(_("場所"), lambda row: row.days[0].place if row.days else "", 24),
    Column(_("実施日"), lambda row: row.held_on, 12),
    Column(_("使った時間"), lambda row: row.log_hours, 10),
    Column(_("参加した課と人数"), attendance_text, 34),
    Column(_("したこと"), lambda row: row.log_summary, 50),
    Column(_("次にすること"), lambda row: row.log_next_step, 34),
    Column(_("いつまでに"), lambda row: row.log_next_by, 12),
)

DECISIONS: tuple[Column[Decision], ...] = (
    *_of(lambda row: row.plan.engagement),
    Column(_("計画番号"), lambda row: row.plan.reference, 14),
    Column(_("変え方"), lambda row: row.get_way_display(), 12),
    Column(_("改善案"), lambda row: row.title, 40),
    Column(_("やめること"), lambda row: row.what_stops, 40),
    Column(_("担当課"), lambda row: row.owner_section, 16),
    Column(_("最初の一歩"), lambda row: row.first_step, 34),
    Column(_("始める日"), lambda row: row.start_on, 12),
    Column(_("費用(円)"), lambda row: row.cost_yen, 12),
    Column(_("状態"), lambda row: row.get_state_display(), 20),
    Column(_("条件"), lambda row: row.condition, 34),
    Column(_("年間件数"), lambda row: row.yearly_volume, 10),
    Column(_("職員の時間(1件あたり分)"), lambda row: row.staff_minutes, 20),
)
