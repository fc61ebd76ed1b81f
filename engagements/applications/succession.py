"""What a handover moves here: drafts name the successor; what was submitted names who submitted it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.entry.handing_over import previews
from accounts.models import Membership, Role, User
from engagements.applications import drafts
from engagements.applications.models import Application
from workflow.events import Happening, on

WRITABLE = ("draft", "returned")
#: The fields of a draft that name the holder of a role.
FIELDS = {Role.CONTACT: ("contact_name", "contact_email"), Role.APPROVER: ("approver_name", "approver_email")}


def _drafts(municipality: str, role: str, email: str) -> list[Application]:
    name = FIELDS.get(Role(role))
    if name is None or not email:
        return []
    rows = Application.objects.filter(
        municipality=municipality, state__in=WRITABLE, **{f"{name[1]}__iexact": email}
    )
    return list(rows.order_by("pk"))


@previews
def drafts_of(held: Membership) -> Iterable[str]:
    for row in _drafts(str(held.municipality_id), held.role, held.user.email):
        yield _("申込 %(number)s の下書きに書いた氏名とメール") % {"number": row.reference}


@on("handover.carry_out")
def name_successor(happening: Happening) -> None:
    handover = happening.obj
    _rename(handover, handover.leaver, handover.successor, happening.actor.user_id, happening.now)


@on("handover.take_back")
def name_leaver_again(happening: Happening) -> None:
    handover = happening.obj
    if handover.successor is not None and handover.done_at is not None:
        _rename(handover, handover.successor, handover.leaver, happening.actor.user_id, happening.now)


def _rename(handover: Any, old: User, new: User, user_id: int | None, now: datetime) -> None:
    for row in _drafts(handover.municipality_id, handover.role, old.email):
        fresh = Application.objects.select_for_update(of=("self",)).get(pk=row.pk)
        values = dict(zip(FIELDS[Role(handover.role)], (new.name, new.email), strict=True))
        drafts.write(fresh, values, user_id=user_id, now=now)
