"""Who looks after the installation (MADOGUCHI_ADMINS) hears of errors: once an hour for each kind, without a word of it.

The mail holds what the log's line holds, and leads to it by the number. It goes through the outbox; where the database is
what is broken, straight to the mail server.
"""

from __future__ import annotations

import hashlib
import logging
import sys
from contextvars import ContextVar

import structlog
from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import Error, transaction
from django.utils import timezone

from config.logs import described

ROOMS = ("config/", "oversight/", "engagements/", "advisors/", "accounts/", "municipalities/", "workflow/")
#: An error while this very mail is being written is told by the log alone.
_telling: ContextVar[bool] = ContextVar("telling", default=False)
#: What this process has sent past the outbox, and in which hour.
_sent: set[tuple[str, str]] = set()


class MailAdmins(logging.Handler):
    """A handler for records at ERROR and above."""

    def emit(self, record: logging.LogRecord) -> None:
        if not settings.ADMINS or not apps.ready or _telling.get():
            return
        token = _telling.set(True)
        try:
            tell(record)
        except Exception:  # noqa: BLE001  (nothing that goes wrong here may hide what it is about)
            self.handleError(record)
        finally:
            _telling.reset(token)


def tell(record: logging.LogRecord) -> None:
    """One mail to each of the admins, unless they have one of the same kind from this hour."""
    kind, text = _kind(record), _text(record)
    hour = timezone.now().strftime("%Y-%m-%d %H")
    subject = f"[Madoguchi] {record.levelname}: {kind}"[:200]
    key = hashlib.sha256(f"{kind}\n{hour}".encode()).hexdigest()[:40]
    try:
        with transaction.atomic():
            _through_the_outbox(key, subject, text)
    except Error:
        if (key, hour) not in _sent:
            _sent.add((key, hour))
            EmailMessage(subject, text, None, [address for _name, address in settings.ADMINS]).send()


def _through_the_outbox(key: str, subject: str, text: str) -> None:
    from workflow import outbox

    mails = [outbox.Mail(address, subject, text) for _name, address in settings.ADMINS]
    outbox.put(mails, event=None, now=timezone.now(), context=f"trouble:{key}")


def _kind(record: logging.LogRecord) -> str:
    """What tells one fault from another: the error's type and the innermost place in our own code.

    Where none of it was under way, the innermost place; without an error, where the line was written.
    """
    error = _error_of(record)
    if error is None:
        return f"{record.module}:{record.lineno}"
    told = described(error)
    ours = [place for place in told["at"] if place.startswith(ROOMS)]
    return f"{told['type']} {[*told['at'], *ours][-1]}"


def _text(record: logging.LogRecord) -> str:
    known = structlog.contextvars.get_contextvars()
    lines = [f"time: {timezone.now().isoformat(timespec='seconds')}", f"kind: {_kind(record)}"]
    if isinstance(record.msg, dict):  # one of our own lines
        known |= {name: value for name, value in record.msg.items() if name not in ("exc_info", "timestamp")}
    lines += [f"{name}: {value}" for name, value in known.items()]
    if (error := _error_of(record)) is not None:
        lines += ["", *described(error)["at"]]
    lines += ["", "The log holds the rest; look for the number above."]
    return "\n".join(lines) + "\n"


def _error_of(record: logging.LogRecord) -> BaseException | None:
    if record.exc_info and record.exc_info[1]:
        return record.exc_info[1]
    said = record.msg.get("exc_info") if isinstance(record.msg, dict) else None
    if said is True:
        return sys.exc_info()[1]
    return said if isinstance(said, BaseException) else None
