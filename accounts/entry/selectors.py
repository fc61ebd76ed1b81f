"""What the office reads about requests for an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.entry.models import Registration, RegistrationState, TrustedDomain
from accounts.entry.people import domain_of
from accounts.models import Membership

WAITING = (RegistrationState.CONFIRMED,)


@dataclass(frozen=True, slots=True)
class Support:
    """One thing that speaks for a request, or that has to be asked first."""

    good: bool
    sentence: str


def registrations(state: str = "") -> QuerySet[Registration]:
    """Those that wait for the office, or those in one state (``all``: every one), newest first."""
    rows = Registration.objects.select_related("municipality__prefecture")
    if state == "all":
        return rows
    return rows.filter(state__in=[state] if state in RegistrationState.values else WAITING)


def support(registration: Registration, on: date) -> list[Support]:
    """What the service itself knows for and against a request. Four queries."""
    domain = domain_of(registration.email)
    return [
        _domain(registration, domain),
        _colleagues(registration, domain, on),
        *_earlier(registration),
    ]


def _domain(registration: Registration, domain: str) -> Support:
    rows = TrustedDomain.objects.filter(domain=domain, removed_at=None)
    towns = list(rows.select_related("municipality__prefecture"))
    if any(row.municipality_id == registration.municipality_id for row in towns):
        return Support(True, _("%(domain)sは、この団体の信頼するドメインです。") % {"domain": domain})
    if towns:
        names = "、".join(row.municipality.full_name for row in towns[:3])
        sentence = _("%(domain)sは、別の団体(%(names)s)のドメインです。")
        return Support(False, sentence % {"domain": domain, "names": names})
    sentence = _(
        "%(domain)sは、どの団体の信頼するドメインでもありません。団体のサイトか電話でお確かめください。"
    )
    return Support(False, sentence % {"domain": domain})


def _colleagues(registration: Registration, domain: str, on: date) -> Support:
    held = Membership.objects.filter(
        Membership.in_force(on), municipality=registration.municipality_id, user__is_active=True
    )
    people = {row.user.pk: row.user for row in held.select_related("user").order_by("pk")}
    if not people:
        return Support(False, _("この団体には、まだアカウントがありません。はじめの一人です。"))
    same = [user.name for user in people.values() if domain_of(user.email) == domain]
    if same:
        sentence = _("同じドメインのアカウントが、この団体に%(count)d人あります(%(names)s)。")
        return Support(True, sentence % {"count": len(same), "names": "、".join(same[:3])})
    names = "、".join(user.name for user in list(people.values())[:3])
    sentence = _("この団体のアカウントは%(names)sです。ドメインは違います。この方に確かめられます。")
    return Support(False, sentence % {"names": names})


def _earlier(registration: Registration) -> list[Support]:
    rows = Registration.objects.filter(email__iexact=registration.email).exclude(pk=registration.pk)
    refused = rows.filter(state=RegistrationState.REFUSED).count()
    if not refused:
        return []
    return [Support(False, _("同じアドレスからの申込みを、%(count)d回断っています。") % {"count": refused})]
