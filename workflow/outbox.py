"""Effects leave the transaction as rows; workers carry them out, at least once, each start counted."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from workflow.actors import Actor
from workflow.errors import WrongState
from workflow.log import record
from workflow.models import Event, Outbox, OutboxState
from workflow.transactions import in_transaction

logger = structlog.get_logger(__name__)
MAX_ATTEMPTS = 5
#: A mail server that is away is asked again after as long as it has been away, at most this long, for two days.
LATEST, GIVE_UP = timedelta(hours=2), timedelta(days=2)
REFUSED = 500


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail to one person. ``key`` (with the event's id before it) makes it unique: a person an event."""

    address: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Job:
    """Work for a registered handler; takes ids only. ``key`` makes it unique for ever."""

    kind: str
    key: str
    payload: dict[str, Any] = field(default_factory=dict)


Handler = Callable[[Outbox], None]
_handlers: dict[str, tuple[Handler, str]] = {}
_loads: dict[str, list[Callable[[], object]]] = {}


def handles(
    kind: str, *, queue: str = "quick", load: Callable[[], object] | None = None
) -> Callable[[Handler], Handler]:
    """Register what carries out a kind of row. It must be idempotent: a killed worker's row is given out again.

    ``load`` brings in what the handler needs and takes long to come: a cluster calls it once, before its workers.
    """

    def register(handler: Handler) -> Handler:
        _handlers[kind] = (handler, queue)
        if load:
            _loads.setdefault(queue, []).append(load)
        return handler

    return register


def load_for(queue: str) -> None:
    """What the handlers of a queue need, before the first row comes: workers that are forked later share it."""
    for load in _loads.get(queue, ()):
        load()


def put(
    items: Iterable[Mail | Job], *, event: Event | None, now: datetime, context: str = ""
) -> list[Outbox]:
    """Store rows inside the caller's transaction; the worker is told after commit, and the sweep tells it again."""
    where = event.context if event else context
    rows = []
    for item in items:
        if isinstance(item, Mail):
            values: dict[str, Any] = {
                "kind": "mail",
                "address": item.address,
                "subject": item.subject[:300],
                "body": item.body,
            }
            key, queue = f"mail:{event.pk if event else context}:{item.address}", "quick"
        else:
            values = {"kind": item.kind, "payload": item.payload}
            key, queue = item.key, _handlers[item.kind][1]
        row, created = Outbox.objects.get_or_create(
            key=key[:160],
            defaults=values | {"queue": queue, "event": event, "context": where, "created_at": now},
        )
        if created:
            rows.append(row)
            transaction.on_commit(partial(tell, row.pk, queue))
    return rows


def tell(pk: int, queue: str) -> None:
    """Hand a row to its queue. A broker that is away is no reason to fail: the sweep finds the row."""
    try:
        async_task("workflow.outbox.deliver", pk, cluster=queue)
    except Exception:  # any broker, any failure: the row is safe in the database and is handed over again
        logger.exception("outbox row not handed over; the sweep will", row=pk, queue=queue)


def _claim(pk: int, now: datetime) -> Outbox | None:
    with transaction.atomic():
        row = Outbox.objects.select_for_update().filter(pk=pk, state=OutboxState.PENDING).first()
        if row is None or (row.claimed_until and row.claimed_until > now):
            return None
        if row.attempts >= MAX_ATTEMPTS:
            set_aside(row)
            return None
        row.attempts += 1
        row.claimed_until = now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS[row.queue])
        row.save(update_fields=["attempts", "claimed_until"])
        return row


def set_aside(row: Outbox) -> None:
    """Stop trying, and say so where people look."""
    row.state = OutboxState.SET_ASIDE
    row.last_error = row.last_error or _("処理の途中で止まることが続きました。")
    row.save(update_fields=["state", "last_error"])


def deliver(pk: int) -> bool:
    """Carry out one row; what the workers run. True if this call finished it. The log's lines bear its number."""
    row = _claim(pk, timezone.now())
    if row is None:
        return False
    with structlog.contextvars.bound_contextvars(job=pk, kind=row.kind, attempt=row.attempts):
        return _carry_out(row)


def _carry_out(row: Outbox) -> bool:
    handler, _queue = _handlers[row.kind]
    try:
        handler(row)
    except Exception as error:  # whatever a handler raises is kept on the row and tried again later
        logger.exception("job failed")
        _failed(row, error, timezone.now())
        return False
    done = {"state": OutboxState.DONE, "done_at": timezone.now(), "claimed_until": None}
    # What was sent is not kept: it may hold a signed link in clear. That it was sent, to whom and about what, stays.
    Outbox.objects.filter(pk=row.pk).update(**done, failing_since=None, last_error="", body="")
    logger.info("job done")
    return True


def _failed(row: Outbox, error: Exception, now: datetime) -> None:
    """A refusal for good is set aside at once; where the other side is only away, the start does not count."""
    row.last_error = f"{type(error).__name__}: {error}"[:2000]
    if _is_final(error):
        set_aside(row)
    elif _is_away(row, error):
        _ask_again_later(row, now)
    else:
        row.save(update_fields=["last_error"])


def _is_final(error: Exception) -> bool:
    """5xx to the mail itself (RFC 5321, 4.2.1), to its sender, its recipient or its text.

    A 5xx to the greeting or to the sign-in is the server's or the installation's fault, not the mail's.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min(code for code, _text in error.recipients.values()) >= REFUSED
    if isinstance(error, (smtplib.SMTPSenderRefused, smtplib.SMTPDataError)):
        return bool(error.smtp_code >= REFUSED)
    return False


def _is_away(row: Outbox, error: Exception) -> bool:
    """Whether the mail server could not be reached. To a job, an ``OSError`` may as well be a full disk."""
    return row.kind == "mail" and isinstance(error, (OSError, smtplib.SMTPException))


def _ask_again_later(row: Outbox, now: datetime) -> None:
    since = row.failing_since or now
    if now - since >= GIVE_UP:
        set_aside(row)
        return
    row.failing_since, row.attempts = since, row.attempts - 1
    soonest = timedelta(seconds=settings.OUTBOX_ASK_AGAIN_SECONDS)
    row.claimed_until = now + min(max(now - since, soonest), LATEST)
    row.save(update_fields=["failing_since", "attempts", "claimed_until", "last_error"])


def retry(row: Outbox) -> None:
    """Somebody pressed the button: start counting again."""
    row.state, row.attempts, row.last_error = OutboxState.PENDING, 0, ""
    row.claimed_until = row.handed_at = row.failing_since = None
    row.save(update_fields=["state", "attempts", "last_error", "claimed_until", "handed_at", "failing_since"])
    transaction.on_commit(lambda: tell(row.pk, row.queue))


def stopped() -> QuerySet[Outbox]:
    """What was set aside and waits for somebody to look at it, the longest waiting first."""
    return Outbox.objects.filter(state=OutboxState.SET_ASIDE).order_by("created_at", "pk")


def try_again(pk: int, *, actor: Actor, now: datetime) -> None:
    """The office's button beside a row that was set aside: it runs again, and the log says who wanted it.

    Raises ``WrongState`` when somebody else was faster.
    """

    def work() -> None:
        row = Outbox.objects.select_for_update(of=("self",)).get(pk=pk)
        if row.state != OutboxState.SET_ASIDE:
            raise WrongState(_("もう一度試す"), row.get_state_display())
        error = row.last_error
        retry(row)
        record(
            "outbox.try_again",
            actor,
            stream=f"outbox:{pk}",
            context=row.context or f"outbox:{pk}",
            data={"kind": row.kind},
            personal={"error": error},
            now=now,
        )

    in_transaction(work)


@handles("mail")
def send_mail(row: Outbox) -> None:
    """The same Message-ID on every try, so that a repeated mail is recognised as one."""
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    headers = {"Message-ID": f"<outbox-{row.pk}-{row.created_at:%Y%m%d%H%M%S}@{host}>"}
    EmailMessage(row.subject, row.body, None, [row.address], headers=headers).send()


def drain(limit: int = 1000) -> int:
    """Carry out everything that waits, here and now; for commands and tests. Returns how many rows were finished."""
    pending = (
        Outbox.objects.filter(state=OutboxState.PENDING).order_by("pk").values_list("pk", flat=True)[:limit]
    )
    return sum(deliver(pk) for pk in list(pending))
