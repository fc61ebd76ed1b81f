"""Offers (打診): an application and the advisor who is asked to serve it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from advisors.models import Advisor
from engagements.applications.models import Application
from engagements.rounds.workflow import OfferWorkflow


class OfferState(models.TextChoices):
    SENT = "sent", _("返事待ち")
    ACCEPTED = "accepted", _("本人が承諾")
    EMPLOYER_CONSENTED = "employer_consented", _("勤め先が同意")
    CONFIRMED = "confirmed", _("確定")
    DECLINED = "declined", _("辞退")
    EXPIRED = "expired", _("期限切れ")
    WITHDRAWN = "withdrawn", _("取り下げ")


class Side(models.TextChoices):
    """The three who say yes or no to an offer."""

    ADVISOR = "advisor", _("本人")
    EMPLOYER = "employer", _("勤め先")
    TOWN = "town", _("町")


class Offer(OfferWorkflow, models.Model):
    """One advisor asked for one town, with the fit as it was when asked."""

    reference = models.CharField(_("打診番号"), max_length=20, unique=True)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="offers")
    advisor = models.ForeignKey(Advisor, on_delete=models.PROTECT, related_name="offers")
    state = FSMField(choices=OfferState.choices, default=OfferState.SENT, protected=True)
    message = models.TextField(max_length=2000, blank=True)
    fit = models.JSONField(default=dict)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reason = models.TextField(max_length=2000, blank=True)
    declined_by = models.CharField(max_length=8, choices=Side.choices, blank=True)
    #: The day by which whoever is asked now answers; the office takes over on the day after.
    answer_due = models.DateField(null=True, blank=True)
    reminded_for = models.DateField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    request_document = models.PositiveBigIntegerField(null=True, blank=True)
    request_hash = models.CharField(max_length=64, blank=True)
    conditions = models.TextField(_("派遣の条件"), max_length=2000, blank=True)
    consented_by = models.CharField(max_length=120, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "advisor"],
                condition=Q(state__in=["sent", "accepted", "employer_consented"]),
                name="offer_one_open_a_pair",
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=["accepted", "employer_consented", "confirmed"]),
                name="offer_one_taken_an_application",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.application.municipality_name}"

    @property
    def context(self) -> str:
        return self.application.context

    def get_absolute_url(self) -> str:
        return reverse("offer", args=[self.pk])

    @property
    def outcome(self) -> str:
        """The state in words, with who said no: 辞退(勤め先)."""
        state = str(self.get_state_display())
        return f"{state}({self.get_declined_by_display()})" if self.declined_by else state

    @property
    def assign_url(self) -> str:
        """Where the office chooses an advisor for this application."""
        return reverse("assign", args=[self.application_id])
