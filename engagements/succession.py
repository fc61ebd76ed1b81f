"""What a handover moves: the open turns of a town stand by role, so they follow it by themselves."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.entry.handing_over import previews
from accounts.models import Membership
from workflow.models import Span


@previews
def open_turns(held: Membership) -> Iterable[str]:
    """The first ten of them by day, and how many more there are."""
    turns = Span.objects.filter(
        left_at=None, turn_role=held.role, turn_scope=f"municipality:{held.municipality_id}"
    )
    rows = list(turns.order_by("due_on", "pk")[:10])
    yield from (row.title for row in rows if row.title)
    if (count := turns.count()) > len(rows):
        yield _("ほか%(count)d件") % {"count": count - len(rows)}
