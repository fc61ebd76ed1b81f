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


class SurveyVersion(models.Model):
    """The records as they were after an import or a saved sheet. Corrections are new versions, never edits.

    ``content`` is the file itself as text: unlike a database's own JSON, it keeps the order of fields and the way
    in which numbers were written, so that what was imported is what is exported.
    """

    class Source(models.TextChoices):
        IMPORT = "import", _("ファイル")
        GRID = "grid", _("入力表")

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.TextField()
    source = models.CharField(max_length=12, choices=Source.choices)
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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "key"], name="remark_shared_once")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.key}"
