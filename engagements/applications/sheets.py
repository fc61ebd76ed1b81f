"""The list of applications as an Excel file."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.sheets import Column
from engagements.applications.models import Application
from engagements.applications.selectors import months_text, wishes_text
from engagements.programme.vocabulary import life_event_labels

STAGED: Column[Application] = Column(_("内定"), lambda row: row.get_staged_display(), 10)
PRIORITY: Column[Application] = Column(_("優先度"), lambda row: row.priority, 8)
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
    Column(_("希望するアドバイザー"), wishes_text, 30),
    Column(_("いま困っていること、変えたいこと"), lambda row: row.aims, 60),
)
