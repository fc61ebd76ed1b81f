"""What is outside and inside of a mail: nothing that somebody wrote can break a header or stop a mail."""

from __future__ import annotations

import re
import unicodedata
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.crypto import salted_hmac

from workflow.models import Outbox

#: Control characters, halves of a surrogate pair, and the two separators that some readers take for a new line.
BREAKING = {"Cc", "Cs", "Zl", "Zp"}
KEPT = "\n\t"


def one_line(text: str) -> str:
    """The text as a header may hold it: what would end the line, or can't be sent at all, becomes a space."""
    safe = "".join(" " if unicodedata.category(char) in BREAKING else char for char in text)
    return re.sub(" {2,}", " ", safe).strip()


def readable(text: str) -> str:
    """A body without what no database and no mail can hold; its lines end as the service writes them."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        " " if char not in KEPT and unicodedata.category(char) in BREAKING else char for char in lines
    )


def sender(name: str) -> str:
    """``From`` with the office's name; an installation that gave its address a name of its own keeps that one."""
    written = str(settings.DEFAULT_FROM_EMAIL)
    own, address = parseaddr(written)
    shown = re.sub(r'[\\"]', "", one_line(name))
    if own or "@" not in address or not shown:
        return written
    return f'"{shown}" <{address}>'


def message_id(row: Outbox) -> str:
    """The same on every try, and never that of a mail of another installation that sends from the same host."""
    host = str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2].rstrip(">") or "localhost"
    here = salted_hmac("madoguchi.mail", str(settings.SITE_URL)).hexdigest()[:12]
    return f"<outbox-{row.pk}-{row.created_at:%Y%m%d%H%M%S}.{here}.{urlsplit(settings.SITE_URL).hostname}@{host}>"


def message(row: Outbox) -> EmailMessage:
    """One row as it leaves: marked as sent by a machine (RFC 3834), answers going to the office."""
    office = settings.OFFICE
    headers = {"Message-ID": message_id(row), "Auto-Submitted": "auto-generated"}
    if language := row.payload.get("language"):
        headers["Content-Language"] = language
    answers = [office["email"]] if office["email"] else None
    name = row.payload.get("sender") or str(office["name"])
    return EmailMessage(
        one_line(row.subject), row.body, sender(name), [row.address], headers=headers, reply_to=answers
    )
