"""For whoever watches: `/healthz`, the process answers; `/readyz`, the service as a whole does its work."""

import ipaddress
from datetime import timedelta
from functools import cache

from django.apps import apps
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.queues import lease_name

# A lease left by a killed process is taken over by the next at its next pass; that moment is no outage.
TAKE_OVER = timedelta(seconds=15)
Key = tuple[str, str]
PROXY_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; reads nothing, so that a lost database does not get web nodes killed."""
    return _text("ok")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, migrations, queues and sweep all stand, else 503; why, only to this machine."""
    reasons = faults()
    if not reasons:
        return _text("ok")
    return _text("\n".join(reasons) if _from_this_machine(request) else "unavailable", status=503)


def faults() -> list[str]:
    """A sentence for each thing that does not stand; without a database nothing else can be told."""
    try:
        missing = unapplied_migrations()
        if missing:
            return [f"migrations not applied: {', '.join(missing)}; run manage.py migrate"]
        return _silent_processes()
    except Error as error:
        return [f"database: {error.__class__.__name__}; check DATABASE_URL and the server"]


def unapplied_migrations() -> list[str]:
    """`app.name` of each migration that the code has and the database has not. One or two queries."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    return [".".join(key) for key, replaced in _migrations() if not _covered(key, replaced, applied)]


def _covered(key: Key, replaced: frozenset[Key], applied: set[Key]) -> bool:
    """A squashed migration counts as applied when all that it stands for are."""
    return key in applied or (bool(replaced) and replaced <= applied)


@cache
def _migrations() -> list[tuple[Key, frozenset[Key]]]:
    """Every migration on disk with those it stands for; they cannot change while the process runs."""
    migrations = MigrationLoader(None).disk_migrations
    replaced = {old for migration in migrations.values() for old in migration.replaces}
    return [
        (key, frozenset(value.replaces)) for key, value in sorted(migrations.items()) if key not in replaced
    ]


def _silent_processes() -> list[str]:
    """One query for all signs of life: a row each, good until it expires."""
    starts = {
        lease_name(queue): f"manage.py qcluster with Q_CLUSTER_NAME={queue}" for queue in settings.Q_QUEUES
    }
    starts["sweep"] = "manage.py sweep --forever"
    alive = apps.get_model("workflow", "Lease").objects.filter(
        name__in=starts, expires_at__gt=timezone.now() - TAKE_OVER
    )
    living = set(alive.values_list("name", flat=True))
    return [f"{name}: no sign of life; start {start}" for name, start in starts.items() if name not in living]


def _from_this_machine(request: HttpRequest) -> bool:
    """False behind a proxy too: there every visitor comes from this machine."""
    if any(header in request.META for header in PROXY_HEADERS):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _text(text: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
