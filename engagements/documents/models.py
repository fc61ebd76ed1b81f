"""Every issued paper: its snapshot, its version, its file and the hash of it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from engagements.models import Engagement
from municipalities.models import Municipality


def file_name(code: str, body: str, title: str, version: int) -> str:
    """``033022_葛巻町_窓口改革計画書_v3.pdf``"""
    return f"{code}_{body}_{title}_v{version}.pdf"


class DocumentKind(models.TextChoices):
    APPLICATION = "application", _("支援申込書")
    SURVEY_REPORT = "survey-report", _("窓口利用体験調査報告書")
    REFORM_PLAN = "reform-plan", _("窓口改革計画書")
    REFORM_PLAN_OFFICE = "reform-plan-office", _("窓口改革計画書(庁内用)")
    DECISION_SHEET = "decision-sheet", _("ご判断いただきたいこと")
    CASE = "case", _("窓口改革の事例")
    SESSION_REPORT = "session-report", _("実施報告書")
    COMPLETION_REPORT = "completion-report", _("完了報告書")
    DISPATCH_REQUEST = "dispatch-request", _("アドバイザー派遣依頼書")
    RESULT_NOTICE = "result-notice", _("申込結果通知書")
    RESULT_NOTICES = "result-notices", _("申込結果通知書(まとめ)")
    RESULT_LIST = "result-list", _("申込結果一覧(事務局用)")
    ACTOR_CARD = "actor-card", _("体験者カード")
    RECORDER_SHEET = "recorder-sheet", _("記録用紙")
    COUNTER_NOTICE = "counter-notice", _("窓口へのお知らせ")
    RESIDENT_NOTICE = "resident-notice", _("住民へのお知らせ")
    ANSWER_KEY = "answer-key", _("正解表")
    DUMMY_CARDS = "dummy-cards", _("小道具の見本カード")
    ROUND_RECORD = "round-record", _("マッチング決定記録")


def document_kinds() -> list[tuple[str, Any]]:
    """As a callable, so that a new kind changes the code alone, not the table."""
    return DocumentKind.choices


class Document(models.Model):
    """One version of one paper. ``state`` is the printing job's progress, not a workflow."""

    class Progress(models.TextChoices):
        QUEUED = "queued", _("順番待ち")
        MAKING = "making", _("作成中")
        READY = "ready", _("できました")
        FAILED = "failed", _("作れませんでした")

    kind = models.CharField(max_length=30, choices=document_kinds)
    subject = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=80)
    #: None for a paper of the office alone.
    municipality = models.ForeignKey(Municipality, null=True, on_delete=models.PROTECT, related_name="+")
    engagement = models.ForeignKey(Engagement, null=True, on_delete=models.PROTECT, related_name="documents")
    snapshot = models.JSONField()
    progress = models.CharField(max_length=8, choices=Progress.choices, default=Progress.QUEUED)
    file = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    fault = models.CharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "version"], name="document_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"

    @property
    def context(self) -> str:
        return f"engagement:{self.engagement_id}" if self.engagement_id else f"document:{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("document", args=[self.pk])

    @property
    def file_name(self) -> str:
        return file_name(self.municipality_id or self.subject, self.body, self.title, self.version)


class Arrangement(models.Model):
    """How its owner words the head of one document, and which chapters of their own it has.

    ``sections`` is a list of ``{"place", "title", "text"}`` in the order of print.
    """

    kind = models.CharField(max_length=30, choices=document_kinds)
    subject = models.CharField(max_length=20)
    #: The body's code; "" for the office.
    owner = models.CharField(max_length=6, blank=True, db_index=True)
    document_number = models.CharField(_("文書番号"), max_length=60, blank=True)
    form_number = models.CharField(_("様式番号"), max_length=60, blank=True)
    addressee = models.CharField(_("宛先"), max_length=80, blank=True)
    sections = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="arrangement_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}"
