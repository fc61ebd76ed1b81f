"""How often somebody may do what is costly or sends mail: counted in the database, which forgets nothing before its time.

A count begins with the first time and ends ``within`` later. Whom it is about is kept as a keyed hash.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from math import ceil

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import Tally
from workflow.actors import Actor
from workflow.errors import TooMany
from workflow.transactions import in_transaction

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Limit:
    most: int
    within: timedelta


#: The whole table. ``…-town``: all of a municipality together, beside the limit of each person.
LIMITS: dict[str, Limit] = {
    "register": Limit(3, HOUR),  # to one address
    "register-client": Limit(30, HOUR),
    "reset": Limit(5, HOUR),  # to one address
    "reset-client": Limit(60, HOUR),
    "reset-unknown": Limit(1, DAY),  # mails to an address without an account
    "held-form": Limit(600, HOUR),  # forms of visitors that wait for a sign-in, from one client
    "documents": Limit(120, HOUR),
    "documents-town": Limit(300, HOUR),
    "exports": Limit(120, HOUR),
    "exports-town": Limit(300, HOUR),
    "imports": Limit(120, HOUR),
    "imports-town": Limit(300, HOUR),
    "solving": Limit(30, HOUR),
}
#: Transitions that keep a worker busy for minutes.
COSTLY = {"round.solve": "solving"}


def count(name: str, whom: str, *, now: datetime | None = None) -> None:
    """One more time. Raises ``TooMany`` with the seconds to wait, and then counts nothing. Two queries."""
    wait = in_transaction(lambda: _count(name, _hashed(whom), now or timezone.now()))
    if wait is not None:
        raise TooMany(wait)


def is_within(name: str, whom: str) -> bool:
    """``count`` for those who go on without a word."""
    try:
        count(name, whom)
    except TooMany:
        return False
    return True


def _count(name: str, who: str, now: datetime) -> int | None:
    limit = LIMITS[name]
    fresh = {"since": now, "until": now + limit.within, "count": 1}
    tally, begun = Tally.objects.select_for_update().get_or_create(limit=name, who=who, defaults=fresh)
    mine = Tally.objects.filter(pk=tally.pk)
    if begun:
        return None
    if tally.until <= now:
        mine.update(**fresh)
    elif tally.count >= limit.most:
        return ceil((tally.until - now).total_seconds())
    else:
        mine.update(count=F("count") + 1)
    return None


def _hashed(whom: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"limits {whom}".encode(), hashlib.sha256).hexdigest()


def count_of(actor: Actor, name: str) -> None:
    """One more time by this person, and by everybody of each of their municipalities."""
    count(name, actor.key)
    if f"{name}-town" in LIMITS:
        for scope in sorted({s.scope for s in actor.standings if s.scope.startswith("municipality:")}):
            count(f"{name}-town", scope)


def costly(name: str) -> Callable[[View], View]:
    """A view that may be asked for only so often; beneath its gate, so that ``request.actor`` is known."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            count_of(request.actor, name)  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        return counted

    return decorate


def of_request(request: HttpRequest, actor: Actor) -> None:
    """What every page's gate counts: a list as an Excel file, and a file that is sent."""
    if request.GET.get("format") == "xlsx":
        count_of(actor, "exports")
    if request.method == "POST" and request.FILES:
        count_of(actor, "imports")


def of_transition(name: str, actor: Actor) -> None:
    if name in COSTLY:
        count_of(actor, COSTLY[name])


def client_of(request: HttpRequest) -> str:
    """The client's address as the outermost trusted proxy saw it; of IPv6, the network that one client has (/64).

    Each proxy writes at the end of ``X-Forwarded-For`` from whom it got the request; what stands before our own
    proxies' entries anybody can have written. Who came past the proxies is known by the connection alone.
    """
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    told = hops[-proxies] if 0 < proxies <= len(hops) else ""
    for text in (told, request.META.get("REMOTE_ADDR", "")):
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        mapped = getattr(address, "ipv4_mapped", None) or address
        return str(mapped) if mapped.version == 4 else str(ipaddress.ip_network(f"{mapped}/64", strict=False))
    return "unknown"
