"""The door of the day: a code to scan and a PIN. Neither is stored; both follow from a nonce and the secret key."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.tokens import new_token, token_hash
from engagements.survey.models import Recorder, RecorderDay, Survey
from workflow import Actor, authority, record
from workflow.actors import ANONYMOUS
from workflow.errors import BadInput, Conflict, DoorError
from workflow.models import Visibility
from workflow.transactions import atomic

PIN_DIGITS = 6
NAME_LENGTH = 60
#: So many wrong PINs within the window shut the door for the rest of it: 6 digits can't be tried out.
MOST_WRONG = 20
WINDOW = timedelta(minutes=10)
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


def day_of(code: str) -> RecorderDay | None:
    """The day behind a code that was scanned; None for one that was made anew since, or never was."""
    try:
        pk, _dot, nonce = _signer.unsign(code.replace("~", ":")).partition(".")
    except BadSignature:
        return None
    return RecorderDay.objects.filter(pk=int(pk), nonce=nonce).select_related("survey__engagement").first()


@atomic
def open_day(survey: Survey, *, actor: Actor, now: datetime) -> RecorderDay:
    """Open the day, open it again, or make code and PIN anew: who scanned the old code stays joined."""
    authority.require(actor, "survey.record", survey, now=now)
    fresh: dict[str, Any] = {"nonce": secrets.token_hex(8), "opened_at": now, "closed_at": None}
    fresh |= {"wrong_pins": 0, "wrong_since": None}
    day, _made = RecorderDay.objects.update_or_create(survey=survey, defaults=fresh)
    _log("survey.recording_opened", survey, actor, now, {})
    return day


@atomic
def close_day(day: RecorderDay, *, actor: Actor, now: datetime) -> None:
    """Nobody joins from now on; devices that joined still deliver what they hold."""
    authority.require(actor, "survey.record", day.survey, now=now)
    if day.closed_at is None:
        day.closed_at = now
        day.save(update_fields=["closed_at"])
        _log("survey.recording_closed", day.survey, actor, now, {})


def join(day: RecorderDay, *, pin: str, name: str, now: datetime) -> tuple[Recorder, str]:
    """A new device and its key, which is said only here.

    Raises Conflict once the day is closed, BadInput by field, TooManyPins.
    """
    if day.closed_at is not None:
        raise Conflict(_("この日の記録は締め切られました。町の担当にお尋ねください。"))
    if not name.strip() or len(name) > NAME_LENGTH or "\x00" in name:
        raise BadInput(
            {"name": [_("記録する人の名前を%(most)s字までで入れてください。") % {"most": NAME_LENGTH}]}
        )
    _check_pin(day, pin.strip(), now)
    return _join(day, name.strip(), now)


@atomic
def _join(day: RecorderDay, name: str, now: datetime) -> tuple[Recorder, str]:
    key = new_token()
    made = Recorder.objects.create(day=day, name=name, key_hash=token_hash(key), joined_at=now)
    _log("survey.recorder_joined", day.survey, ANONYMOUS, now, {"recorder": made.pk}, {"name": name})
    return made, key


def _check_pin(day: RecorderDay, pin: str, now: datetime) -> None:
    """Counts outside any transaction of the caller's, so that a refusal does not take the count back."""
    row = RecorderDay.objects.filter(pk=day.pk)
    if day.wrong_since is not None and now - day.wrong_since > WINDOW:
        row.update(wrong_pins=0, wrong_since=None)
        day.wrong_pins, day.wrong_since = 0, None
    if day.wrong_pins >= MOST_WRONG:
        raise TooManyPins(
            _("PINの間違いが続いたため、10分ほど受け付けません。少し待ってからもう一度お試しください。")
        )
    if not hmac.compare_digest(pin.encode(), pin_of(day).encode()):
        row.update(wrong_pins=F("wrong_pins") + 1, wrong_since=day.wrong_since or now)
        raise BadInput({"pin": [_("PINが違います。町の担当が示している6桁の数字を入れてください。")]})


def device_of(key: str) -> Recorder:
    """The device with that key. Raises UnknownDevice."""
    found = (
        Recorder.objects.filter(key_hash=token_hash(key)).select_related("day__survey__engagement").first()
    )
    if found is None:
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
