"""窓口利用体験調査: the records as an exchange document, every version kept."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement
from engagements.survey.measures import encode

TITLE_LENGTH = 200


class Survey(models.Model):
    """One survey of an engagement (``round`` 1 is the first, 2… are re-surveys)."""

    reference = models.CharField(_("調査番号"), max_length=20, unique=True)
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="surveys")
    round = models.PositiveSmallIntegerField(_("回"), default=1)
    title = models.CharField(_("調査の名前"), max_length=TITLE_LENGTH)
    held_on = models.DateField(_("実施日"))

    class Meta:
        ordering = ["engagement_id", "round"]
        constraints = [models.UniqueConstraint(fields=["engagement", "round"], name="survey_round_once")]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("survey", args=[self.pk])

    def get_day_url(self) -> str:
        return reverse("survey-day", args=[self.pk])


def sources() -> list[tuple[str, Any]]:
    """As a callable, so that a new way in changes the code alone, not the table."""
    return SurveyVersion.Source.choices


class SurveyVersion(models.Model):
    """The records as they were after an import or a saved sheet. Corrections are new versions, never edits.

    ``content`` is the file itself as text: unlike a database's own JSON, it keeps the order of fields and the way
    in which numbers were written, so that what was imported is what is exported.
    """

    class Source(models.TextChoices):
        IMPORT = "import", _("ファイル")
        GRID = "grid", _("入力表")
        SHEET = "sheet", _("町の表(Excel)")
        PREPARED = "prepared", _("当日の準備")
        RECORDER = "recorder", _("当日の記録")
        TIMELINE = "timeline", _("記録の訂正")

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.TextField()
    source = models.CharField(max_length=12, choices=sources)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["survey_id", "number"]
        constraints = [models.UniqueConstraint(fields=["survey", "number"], name="survey_version_once")]

    def __str__(self) -> str:
        return f"{self.survey_id} v{self.number}"

    @property
    def document(self) -> dict[str, Any]:
        """The records as a fresh JSON object: the caller may change it."""
        return json.loads(self.content)  # type: ignore[no-any-return]

    @document.setter
    def document(self, document: dict[str, Any]) -> None:
        self.content = encode(document).decode()


class SharedRemark(models.Model):
    """A remark that was shown to the section of its counter, and the section's one reply.

    ``key`` tells the remark by its words and place (``remarks.key_of``): it survives a new version of the records.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="shared_remarks")
    key = models.CharField(max_length=32)
    section_key = models.CharField(max_length=60)
    shared_at = models.DateTimeField()
    reply = models.TextField(_("返答"), max_length=1000, blank=True)
    replied_by = models.CharField(max_length=120, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    #: The section agrees that the words stand in files that leave for others.
    may_leave = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "key"], name="remark_shared_once")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.key}"


class RecorderDay(models.Model):
    """A door through which phones join without an account: whoever scans its code, or knows its PIN.

    One leads to the records, another to the workshop's board; a key of the one opens nothing at the other. Neither code
    nor PIN is stored: both are worked out from ``nonce`` and the secret key (``recorder.passes``).
    """

    class Purpose(models.TextChoices):
        RECORD = "record", _("当日の記録")
        BOARD = "board", _("ワークショップの板")

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="recorder_days")
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.RECORD)
    nonce = models.CharField(max_length=32)
    opened_at = models.DateTimeField()
    #: After this nobody new joins; what was recorded before still arrives, for some hours.
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "purpose"], name="recorder_door_once")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.purpose}"


class WrongPin(models.Model):
    """A PIN that was wrong, from a device that calls itself ``device``; kept as long as it counts."""

    day = models.ForeignKey(RecorderDay, on_delete=models.CASCADE, related_name="wrong_pins")
    device = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["day", "at"], name="wrong_pin_of_day")]

    def __str__(self) -> str:
        return f"{self.day_id} {self.at:%H:%M:%S}"


class Recorder(models.Model):
    """A phone or tablet that joined, under the name that its holder gave. Its key is kept hashed."""

    day = models.ForeignKey(RecorderDay, on_delete=models.PROTECT, related_name="recorders")
    name = models.CharField(max_length=60)
    key_hash = models.CharField(max_length=64, unique=True)
    joined_at = models.DateTimeField()
    synced_at = models.DateTimeField(null=True, blank=True)
    #: How far the device's clock is ahead of ours, in seconds, as it was at its last sync.
    ahead_s = models.IntegerField(default=0)
    #: Since then its key opens nothing: the town took it away.
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Tap(models.Model):
    """One thing that was recorded, as the device said it; never edited and never taken away."""

    day = models.ForeignKey(RecorderDay, on_delete=models.PROTECT, related_name="taps")
    recorder = models.ForeignKey(Recorder, on_delete=models.PROTECT, related_name="taps")
    #: The device's own number for it: sent twice, it is there once.
    uid = models.CharField(max_length=40)
    team = models.CharField(max_length=20)
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    #: By how many seconds ``at`` was moved beyond the clock's measured difference: the clock was put right meanwhile.
    moved_s = models.IntegerField(default=0)
    data = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["at", "uid"]
        constraints = [models.UniqueConstraint(fields=["day", "uid"], name="tap_once")]
        indexes = [models.Index(fields=["day", "team"], name="tap_of_team")]

    def __str__(self) -> str:
        return f"{self.team} {self.kind} {self.at:%H:%M:%S}"


class SetAside(models.Model):
    """Something that a device sent and that is no tap: kept as it was said, so that a person can read it."""

    day = models.ForeignKey(RecorderDay, on_delete=models.PROTECT, related_name="set_aside")
    recorder = models.ForeignKey(Recorder, on_delete=models.PROTECT, related_name="set_aside")
    #: Sent twice, it is there once.
    digest = models.CharField(max_length=64)
    said = models.CharField(max_length=500)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["received_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["day", "digest"], name="set_aside_once")]

    def __str__(self) -> str:
        return self.said[:40]


class Photo(models.Model):
    """A picture that goes with a remark. Nobody but the survey's team sees it before it was checked.

    The file holds the re-encoded picture alone: no place, no device, and what was made unreadable is gone for good.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="photos")
    #: The remark names it ``<uid>.jpg``.
    uid = models.CharField(max_length=40)
    recorder = models.ForeignKey(Recorder, null=True, on_delete=models.PROTECT, related_name="photos")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["received_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["survey", "uid"], name="photo_once")]

    def __str__(self) -> str:
        return self.uid

    @property
    def name(self) -> str:
        """As a remark names it."""
        return f"{self.uid}.jpg"
