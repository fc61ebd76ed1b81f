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
from municipalities.models import Municipality


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
    #: The day by which a date should be settled; counted from when the session came next.
    dates_due = models.DateField(null=True, blank=True)
    held_on = models.DateField(_("実施日"), null=True, blank=True)
    #: Why it was held before an earlier session; empty where the order was kept.
    order_reason = models.CharField(_("順番より先に行った理由"), max_length=500, blank=True)
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
    #: Nobody answered in time; the programme's row says that the record then stands.
    confirmed_by_silence = models.BooleanField(default=False)

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
    #: Rows of ``team``, ``place`` (which building) and ``people``.
    teams = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.starts_at:%Y-%m-%d}"


class Side(models.TextChoices):
    """The two who agree on a day."""

    TOWN = "town", _("町")
    ADVISOR = "advisor", _("アドバイザー")


class OptionState(models.TextChoices):
    OPEN = "open", _("仮押さえ中")
    CHOSEN = "chosen", _("この日に決定")
    RELEASED = "released", _("取り下げ")
    EXPIRED = "expired", _("期限切れ")


class OptionAnswer(models.TextChoices):
    NONE = "", _("返事待ち")
    YES = "yes", _("可")
    NO = "no", _("不可")
    ADJUST = "adjust", _("要調整")


class DateOption(models.Model):
    """A day that one side proposes for a session and keeps free until ``held_until``; the other side answers it."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="date_options")
    side = models.CharField(max_length=8, choices=Side.choices)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    held_until = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    mode = models.CharField(max_length=8, choices=MeetingMode.choices)
    place = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=OptionState.choices, default=OptionState.OPEN)
    answer = models.CharField(max_length=8, choices=OptionAnswer.choices, blank=True)
    note = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-proposed_at", "starts_at", "pk"]
        indexes = [models.Index(fields=["state", "held_until"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="date_option_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.starts_at:%Y-%m-%d}"


class Guest(models.Model):
    """Somebody of a neighbouring town who takes part."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="guests")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    section = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.session_id} {self.municipality_id}"


class CostKind(models.TextChoices):
    TRAVEL = "travel", _("旅費")
    FEE = "fee", _("謝金")
    DAILY = "daily", _("日当・宿泊")
    OTHER = "other", _("その他")


class Payer(models.TextChoices):
    OFFICE = "office", _("事務局")
    TOWN = "town", _("支援先")
    EMPLOYER = "employer", _("派遣元")


class Cost(models.Model):
    """What a session cost, in yen, and who pays it. Kept only where the programme says who pays."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="costs")
    kind = models.CharField(max_length=8, choices=CostKind.choices)
    amount = models.PositiveIntegerField()
    payer = models.CharField(max_length=8, choices=Payer.choices)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.session_id} {self.kind} {self.amount}"


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
