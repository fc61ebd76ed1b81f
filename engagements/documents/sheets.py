"""The list of documents as an Excel file."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.sheets import Column
from engagements.documents.models import Document

COLUMNS: tuple[Column[Document], ...] = (
    Column(_("種類"), lambda row: row.get_kind_display(), 24),
    Column(_("番号"), lambda row: row.subject, 14),
    Column(_("版"), lambda row: row.version, 6),
    Column(_("団体コード"), lambda row: row.municipality_id or "", 10),
    Column(_("団体名"), lambda row: row.body),
    Column(_("頼んだ日時"), lambda row: row.requested_at, 17),
    Column(_("発行日時"), lambda row: row.issued_at, 17),
    Column(_("状態"), lambda row: row.get_progress_display(), 14),
    Column(_("ファイルの名前"), lambda row: row.file_name, 44),
    Column(_("ファイルのハッシュ(SHA-256)"), lambda row: row.sha256, 66),
)
