"""The record of a round as an Excel file: a line a town, by rank."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.sheets import Column
from advisors.reasons import MODE_LABELS, PART_LABELS
from engagements.rounds.matching.record import Served

COLUMNS: tuple[Column[Served], ...] = (
    Column(_("計算"), lambda row: row.run, 6),
    Column(_("順位"), lambda row: row.rank, 6),
    Column(_("団体コード"), lambda row: row.code, 10),
    Column(_("団体名"), lambda row: row.town),
    Column(_("優先度"), lambda row: row.priority, 8),
    Column(_("受付日時"), lambda row: row.received, 17),
    Column(_("アドバイザー"), lambda row: row.advisor),
    Column(_("勤め先"), lambda row: row.employer, 18),
    Column(_("進め方"), lambda row: MODE_LABELS[row.mode] if row.mode else "", 14),
    Column(_("距離(km)"), lambda row: row.km, 8),
    Column(_("得点"), lambda row: row.score, 8),
    Column(PART_LABELS["expertise"], lambda row: row.parts["expertise"] if row.advisor else None, 6),
    Column(PART_LABELS["preference"], lambda row: row.parts["preference"] if row.advisor else None, 6),
    Column(PART_LABELS["size"], lambda row: row.parts["size"] if row.advisor else None, 6),
    Column(PART_LABELS["distance"], lambda row: row.parts["distance"] if row.advisor else None, 6),
    Column(PART_LABELS["continuity"], lambda row: row.parts["continuity"] if row.advisor else None, 6),
    Column(_("得点の理由"), lambda row: "\n".join(row.words), 40),
    Column(_("研修生"), lambda row: row.trainee),
    Column(_("決まらない理由"), lambda row: row.reason, 40),
    Column(_("打診の経過"), lambda row: "\n".join(row.history), 40),
)
