"""Naming a successor: what moves is shown first, then it moves on its day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.entry import inviting, letters, people
from accounts.entry.models import Handover
from accounts.models import TOWN_ROLES, Membership, User
from municipalities.dates import era_date
from workflow import authority, outbox
from workflow.actors import Actor
from workflow.doors import begin, perform
from workflow.errors import BadInput
from workflow.models import Visibility
from workflow.transactions import atomic

#: Lines of the preview that rooms above add: their own open work that goes to the successor.
Preview = Callable[[Membership], Iterable[str]]
_previews: list[Preview] = []


def previews(preview: Preview) -> Preview:
    """Register what a room moves, in words, asked before a handover is planned."""
    _previews.append(preview)
    return preview


@dataclass(frozen=True, slots=True)
class Successor:
    """A colleague with an account, or an address to invite."""

    user: User | None
    email: str = ""
    name: str = ""


def what_moves(held: Membership) -> list[str]:
    return [line for preview in _previews for line in preview(held)]


@atomic
def plan(
    held: Membership, *, successor: Successor, effective_on: date, actor: Actor, now: datetime
) -> Handover:
    """A handover of the role on that day; of today, it is carried out at once if the successor has an account.

    Raises ``NotAllowed`` and ``BadInput`` (``effective_on``, ``successor``, ``email``).
    """
    draft = Handover(
        leaver=held.user,
        municipality=held.municipality,
        role=held.role,
        section=held.section if held.role == "section" else "",
        effective_on=effective_on,
    )
    authority.require(actor, "handover.plan", draft, now=now)
    _check(held, draft, timezone.localdate(now))
    draft.successor = _known(held, successor, timezone.localdate(now))
    if draft.successor is None:
        draft.invitation = inviting.make(_invited(held, successor, now), actor=actor, now=now)
    draft.save()
    event = begin(draft, actor, now=now, visibility=Visibility.TOWN, effective_on=effective_on)
    if draft.successor and effective_on <= timezone.localdate(now):
        perform("carry_out", draft, actor, now=now)
    else:
        outbox.put(letters.successor_is_named(draft), event=event, now=now)
    return draft


def _check(held: Membership, draft: Handover, today: date) -> None:
    if held.role not in TOWN_ROLES:
        raise BadInput({"": [_("この役割は、ここでは引き継げません。事務局にご相談ください。")]})
    if fault := _day_fault(held, draft.effective_on, today):
        raise BadInput({"effective_on": [fault]})
    known = Handover.objects.filter(
        leaver=draft.leaver, municipality=draft.municipality_id, role=draft.role, state="planned"
    )
    if known.filter(section=draft.section).exists():
        raise BadInput(
            {"": [_("この役割の引き継ぎは、もう予定されています。変えるときは、先に取り消してください。")]}
        )


def _day_fault(held: Membership, day: date, today: date) -> str:
    if day < today:
        return _("過ぎた日は選べません。今日か、先の日を入れてください。")
    if day <= held.valid_from:
        return _("担当は%(day)sからです。それより後の日を入れてください。") % {
            "day": era_date(held.valid_from)
        }
    if held.valid_to and (day - held.valid_to).days > 1:
        return _("担当の期間は%(day)sまでです。間が空かないよう、その翌日までの日を入れてください。") % {
            "day": era_date(held.valid_to)
        }
    return ""


def _known(held: Membership, successor: Successor, today: date) -> User | None:
    """The colleague with an account. An address of one is as good as choosing them in the list."""
    user = successor.user or people.account_of(successor.email)
    if user is None:
        return None
    field = "successor" if successor.user else "email"
    if user.pk == held.user_id:
        raise BadInput({field: [_("後任には、ご本人とは別の方を選んでください。")]})
    if not user.is_active:
        raise BadInput({field: [_("この方のアカウントは止められています。事務局にご相談ください。")]})
    colleague = people.in_force(user, today, municipality=held.municipality_id).exists()
    return user if colleague else None


def _invited(held: Membership, successor: Successor, now: datetime) -> inviting.Invited:
    """Somebody without an account here is invited; the role itself begins on the day of the handover."""
    email = successor.user.email if successor.user else successor.email
    if not email:
        raise BadInput({"successor": [_("後任の方を選ぶか、メールを入れてください。")]})
    invited = inviting.Invited(
        email=email,
        role=held.role,
        municipality=held.municipality,
        name=successor.name,
        section=held.section,
        gives_role=False,
    )
    if fault := inviting.address_fault(invited, by_office=False, today=timezone.localdate(now)):
        raise BadInput({"email": [fault]})
    return invited
