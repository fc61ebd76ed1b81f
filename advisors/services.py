"""What advisors, and the office for them, change about themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from advisors.models import Advisor
from municipalities.dates import fiscal_year
from workflow import authority
from workflow.actors import Actor
from workflow.errors import BadInput
from workflow.log import record
from workflow.models import Visibility
from workflow.transactions import atomic

PERSONAL = frozenset({"introduction", "employer_contact", "employer_section", "employer_email"})


@dataclass(frozen=True, slots=True)
class Profile:
    """What the person says about their service. ``closed``: no new town in the fiscal year of the change.

    ``employer_…``: who answers for the employer where nobody there has an account.
    """

    introduction: str
    tags: Sequence[str]
    months: Sequence[int]
    mode: str
    max_km: int
    capacity: int
    closed: bool
    employer_contact: str = ""
    employer_section: str = ""
    employer_email: str = ""


def profile_of(advisor: Advisor, now: datetime) -> Profile:
    """The profile as it stands, to start a form from."""
    return Profile(
        introduction=advisor.introduction,
        tags=advisor.tags,
        months=advisor.months,
        mode=advisor.mode,
        max_km=advisor.max_km,
        capacity=advisor.capacity,
        closed=advisor.closed_for_year == fiscal_year(timezone.localdate(now)),
        employer_contact=advisor.employer_contact,
        employer_section=advisor.employer_section,
        employer_email=advisor.employer_email,
    )


def _values(profile: Profile, now: datetime) -> dict[str, Any]:
    return {
        "introduction": profile.introduction,
        "tags": list(profile.tags),
        "months": list(profile.months),
        "mode": profile.mode,
        "max_km": profile.max_km,
        "capacity": profile.capacity,
        "closed_for_year": fiscal_year(timezone.localdate(now)) if profile.closed else None,
        "employer_contact": profile.employer_contact,
        "employer_section": profile.employer_section,
        "employer_email": profile.employer_email,
    }


def _check(advisor: Advisor, profile: Profile) -> None:
    """Nobody consents to their own dispatch."""
    if profile.employer_email and profile.employer_email.casefold() == advisor.user.email.casefold():
        raise BadInput(
            {
                "employer_email": [
                    _("ご本人のメールは使えません。派遣に同意される方のメールを入れてください。")
                ]
            }
        )


@atomic
def change_profile(*, advisor: Advisor, profile: Profile, actor: Actor, now: datetime) -> bool:
    """Save what differs and log it, old and new; False when nothing does. Running engagements are not touched.

    The row is locked as an acceptance of an offer locks it, so that a capacity is not lowered under a guard's feet.
    Raises ``NotAllowed``, and ``BadInput`` for an employer's contact who is the advisor.
    """
    fresh = Advisor.objects.select_for_update().get(pk=advisor.pk)
    authority.require(actor, "advisor.edit", fresh, now=now)
    _check(fresh, profile)
    changed = {k: [getattr(fresh, k), v] for k, v in _values(profile, now).items() if getattr(fresh, k) != v}
    if not changed:
        return False
    for name, (_old, new) in changed.items():
        setattr(fresh, name, new)
    fresh.save(update_fields=sorted(changed))
    record(
        "advisor.profile_changed",
        actor,
        stream=f"advisor:{fresh.pk}",
        data={"changed": {k: v for k, v in changed.items() if k not in PERSONAL}},
        personal={"changed": {k: v for k, v in changed.items() if k in PERSONAL}},
        visibility=Visibility.ADVISOR,
        now=now,
    )
    return True
