"""The list of offers as an Excel file. A reason is the office's to read: towns and employers get none here."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.sheets import Column
from engagements.rounds.models import Offer

REASON: Column[Offer] = Column(_("断られた理由"), lambda row: row.reason, 50)
COLUMNS: tuple[Column[Offer], ...] = (
    Column(_("打診番号"), lambda row: row.reference, 12),
    Column(_("申込番号"), lambda row: row.application.reference, 12),
    Column(_("団体コード"), lambda row: row.application.municipality_id, 10),
    Column(_("団体名"), lambda row: row.application.municipality.full_name, 18),
    Column(_("アドバイザー"), lambda row: row.advisor.user.name),
    Column(_("勤め先の団体コード"), lambda row: row.advisor.employer_id, 10),
    Column(_("勤め先"), lambda row: row.advisor.employer.full_name, 18),
    Column(_("状態"), lambda row: row.get_state_display(), 14),
    Column(_("打診した日時"), lambda row: row.sent_at, 17),
    Column(_("答える期限"), lambda row: row.answer_due, 12),
    Column(_("派遣の条件"), lambda row: row.conditions, 30),
)
