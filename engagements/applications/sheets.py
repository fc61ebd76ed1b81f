"""The list of applications as an Excel file."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.sheets import Column
from engagements.applications.models import Application
from engagements.applications.selectors import months_text, reads_as_office, reads_wishes, wishes_text
from engagements.programme.vocabulary import life_event_labels
from workflow.actors import Actor

STAGED: Column[Application] = Column(_("内定"), lambda row: row.get_staged_display(), 10)
PRIORITY: Column[Application] = Column(_("優先度"), lambda row: row.priority, 8)
AIMS: Column[Application] = Column(_("いま困っていること、変えたいこと"), lambda row: row.aims, 60)
COLUMNS: tuple[Column[Application], ...] = (
    Column(_("申込番号"), lambda row: row.reference, 12),
    Column(_("団体コード"), lambda row: row.municipality_id, 10),
    Column(
        _("都道府県"), lambda row: row.municipality.prefecture.name if row.municipality.prefecture else "", 10
    ),
    Column(_("団体名"), lambda row: row.municipality_name),
    Column(_("募集"), lambda row: row.call.title, 24),
    Column(_("状態"), lambda row: row.get_state_display(), 12),
    Column(_("受付日時"), lambda row: row.received_at, 17),
    Column(_("承認日時"), lambda row: row.consented_at, 17),
    Column(_("承認した方"), lambda row: row.consented_by, 16),
    Column(_("結果の日時"), lambda row: row.decided_at, 17),
    Column(_("担当部署"), lambda row: row.contact_section, 18),
    Column(_("担当者"), lambda row: row.contact_name),
    Column(_("メール"), lambda row: row.contact_email, 28),
    Column(_("電話"), lambda row: row.contact_phone),
    Column(_("受けられる月"), lambda row: months_text(row.months), 20),
    Column(_("進め方"), lambda row: row.get_mode_display()),
    Column(_("取り上げたい場面"), lambda row: "、".join(life_event_labels(row.life_events)), 24),
)


def columns(actor: Actor) -> tuple[Column[Application], ...]:
    """What this reader may see of every row. Whom a town wishes for stays empty where it is not for them."""
    wishes: Column[Application] = Column(
        _("希望するアドバイザー"), lambda row: wishes_text(row) if reads_wishes(actor, row) else "", 30
    )
    return (*COLUMNS, wishes, AIMS, *([PRIORITY, STAGED] if reads_as_office(actor) else []))
