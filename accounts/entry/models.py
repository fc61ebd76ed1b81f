"""How people get in and hand on: requests for a first account, trusted mail domains, invitations."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from accounts.entry.handover_workflow import HandoverWorkflow
from accounts.entry.invitation_workflow import InvitationWorkflow
from accounts.entry.people import domain_of
from accounts.entry.registration_workflow import RegistrationWorkflow
from accounts.models import OFFICE_ROLES, PERSON_ROLES, TOWN_ROLES, Membership, Role, User
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


class InvitationState(models.TextChoices):
    OPEN = "open", _("返事待ち")
    ACCEPTED = "accepted", _("受けました")
    WITHDRAWN = "withdrawn", _("取り消し")
    EXPIRED = "expired", _("期限切れ")


INVITED_ROLES = [
    (role.value, role.label) for role in Role if role in TOWN_ROLES | PERSON_ROLES | OFFICE_ROLES
]


class Invitation(InvitationWorkflow, models.Model):
    """An invitation to a role. ``municipality`` is the town of the role, or an advisor's employer.

    ``gives_role`` is off for a successor, whose role begins with the handover.
    """

    state = FSMField(choices=InvitationState.choices, default=InvitationState.OPEN, protected=True)
    email = models.EmailField(_("メール"))
    name = models.CharField(_("氏名"), max_length=80, blank=True)
    role = models.CharField(_("役割"), max_length=20, choices=INVITED_ROLES)
    municipality = models.ForeignKey(
        Municipality, null=True, blank=True, on_delete=models.PROTECT, related_name="invitations"
    )
    section = models.CharField(_("部署"), max_length=120, blank=True)
    gives_role = models.BooleanField(default=True)
    invited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [models.Index(fields=["municipality", "state"])]

    def __str__(self) -> str:
        return self.name or self.email

    def get_absolute_url(self) -> str:
        return reverse("invitation", args=[self.pk])

    @property
    def body_name(self) -> str:
        return self.municipality.full_name if self.municipality else str(Role.SECRETARIAT.label)

    @property
    def inviter_name(self) -> str:
        return self.invited_by.name if self.invited_by else str(Role.SECRETARIAT.label)


class HandoverState(models.TextChoices):
    PLANNED = "planned", _("予定")
    DONE = "done", _("引き継ぎ済み")
    TAKEN_BACK = "taken_back", _("取り消し")


def nothing_moved() -> dict[str, Any]:
    return {}


class Handover(HandoverWorkflow, models.Model):
    """A role of a town passes from one person to another on a day. ``moved`` is what the way back needs."""

    state = FSMField(choices=HandoverState.choices, default=HandoverState.PLANNED, protected=True)
    leaver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="handovers")
    successor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    invitation = models.OneToOneField(
        Invitation, null=True, blank=True, on_delete=models.PROTECT, related_name="handover"
    )
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="handovers")
    role = models.CharField(_("役割"), max_length=20, choices=Role.choices)
    section = models.CharField(_("課"), max_length=120, blank=True)
    effective_on = models.DateField(_("引き継ぐ日"))
    moved = models.JSONField(default=nothing_moved, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["effective_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["leaver", "municipality", "role", "section"],
                condition=Q(state="planned"),
                name="handover_one_planned_a_role",
            )
        ]

    def __str__(self) -> str:
        return f"{self.municipality.full_name} {self.leaver.name}"

    def get_absolute_url(self) -> str:
        return reverse("handover", args=[self.pk])

    @property
    def successor_name(self) -> str:
        if self.successor:
            return self.successor.name
        return str(self.invitation) if self.invitation else ""
