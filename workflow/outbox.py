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
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from workflow import envelopes, processes
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
    """One e-mail to one person; the event and the address make it unique: a person an event.

    ``sender`` is the name shown as ``From``; it and the text are in ``language``, the recipient's.
    """

    address: str
    subject: str
    body: str
    sender: str = ""
    language: str = ""


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
            values = values_of(item)
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


def values_of(mail: Mail) -> dict[str, Any]:
    """A mail as its row keeps it, without what no database and no mail can hold."""
    return {
        "kind": "mail",
        "address": mail.address,
        "subject": envelopes.one_line(mail.subject)[:300],
        "body": envelopes.readable(mail.body),
        "payload": {"sender": envelopes.one_line(mail.sender), "language": mail.language},
    }


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
        row.claimed_by = processes.myself()
        row.save(update_fields=["attempts", "claimed_until", "claimed_by"])
        return row


def release_ended() -> int:
    """Give back at once what processes of this machine had begun that have ended meanwhile; returns how much.

    Each start stays counted, so that a job that keeps stopping its worker is set aside all the same.
    """
    released = 0
    for row in Outbox.objects.filter(state=OutboxState.PENDING).exclude(claimed_by=""):
        if not processes.has_ended(row.claimed_by):
            continue
        # Whoever has begun it meanwhile keeps it: the name of the claim is part of the question.
        claim = Outbox.objects.filter(pk=row.pk, claimed_by=row.claimed_by, state=OutboxState.PENDING)
        if claim.update(claimed_until=None, claimed_by="", handed_at=timezone.now()):
            tell(row.pk, row.queue)  # one that has started too often is set aside there
            released += 1
    return released


def set_aside(row: Outbox) -> None:
    """Stop trying, and say so where people look."""
    row.state, row.claimed_by = OutboxState.SET_ASIDE, ""
    row.last_error = row.last_error or _("処理の途中で止まることが続きました。")
    row.save(update_fields=["state", "claimed_by", "last_error"])


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
    done = {"state": OutboxState.DONE, "done_at": timezone.now(), "claimed_until": None, "claimed_by": ""}
    # What was sent is not kept: it may hold a signed link in clear. That it was sent, to whom and about what, stays.
    Outbox.objects.filter(pk=row.pk).update(**done, failing_since=None, last_error="", body="")
    logger.info("job done")
    return True


def _failed(row: Outbox, error: Exception, now: datetime) -> None:
    """A refusal for good is set aside at once; where the other side is only away, the start does not count."""
    row.last_error, row.claimed_by = f"{type(error).__name__}: {error}"[:2000], ""
    if _is_final(error):
        set_aside(row)
    elif _is_away(row, error):
        _ask_again_later(row, now)
    else:
        row.save(update_fields=["last_error", "claimed_by"])


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
    row.save(update_fields=["failing_since", "attempts", "claimed_until", "claimed_by", "last_error"])


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
    envelopes.message(row).send()


def drain(limit: int = 1000) -> int:
    """Carry out everything that waits, here and now; for commands and tests. Returns how many rows were finished."""
    pending = (
        Outbox.objects.filter(state=OutboxState.PENDING).order_by("pk").values_list("pk", flat=True)[:limit]
    )
    return sum(deliver(pk) for pk in list(pending))
