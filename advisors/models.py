"""Who helps: municipal staff of other towns with a day job."""

from __future__ import annotations

from datetime import date

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from municipalities.models import Municipality


class Mode(models.TextChoices):
    ONSITE = "onsite", _("現地だけ")
    ONLINE = "online", _("オンラインだけ")
    BOTH = "both", _("現地とオンライン")


class Advisor(models.Model):
    """A person who is, was or may become certified, with what they can do and how much."""

    class Seat(models.TextChoices):
        LEAD = "lead", _("アドバイザー")
        TRAINEE = "trainee", _("研修生")

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="advisor")
    employer = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="lent_advisors")
    seat = models.CharField(max_length=8, choices=Seat.choices, default=Seat.LEAD)
    section = models.CharField(_("部署"), max_length=120, blank=True)
    introduction = models.TextField(_("紹介"), max_length=1000, blank=True)
    tags = models.JSONField(_("得意な場面"), default=list, blank=True)
    months = models.JSONField(_("受けられる月"), default=list, blank=True)
    mode = models.CharField(_("進め方"), max_length=8, choices=Mode.choices, default=Mode.BOTH)
    max_km = models.PositiveIntegerField(_("行ける距離(km)"), default=3000)
    capacity = models.PositiveSmallIntegerField(
        _("受け持てる数"), default=2, validators=[MaxValueValidator(4)]
    )
    employer_contact = models.CharField(_("勤め先の連絡先のお名前"), max_length=80, blank=True)
    employer_section = models.CharField(_("勤め先の連絡先の部署"), max_length=120, blank=True)
    employer_email = models.EmailField(_("勤め先の連絡先のメール"), blank=True)
    closed_for_year = models.PositiveSmallIntegerField(_("今年度はここまで"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(capacity__lte=4), name="advisor_capacity_up_to_four")
        ]

    def __str__(self) -> str:
        return self.user.name

    def get_absolute_url(self) -> str:
        return reverse("advisor", args=[self.pk])


class Certification(models.Model):
    """The right to lead, for a period. An expired one stops new offers, not a running engagement."""

    advisor = models.ForeignKey(Advisor, on_delete=models.PROTECT, related_name="certifications")
    number = models.CharField(_("認定番号"), max_length=40, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="certification_period"),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="certification_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.advisor_id} {self.valid_from}..{self.valid_to}"

    def covers(self, on: date) -> bool:
        return self.valid_from <= on <= self.valid_to


class Commission(models.Model):
    """委嘱: the ministry's dated appointment, beside the certification."""

    advisor = models.ForeignKey(Advisor, on_delete=models.PROTECT, related_name="commissions")
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="commission_period")
        ]

    def __str__(self) -> str:
        return f"{self.advisor_id} {self.valid_from}..{self.valid_to}"


class Conflict(models.Model):
    """An interest that keeps an advisor from serving one municipality."""

    advisor = models.ForeignKey(Advisor, on_delete=models.PROTECT, related_name="conflicts")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["advisor", "municipality"], name="conflict_once")]

    def __str__(self) -> str:
        return f"{self.advisor_id} x {self.municipality_id}"
