"""Signed links: GET shows, POST acts; single use, expiring, bound to addressee, purpose and version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import SignedLink
from accounts.tokens import new_token, token_hash
from workflow.errors import Conflict
from workflow.models import Event

LIFETIME = timedelta(days=14)
Page = Callable[[HttpRequest, SignedLink, str], HttpResponse]
_pages: dict[str, Page] = {}
_shown_after_use: set[str] = set()
#: How soon after a mail with such a link another one can be asked for.
PAUSE = timedelta(minutes=10)
Allowed = Callable[[SignedLink], bool]
Renewal = Callable[[SignedLink, datetime], None]
_renewals: dict[str, tuple[Allowed, Renewal]] = {}


def page(purpose: str, *, after_use: bool = False) -> Callable[[Page], Page]:
    """Register the view of a purpose: ``view(request, link, token)``, with ``request.actor`` as the addressee.

    ``after_use``: a used link still shows, until it expires, what was said by it; it never acts again.
    """

    def register(view: Page) -> Page:
        _pages[purpose] = view
        if after_use:
            _shown_after_use.add(purpose)
        return view

    return register


def page_of(purpose: str) -> Page | None:
    return _pages.get(purpose)


def purposes() -> list[str]:
    """Every purpose that has a page."""
    return sorted(_pages)


def renews(purpose: str, *, when: Allowed) -> Callable[[Renewal], Renewal]:
    """Register what sends a new link of a purpose to the address of a closed one, and when it may."""

    def register(renewal: Renewal) -> Renewal:
        _renewals[purpose] = (when, renewal)
        return renewal

    return register


def can_be_renewed(link: SignedLink) -> bool:
    """Whether the page of this closed link offers to send a new one."""
    allowed = _renewals.get(link.purpose)
    return allowed is not None and allowed[0](link)


def were_issued(purpose: str, scope: str) -> bool:
    """Whether a link for this purpose and scope was ever sent to anybody."""
    return SignedLink.objects.filter(purpose=purpose, scope=scope).exists()


def was_just_sent(link: SignedLink, now: datetime) -> bool:
    return SignedLink.objects.filter(
        purpose=link.purpose, scope=link.scope, address=link.address, created_at__gt=now - PAUSE
    ).exists()


def renew(link: SignedLink, now: datetime) -> None:
    """Send a new link to the address that this one was bound to, and to no other.

    Raises ``Conflict`` where nothing waits for the addressee any more, or where one was sent a moment ago.
    """
    if not can_be_renewed(link):
        raise Conflict(_("このリンクで行うことは、もうありません。"))
    if was_just_sent(link, now):
        raise Conflict(_("さきほど新しいリンクを送りました。メールをお確かめください。"))
    _renewals[link.purpose][1](link, now)


def still_shows(link: SignedLink, now: datetime) -> bool:
    """Whether a used link may be read again: its purpose allows it and its time is not over."""
    return bool(link.used_at) and link.purpose in _shown_after_use and link.expires_at > now


def said_by(link: SignedLink) -> str:
    """The transition that the addressee made by this link: ``consent``; empty where there was none."""
    made = Event.objects.filter(actor_key=f"link:{link.pk}").exclude(type__startswith="link.")
    last = made.order_by("pk").values_list("type", flat=True).last()
    return (last or "").rpartition(".")[2]


def issue(
    *,
    purpose: str,
    role: str,
    scope: str,
    address: str,
    name: str = "",
    version: str = "",
    one_of_several: bool = False,
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[SignedLink, str]:
    """A new link and its address. Older unused links of the same purpose and scope stop working.

    It opens for ``LIFETIME`` unless ``expires_at`` says until when. ``one_of_several``: the others of a group keep
    theirs, only this address's older one of the same version stops.
    """
    older = SignedLink.objects.filter(purpose=purpose, scope=scope, used_at=None, revoked_at=None)
    (older.filter(address=address, version=version) if one_of_several else older).update(revoked_at=now)
    token = new_token()
    link = SignedLink.objects.create(
        token_hash=token_hash(token),
        purpose=purpose,
        role=role,
        scope=scope,
        version=version,
        address=address,
        name=name,
        created_at=now,
        expires_at=expires_at or now + LIFETIME,
    )
    return link, f"{settings.SITE_URL}/l/{token}/"


def revoke(*, purpose: str, scope: str, now: datetime) -> None:
    """Unused links of a purpose and scope stop working."""
    SignedLink.objects.filter(purpose=purpose, scope=scope, used_at=None, revoked_at=None).update(
        revoked_at=now
    )


def find(token: str) -> SignedLink | None:
    return SignedLink.objects.filter(token_hash=token_hash(token)).first()


def why_closed(link: SignedLink, now: datetime) -> str:
    """The sentence to show for a link that no longer opens; empty while it does."""
    if link.used_at:
        return _("このリンクは使用済みです。もう一度必要なときは、送り主にお尋ねください。")
    if link.revoked_at:
        return _("新しいリンクが送られています。いちばん新しいメールのリンクを開いてください。")
    if link.expires_at <= now:
        return _("このリンクの期限が過ぎました。送り主に新しいリンクを頼んでください。")
    return ""


def use(link: SignedLink, now: datetime) -> SignedLink:
    """Mark a link used inside the caller's transaction; of two at once, one gets ``Conflict``."""
    fresh = SignedLink.objects.select_for_update().get(pk=link.pk)
    if sentence := why_closed(fresh, now):
        raise Conflict(sentence)
    fresh.used_at = now
    fresh.save(update_fields=["used_at"])
    return fresh
