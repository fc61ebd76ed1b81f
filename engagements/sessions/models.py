"""The sessions of an engagement, their meetings, and what happened there."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from accounts.models import User
from engagements.models import Engagement
from engagements.programme.models import ChecklistItem, SessionKind
from engagements.sessions.workflow import SessionWorkflow


class SessionState(models.TextChoices):
    UNSCHEDULED = "unscheduled", _("日程未定")
    SCHEDULED = "scheduled", _("日程決定")
    HELD = "held", _("実施済み")
    LOGGED = "logged", _("記録の確認待ち")
    CONFIRMED = "confirmed", _("記録を確認済み")
    POSTPONED = "postponed", _("延期")
    CANCELLED = "cancelled", _("中止")


class MeetingMode(models.TextChoices):
    ONSITE = "onsite", _("現地")
    ONLINE = "online", _("オンライン")


class Session(SessionWorkflow, models.Model):
    """One of the programme's sessions in one engagement. ``log_*`` is what the advisor wrote down afterwards."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="sessions")
    kind = models.ForeignKey(SessionKind, on_delete=models.PROTECT)
    state = FSMField(choices=SessionState.choices, default=SessionState.UNSCHEDULED, protected=True)
    held_on = models.DateField(_("実施日"), null=True, blank=True)
    log_summary = models.TextField(_("したこと"), max_length=4000, blank=True)
    log_next_step = models.CharField(_("次にすること"), max_length=300, blank=True)
    log_next_by = models.DateField(_("いつまでに"), null=True, blank=True)
    log_hours = models.DecimalField(_("使った時間"), max_digits=5, decimal_places=2, null=True, blank=True)
    log_attendance = models.JSONField(_("参加した課と人数"), default=list, blank=True)
    log_draft = models.JSONField(_("書きかけの記録"), default=dict, blank=True)
    log_comment = models.TextField(_("町から"), max_length=2000, blank=True)
    log_next_done_at = models.DateTimeField(null=True, blank=True)
    logged_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["engagement_id", "kind__number"]
        constraints = [models.UniqueConstraint(fields=["engagement", "kind"], name="session_once_a_kind")]

    def __str__(self) -> str:
        return str(self.kind)

    @property
    def context(self) -> str:
        return f"engagement:{self.engagement_id}"

    def get_absolute_url(self) -> str:
        return f"/engagements/{self.engagement_id}/#session-{self.pk}"

    def span_municipality(self) -> str:
        return self.engagement.municipality_id

    def span_title(self) -> str:
        return f"{self.engagement} {self.kind}"


class Meeting(models.Model):
    """A day of a session: a survey of three days, a workshop on another day, a second report."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="meetings")
    title = models.CharField(max_length=120, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    mode = models.CharField(max_length=8, choices=MeetingMode.choices)
    place = models.CharField(max_length=200, blank=True)
    called_off = models.BooleanField(default=False)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.starts_at:%Y-%m-%d}"


class ChecklistTick(models.Model):
    """A prepared thing."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="ticks")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "item"], name="tick_once")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.item_id}"
