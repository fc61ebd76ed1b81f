"""The thread that everything hangs on: one town's engagement, and the roles that people hold in it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from accounts.models import Role, User
from engagements.programme.models import Programme
from municipalities.models import Municipality


class EngagementState(models.TextChoices):
    PREPARING = "preparing", _("準備中")
    TRAINING = "training", _("①研修")
    SURVEY = "survey", _("②体験調査・ワークショップ")
    REPORTING = "reporting", _("③首長報告")
    AGREED = "agreed", _("合意")
    FOLLOWING_UP = "following_up", _("振り返り中")
    CLOSED = "closed", _("終了")
    PAUSED = "paused", _("中断中")
    REASSIGNING = "reassigning", _("アドバイザー交代中")
    CANCELLED = "cancelled", _("中止")


#: States in which an advisor's place is taken.
SERVING = ("preparing", "training", "survey", "reporting", "paused")
#: States that follow the agreement on a plan.
AGREED = ("agreed", "following_up", "closed")


class Engagement(models.Model):
    """One town's support. Its transitions sit on the proxy in ``journey``, which alone knows all stages."""

    reference = models.CharField(_("支援番号"), max_length=20, unique=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="engagements")
    municipality_name = models.CharField(_("当時の団体名"), max_length=80)
    fiscal_year = models.PositiveSmallIntegerField(_("年度"), db_index=True)
    state = FSMField(choices=EngagementState.choices, default=EngagementState.PREPARING, protected=True)
    paused_from = models.CharField(max_length=20, blank=True)
    opened_at = models.DateTimeField()
    #: When the town handed in its completion report (完了報告書).
    completed_at = models.DateTimeField(null=True, blank=True)
    no_case_reason = models.CharField(_("事例を出さない理由"), max_length=500, blank=True)
    #: Why it was agreed before the sessions that lead to an agreement were recorded; empty where they were.
    order_reason = models.CharField(_("順序外で合意した理由"), max_length=500, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["state", "opened_at"])]

    def __str__(self) -> str:
        return f"{self.reference} {self.municipality_name}"


class EngagementRole(models.Model):
    """A role that one person holds in one engagement, for a period."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="roles")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="engagement_roles")
    role = models.CharField(max_length=20, choices=Role.choices)
    valid_from = models.DateField(default=timezone.localdate)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(role="advisor", valid_to=None),
                name="engagement_one_lead_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.engagement_id}"
