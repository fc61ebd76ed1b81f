"""Sign-ins, tries that failed, and changes of somebody's way in: events of the account, and mails to its owner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from accounts import api_tokens, sign_in_letters
from accounts.models import User
from accounts.standings import actor_for
from workflow import outbox
from workflow.actors import ANONYMOUS, Actor
from workflow.log import record
from workflow.transactions import atomic

#: Tries at addresses without an account are told once in so many seconds: nobody fills the log from outside.
UNKNOWN_PAUSE = 60


def account_at(address: str) -> User | None:
    """The account that signs in with this address, however it is written."""
    return User.objects.filter(email__iexact=address.strip()).first()


def signed_in(user: User) -> None:
    record("account.signed_in", actor_for(user), stream=f"account:{user.pk}")


def failed(address: str) -> None:
    """A password that was wrong. What was typed is kept nowhere."""
    if user := account_at(address):
        _failed(user, "password")
    elif cache.add("sign-in-failed-unknown", 1, UNKNOWN_PAUSE):
        record("account.sign_in_failed", ANONYMOUS, stream="security", data={"known": False})


def on_second_step_failed(sender: Any, user: User, **more: Any) -> None:
    """The library tells of a wrong code by its signal alone."""
    _failed(user, "second_factor")


def _failed(user: User, step: str) -> None:
    record("account.sign_in_failed", ANONYMOUS, stream=f"account:{user.pk}", data={"step": step})


@atomic
def post(template: str, address: str, context: Mapping[str, Any]) -> None:
    """A mail that the library asks for: through the outbox, so that no mail server can break a page."""
    user = account_at(address) or context.get("user")
    stream = f"account:{user.pk}" if user else "security"
    name = template.rpartition("/")[2]
    event = record("account.mail_asked", ANONYMOUS, stream=stream, data={"mail": name})
    mail = sign_in_letters.from_library(template, address, context, user)
    outbox.put([mail], event=event, now=timezone.now())


@atomic
def changed(template: str, user: User, address: str = "") -> None:
    """Something about the way in is another now: an event, and a letter to the owner."""
    kind, what = sign_in_letters.CHANGES.get(template, sign_in_letters.OTHER_CHANGE)
    now = timezone.now()
    event = record(kind, actor_for(user), stream=f"account:{user.pk}", now=now)
    outbox.put([sign_in_letters.way_in_changed(user, what, now, address)], event=event, now=now)
    if kind == sign_in_letters.NEW_PASSWORD:
        api_tokens.revoke_all(user, actor=actor_for(user), now=now)


def address_changed(user: User, old: str, *, by: Actor, reason: str, now: datetime) -> None:
    """Both addresses are told, within the caller's transaction."""
    stream, personal = f"account:{user.pk}", {"reason": reason, "old": old, "new": user.email}
    event = record("account.address_changed", by, stream=stream, personal=personal, now=now)
    what = sign_in_letters.ADDRESS_CHANGED
    mails = [sign_in_letters.way_in_changed(user, what, now, address) for address in (old, user.email)]
    outbox.put(mails, event=event, now=now)
