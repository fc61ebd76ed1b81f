"""The list of accounts as an Excel file."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from accounts.sheets import Column


def _role(held: Membership) -> str:
    town = f" {held.municipality.full_name}" if held.municipality else ""
    until = (
        f"{held.valid_from:%Y-%m-%d}〜{held.valid_to:%Y-%m-%d}"
        if held.valid_to
        else f"{held.valid_from:%Y-%m-%d}〜"
    )
    return f"{held.get_role_display()}{town}({until})"


COLUMNS: tuple[Column[User], ...] = (
    Column(_("氏名"), lambda row: row.name, 16),
    Column(_("メール"), lambda row: row.email, 30),
    Column(_("部署"), lambda row: row.section, 20),
    Column(
        _("団体コード"),
        lambda row: "、".join(
            dict.fromkeys(str(h.municipality_id) for h in row.memberships.all() if h.municipality_id)
        ),
        12,
    ),
    Column(_("役割と期間"), lambda row: "、".join(_role(held) for held in row.memberships.all()), 60),
    Column(_("使えます"), lambda row: row.is_active, 10),
)
