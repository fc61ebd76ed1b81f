"""Pictures of remarks: re-encoded on arrival, made unreadable in places, checked before anybody else sees them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from engagements.survey.models import Photo, Recorder, Survey
from workflow import Actor, authority, record
from workflow.errors import BadInput, Conflict
from workflow.models import Visibility
from workflow.transactions import atomic

UID = re.compile(r"[A-Za-z0-9-]{1,40}")
LONGEST_SIDE = 1600
MOST_PIXELS = 50_000_000
QUALITY = 82
#: The picture is judged in so many fields, and a field is covered by so few squares that no letter is left.
COLUMNS, ROWS = 16, 12
SQUARES = 2
FORMATS = ("JPEG", "PNG", "WEBP")


def path_of(photo: Photo) -> Path:
    return Path(settings.MEDIA_ROOT) / "photos" / str(photo.survey_id) / photo.name


@atomic
def keep(recorder: Recorder, uid: str, data: bytes, *, now: datetime) -> Photo:
    """A picture from a device, once: one that comes again never stands over what was covered meanwhile.

    Raises BadInput for what is no picture or too large; then nothing is kept.
    """
    survey = recorder.day.survey
    if not UID.fullmatch(uid):
        raise BadInput({"photo": [_("写真の名前を読み取れません。撮り直してください。")]})
    known = Photo.objects.filter(survey=survey, uid=uid).first()
    if known:
        return known
    picture = _read(data)
    width, height = picture.size
    fresh: dict[str, Any] = {"recorder": recorder, "width": width, "height": height, "received_at": now}
    photo, is_new = Photo.objects.get_or_create(survey=survey, uid=uid, defaults=fresh)
    if is_new:
        _write(photo, picture)
    return photo


def _read(data: bytes) -> Image.Image:
    """The picture upright and small, without anything that was written beside it."""
    refused = BadInput({"photo": [_("写真として読み取れません。JPEGかPNGの写真を選んでください。")]})
    if len(data) > settings.UPLOAD_MAX_BYTES:
        raise refused
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise refused
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise refused from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return upright


def _write(photo: Photo, picture: Image.Image) -> None:
    """Whole or not at all. A fresh image carries pixels alone: no EXIF, no profile, no comment."""
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    path = path_of(photo)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{secrets.token_hex(8)}.part")
    bare.save(scratch, "JPEG", quality=QUALITY)
    scratch.replace(path)


@atomic
def cover(photo: Photo, fields: Iterable[int], *, actor: Actor, now: datetime) -> None:
    """Make fields of the picture unreadable, for good. A field is numbered row by row from 0. Raises BadInput."""
    authority.require(actor, "survey.record", photo.survey, now=now)
    chosen = sorted(set(fields))
    if not chosen or not all(0 <= number < COLUMNS * ROWS for number in chosen):
        raise BadInput({"": [_("隠すところを選んでください。")]})
    _locked(photo)
    with Image.open(path_of(photo)) as opened:
        picture = opened.convert("RGB")
    for number in chosen:
        box = _box(number, picture.size)
        small = picture.crop(box).resize((SQUARES, SQUARES), Image.Resampling.BOX)
        picture.paste(small.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.NEAREST), box)
    _write(photo, picture)
    _log("survey.photo_covered", photo, actor, now)


def _box(number: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The pixels of a field; neighbours meet without a gap."""
    row, column = divmod(number, COLUMNS)
    width, height = size
    right, lower = (column + 1) * width // COLUMNS, (row + 1) * height // ROWS
    left, upper = column * width // COLUMNS, row * height // ROWS
    return left, upper, max(right, left + 1), max(lower, upper + 1)


@atomic
def check(photo: Photo, *, actor: Actor, now: datetime) -> None:
    """Somebody has looked: neither faces nor papers are in it. From now on it stands beside its remark."""
    authority.require(actor, "survey.record", photo.survey, now=now)
    photo = _locked(photo)
    photo.checked_at = now
    photo.save(update_fields=["checked_at"])
    _log("survey.photo_checked", photo, actor, now)


@atomic
def remove(photo: Photo, *, actor: Actor, now: datetime) -> None:
    """The picture goes for good; the remark stays."""
    authority.require(actor, "survey.record", photo.survey, now=now)
    photo = _locked(photo)
    photo.removed_at, photo.checked_at = now, None
    photo.save(update_fields=["removed_at", "checked_at"])
    path_of(photo).unlink(missing_ok=True)
    _log("survey.photo_removed", photo, actor, now)


def _locked(photo: Photo) -> Photo:
    """The picture as it stands now, and its file for this transaction alone. Raises Conflict where it was removed."""
    fresh = Photo.objects.select_for_update(of=("self",)).select_related("survey").get(pk=photo.pk)
    if fresh.removed_at:
        raise Conflict(_("この写真は消されています。"))
    return fresh


def readable(reader: Actor, survey: Survey) -> dict[str, Photo]:
    """The pictures that this reader may see, by the names that remarks use. One query."""
    found = Photo.objects.filter(survey=survey, removed_at=None)
    if not authority.allows(reader, "survey.remarks", survey):
        found = found.exclude(checked_at=None)
    return {photo.name: photo for photo in found}


def _log(type: str, photo: Photo, actor: Actor, now: datetime) -> None:
    record(
        type,
        actor,
        stream=f"survey:{photo.survey_id}",
        context=f"engagement:{photo.survey.engagement_id}",
        data={"photo": photo.uid},
        visibility=Visibility.PARTIES,
        now=now,
    )
