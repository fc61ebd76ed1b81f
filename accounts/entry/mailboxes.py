"""The mailboxes of a town's counter sections. A changed one is closed and begun anew, so that history stays."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import SectionMailbox
from municipalities.models import Municipality
from municipalities.text import fold
from workflow import authority
from workflow.actors import Actor
from workflow.errors import BadInput, Conflict
from workflow.log import record
from workflow.transactions import atomic


@atomic
def add(
    municipality: Municipality, *, section: str, email: str, actor: Actor, now: datetime
) -> SectionMailbox:
    """Raises ``NotAllowed``, and ``BadInput`` for a section that is on the list already, however it is written."""
    draft = SectionMailbox(
        municipality=municipality, section=section, email=email, valid_from=timezone.localdate(now)
    )
    authority.require(actor, "mailbox.edit", draft, now=now)
    known = SectionMailbox.objects.filter(
        municipality=municipality, section_key=fold(section)[:60], valid_to=None
    )
    if known.exists():
        raise BadInput({"section": [_("この課は、もう一覧にあります。メールを変えるときは「直す」から。")]})
    draft.save()
    _log("mailbox.added", draft, actor, now)
    return draft


@atomic
def change(
    mailbox: SectionMailbox, *, section: str, email: str, actor: Actor, now: datetime
) -> SectionMailbox:
    """The new name or address from today."""
    close(mailbox, actor=actor, now=now)
    return add(mailbox.municipality, section=section, email=email, actor=actor, now=now)


@atomic
def close(mailbox: SectionMailbox, *, actor: Actor, now: datetime) -> None:
    """Mails no longer go there. Raises ``Conflict`` when somebody else was faster."""
    fresh = SectionMailbox.objects.select_for_update(of=("self",)).get(pk=mailbox.pk)
    authority.require(actor, "mailbox.edit", fresh, now=now)
    if fresh.valid_to is not None:
        raise Conflict(_("この課のメールは、もう閉じられています。画面を開き直してください。"))
    fresh.valid_to = timezone.localdate(now)
    fresh.save(update_fields=["valid_to"])
    _log("mailbox.closed", fresh, actor, now)


def _log(kind: str, mailbox: SectionMailbox, actor: Actor, now: datetime) -> None:
    record(
        kind,
        actor,
        stream=f"mailbox:{mailbox.pk}",
        context=f"municipality:{mailbox.municipality_id}",
        data={"section": mailbox.section},
        personal={"email": mailbox.email},
        now=now,
    )
