"""What every page shows round its content: who is here, for whom, and where they can go."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import drafts
from accounts.demo import PASSWORD, SIGN_INS
from workflow.actors import ANONYMOUS, Actor

TOWN = frozenset({"contact", "approver", "section"})
HELPERS = frozenset({"advisor", "trainee"})
OFFICE = frozenset({"secretariat", "admin"})
AUDITOR = frozenset({"auditor"})
EVERYONE = TOWN | HELPERS | OFFICE | AUDITOR


class Place(NamedTuple):
    url: str
    label: Any
    roles: frozenset[str]


PLACES = (
    Place("/", gettext_lazy("ホーム"), EVERYONE),
    Place("/calls/", gettext_lazy("募集"), OFFICE),
    Place("/applications/", gettext_lazy("申込"), OFFICE),
    Place("/rounds/", gettext_lazy("マッチング"), OFFICE | AUDITOR),
    Place("/engagements/", gettext_lazy("支援"), EVERYONE),
    Place("/documents/", gettext_lazy("書類"), EVERYONE - {"section"}),
    Place("/advisors/", gettext_lazy("アドバイザー"), OFFICE),
    Place("/accounts/people/", gettext_lazy("アカウント"), OFFICE),
    Place("/advisors/me/", gettext_lazy("自分の登録"), HELPERS),
    Place("/oversight/log/", gettext_lazy("記録"), AUDITOR),
)


def _roles(actor: Actor) -> frozenset[str]:
    """Roles for the menu. One who came by a signed link sees that page alone, so has none."""
    return frozenset(standing.role for standing in actor.standings) if actor.kind == "user" else frozenset()


def _is_current(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _label(place: Place, roles: frozenset[str]) -> str:
    if place.url == "/engagements/" and roles & TOWN:
        return _("申込・支援")
    return str(place.label)


def navigation(actor: Actor, path: str) -> list[dict[str, Any]]:
    """The main menu of this person: ``url``, ``label`` and whether it is ``current``."""
    roles = _roles(actor)
    return [
        {"url": place.url, "label": _label(place, roles), "current": _is_current(place.url, path)}
        for place in PLACES
        if roles & place.roles
    ]


def page(request: HttpRequest) -> dict[str, Any]:
    """Template context for base.html, without a query: everything is read from ``request.actor``."""
    actor: Actor = getattr(request, "actor", None) or ANONYMOUS
    return {
        "demo_sign_ins": SIGN_INS if settings.DEMO else (),
        "demo_password": PASSWORD,
        "page": {
            "nav": navigation(actor, request.path),
            "body_name": actor.body,
            "user_name": actor.name if actor.kind == "user" else "",
            "signed_in": actor.kind == "user",
            "demo": settings.DEMO,
            "drafts": drafts.address_of(request),
            # A language can only be switched on a page that can be asked for again.
            "return_to": request.get_full_path() if request.method == "GET" else "/",
        },
    }
