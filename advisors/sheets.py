"""The list of advisors as an Excel file."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.sheets import Column
from advisors.selectors import AdvisorRow

COLUMNS: tuple[Column[AdvisorRow], ...] = (
    Column(_("氏名"), lambda row: row.advisor.user.name),
    Column(_("区分"), lambda row: row.advisor.get_seat_display(), 12),
    Column(_("勤め先のコード"), lambda row: row.advisor.employer_id, 14),
    Column(_("勤め先"), lambda row: row.advisor.employer.full_name, 18),
    Column(_("部署"), lambda row: row.advisor.user.section, 18),
    Column(_("メール"), lambda row: row.advisor.user.email, 30),
    Column(_("得意な場面"), lambda row: "、".join(row.tags), 30),
    Column(_("進め方"), lambda row: row.advisor.get_mode_display()),
    Column(_("受け持ち"), lambda row: row.load, 8),
    Column(_("上限"), lambda row: row.advisor.capacity, 8),
    Column(_("認定の期限"), lambda row: row.certified_until, 12),
    Column(_("今年度はここまで"), lambda row: row.closed, 16),
)
