"""The doors by which phones join: a code to scan and a PIN, not stored: both follow from a nonce and the secret key.

The records have one door, the workshop's board another. A key of a device ends with its door, ``AFTER_CLOSING`` later so
that what waits on a phone still arrives, or when the town takes it away; the device keeps what it holds and joins anew.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.tokens import new_token, token_hash
from engagements.survey.models import Recorder, RecorderDay, Survey, WrongPin
from workflow import Actor, authority, record
from workflow.actors import ANONYMOUS
from workflow.errors import BadInput, Conflict, DoorError
from workflow.models import Visibility
from workflow.transactions import atomic

PIN_DIGITS = 6
NAME_LENGTH = 60
DEVICE_LENGTH = 40
#: So many wrong PINs from one device within the window, and it waits; so many from all, and PINs are not taken: a device
#: can call itself anything, and 6 digits must not be tried out. The scanned code lets people in all the same.
MOST_WRONG = 5
MOST_WRONG_IN_ALL = 60
WINDOW = timedelta(minutes=10)
#: A door that nobody closes shuts by itself, and its keys end with it.
OPEN_FOR = timedelta(days=7)
AFTER_CLOSING = timedelta(hours=24)
Purpose = RecorderDay.Purpose
_signer = Signer(salt="madoguchi.recorder")


class TooManyPins(DoorError):
    """The PIN was wrong too often. 429."""

    status = 429


class UnknownDevice(DoorError):
    """A key that no device has. 401: the device asks to join again and keeps what it holds."""

    status = 401


def code_of(day: RecorderDay) -> str:
    """What the address of the day ends with."""
    return _signer.sign(f"{day.pk}.{day.nonce}").replace(":", "~")


def pin_of(day: RecorderDay) -> str:
    """The PIN of the day: six digits."""
    digest = salted_hmac("madoguchi.recorder.pin", f"{day.pk}.{day.nonce}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8]) % 10**PIN_DIGITS:0{PIN_DIGITS}}"


def ticket_of(day: RecorderDay) -> str:
    """What the scanned code carries in place of the PIN, behind ``#``, where no server or log sees it."""
    return salted_hmac("madoguchi.recorder.ticket", f"{day.pk}.{day.nonce}", algorithm="sha256").hexdigest()[
        :32
    ]


def day_of(code: str) -> RecorderDay | None:
    """The day behind a code that was scanned; None for one that was made anew since, or never was."""
    try:
        pk, _dot, nonce = _signer.unsign(code.replace("~", ":")).partition(".")
    except BadSignature:
        return None
    return RecorderDay.objects.filter(pk=int(pk), nonce=nonce).select_related("survey__engagement").first()


def is_open(day: RecorderDay, now: datetime) -> bool:
    """Whether new devices join."""
    return day.closed_at is None and now < day.opened_at + OPEN_FOR


def keys_end_at(day: RecorderDay) -> datetime:
    """The moment at which the keys of the devices that joined open nothing any more."""
    shut_at = day.opened_at + OPEN_FOR
    return (min(day.closed_at, shut_at) if day.closed_at else shut_at) + AFTER_CLOSING


@atomic
def open_day(survey: Survey, *, actor: Actor, now: datetime, purpose: str = Purpose.RECORD) -> RecorderDay:
    """Open a door, open it again, or make code and PIN anew: who scanned the old code stays joined."""
    authority.require(actor, "survey.record", survey, now=now)
    fresh: dict[str, Any] = {"nonce": secrets.token_hex(8), "opened_at": now, "closed_at": None}
    day, _made = RecorderDay.objects.update_or_create(survey=survey, purpose=purpose, defaults=fresh)
    WrongPin.objects.filter(day=day).delete()
    _log("survey.recording_opened", survey, actor, now, {"purpose": str(purpose)})
    return day


@atomic
def close_day(day: RecorderDay, *, actor: Actor, now: datetime) -> None:
    """Nobody joins from now on; devices that joined still deliver what they hold, for ``AFTER_CLOSING``."""
    authority.require(actor, "survey.record", day.survey, now=now)
    if RecorderDay.objects.filter(pk=day.pk, closed_at=None).update(closed_at=now):
        _log("survey.recording_closed", day.survey, actor, now, {"purpose": str(day.purpose)})


@atomic
def revoke(device: Recorder, *, actor: Actor, now: datetime) -> None:
    """The device's key opens nothing any more. What it delivered stays; it may join again with code or PIN."""
    authority.require(actor, "survey.record", device.day.survey, now=now)
    if Recorder.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now):
        _log("survey.recorder_revoked", device.day.survey, actor, now, {"recorder": device.pk})


def join(
    day: RecorderDay, *, pin: str = "", ticket: str = "", device: str = "", name: str, now: datetime
) -> tuple[Recorder, str]:
    """A new device and its key, which is said only here. ``ticket`` stands for the PIN; ``device``: its own name.

    Raises Conflict once the door is shut, BadInput by field, TooManyPins.
    """
    if not is_open(day, now):
        raise Conflict(_("参加の受付は終わりました。町の担当にお尋ねください。"))
    if not name.strip() or len(name) > NAME_LENGTH or "\x00" in name:
        raise BadInput(
            {"name": [_("記録する人の名前を%(most)s字までで入れてください。") % {"most": NAME_LENGTH}]}
        )
    if not hmac.compare_digest(ticket.encode(errors="replace"), ticket_of(day).encode()):
        _check_pin(day, pin.strip(), device[:DEVICE_LENGTH], now)
    return _join(day, name.strip(), now)


@atomic
def _join(day: RecorderDay, name: str, now: datetime) -> tuple[Recorder, str]:
    key = new_token()
    made = Recorder.objects.create(day=day, name=name, key_hash=token_hash(key), joined_at=now)
    told = {"recorder": made.pk, "purpose": str(day.purpose)}
    _log("survey.recorder_joined", day.survey, ANONYMOUS, now, told, {"name": name})
    return made, key


def _check_pin(day: RecorderDay, pin: str, device: str, now: datetime) -> None:
    """Counts outside any transaction of the caller's, so that a refusal does not take the count back."""
    counting = WrongPin.objects.filter(day=day, at__gt=now - WINDOW)
    if counting.filter(device=device).count() >= MOST_WRONG or counting.count() >= MOST_WRONG_IN_ALL:
        raise TooManyPins(
            _(
                "PINの間違いが続いたため、10分ほどPINでは参加できません。QRコードを読み取ると、いまでも参加できます。"
            )
        )
    if not hmac.compare_digest(pin.encode(errors="replace"), pin_of(day).encode()):
        WrongPin.objects.filter(day=day, at__lte=now - WINDOW).delete()
        WrongPin.objects.create(day=day, device=device, at=now)
        raise BadInput({"pin": [_("PINが違います。町の担当が示している6桁の数字を入れてください。")]})


def device_of(key: str, *, now: datetime, purpose: str = Purpose.RECORD) -> Recorder:
    """The device with that key, which is one of this purpose and has not ended. Raises UnknownDevice."""
    keys = Recorder.objects.filter(key_hash=token_hash(key), day__purpose=purpose, revoked_at=None)
    found = keys.select_related("day__survey__engagement").first()
    if found is None or now >= keys_end_at(found.day):
        raise UnknownDevice(
            _("この端末は参加していません。QRコードからもう一度参加してください。記録は端末に残っています。")
        )
    return found


def _log(
    type: str,
    survey: Survey,
    actor: Actor,
    now: datetime,
    data: dict[str, Any],
    personal: dict[str, Any] | None = None,
) -> None:
    record(
        type,
        actor,
        stream=f"survey:{survey.pk}",
        context=f"engagement:{survey.engagement_id}",
        data=data,
        personal=personal or {},
        visibility=Visibility.PARTIES,
        now=now,
    )
