"""The ledger (台帳): one row an engagement, its columns, and the rows as the database has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Max, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role
from accounts.sheets import Column
from engagements.models import Engagement, EngagementRole
from engagements.programme.models import SessionKind
from engagements.sessions.models import Session

CIRCLED = "①②③④⑤⑥⑦⑧⑨"


class Kind(StrEnum):
    TEXT = "text"
    CODE = "code"
    DAY = "day"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Field:
    """One column. ``session`` is the number of the session it tells about, 0 for the engagement itself."""

    name: str
    heading: str
    kind: Kind = Kind.TEXT
    session: int = 0
    width: int = 14


#: The headings are part of the file's format, so they stay Japanese in every language.
ENGAGEMENT = (
    Field("reference", "支援番号", width=12),
    Field("code", "団体コード", Kind.CODE, width=12),
    Field("name", "団体名"),
    Field("opened_on", "支援の開始日", Kind.DAY),
    Field("advisor", "アドバイザーのメール", width=30),
)
SESSION = (
    ("held_on", "実施日", Kind.DAY, 12),
    ("log_hours", "使った時間", Kind.HOURS, 12),
    ("log_summary", "したこと", Kind.TEXT, 40),
    ("log_next_step", "次にすること", Kind.TEXT, 30),
)
Row = dict[str, Any]


def key(name: str, session: int = 0) -> str:
    return f"{name}:{session}" if session else name


def fields() -> list[Field]:
    """The engagement's columns, then four for each session of the programme with the most. One query."""
    most = SessionKind.objects.aggregate(most=Max("number"))["most"] or 0
    return [
        *ENGAGEMENT,
        *(
            Field(key(name, number), f"{CIRCLED[number - 1]}{heading}", kind, number, width)
            for number in range(1, most + 1)
            for name, heading, kind, width in SESSION
        ),
    ]


def sheet_columns() -> list[Column[Row]]:
    def column(field: Field) -> Column[Row]:
        return Column(field.heading, lambda row: row.get(field.name), field.width)

    return [column(field) for field in fields()]


def title() -> str:
    return _("支援の台帳")


def stored(references: list[str] | None = None) -> Iterator[Row]:
    """The ledger's rows as the database has them, the earliest number first. Three queries."""
    leads = (
        EngagementRole.objects.filter(role=Role.ADVISOR).select_related("user").order_by("valid_from", "pk")
    )
    rows = Engagement.objects.prefetch_related(
        Prefetch("sessions", Session.objects.select_related("kind")),
        Prefetch("roles", leads, to_attr="leads"),
    ).order_by("fiscal_year", "reference")
    if references is not None:
        rows = rows.filter(reference__in=references)
    return (row_of(engagement) for engagement in rows)


def row_of(engagement: Any) -> Row:
    row: Row = {
        "reference": engagement.reference,
        "code": engagement.municipality_id,
        "name": engagement.municipality_name,
        "opened_on": timezone.localdate(engagement.opened_at),
        "advisor": engagement.leads[-1].user.email if engagement.leads else None,
    }
    for session in engagement.sessions.all():
        for name, _heading, _kind, _width in SESSION:
            row[key(name, session.kind.number)] = getattr(session, name) or None
    return row
