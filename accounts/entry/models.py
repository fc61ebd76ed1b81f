"""How people get in and hand on: requests for a first account, trusted mail domains, invitations."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from accounts.entry.people import domain_of
from accounts.entry.registration_workflow import RegistrationWorkflow
from accounts.models import Membership, Role
from municipalities.models import Municipality


class TrustedDomain(models.Model):
    """A mail domain that is a municipality's own, or shared by several; kept by the office, never deleted."""

    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, related_name="trusted_domains", verbose_name=_("団体")
    )
    domain = models.CharField(_("メールのドメイン"), max_length=200)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["domain", "municipality"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "domain"],
                condition=Q(removed_at=None),
                name="trusted_domain_once_a_town",
            )
        ]

    def __str__(self) -> str:
        return f"{self.domain} {self.municipality_id}"


class RegistrationState(models.TextChoices):
    REQUESTED = "requested", _("メールの確認待ち")
    CONFIRMED = "confirmed", _("事務局の確認待ち")
    ADMITTED = "admitted", _("登録済み")
    REFUSED = "refused", _("お断り")
    EXPIRED = "expired", _("期限切れ")


#: The roles that somebody may ask for by themselves.
ASKED_ROLES = ((Role.CONTACT.value, Role.CONTACT.label), (Role.APPROVER.value, Role.APPROVER.label))


class Registration(RegistrationWorkflow, models.Model):
    """Somebody of a municipality asks for an account. ``trusted``: the domain vouched for it when it was confirmed."""

    state = FSMField(choices=RegistrationState.choices, default=RegistrationState.REQUESTED, protected=True)
    email = models.EmailField(_("メール"))
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, related_name="registrations", verbose_name=_("団体")
    )
    section = models.CharField(_("部署"), max_length=120)
    name = models.CharField(_("氏名"), max_length=80)
    role = models.CharField(_("役割"), max_length=20, choices=ASKED_ROLES)
    requested_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-requested_at", "-pk"]
        indexes = [models.Index(fields=["state", "requested_at"])]

    def __str__(self) -> str:
        return f"{self.municipality.full_name} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("registration", args=[self.pk])

    @property
    def trusted(self) -> bool:
        """Whether the domain of the address vouches for it. One query."""
        return TrustedDomain.objects.filter(
            municipality=self.municipality_id, domain=domain_of(self.email), removed_at=None
        ).exists()
