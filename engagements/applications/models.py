"""The call (募集) and a town's application (申込)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from accounts.models import User
from advisors.models import Advisor
from engagements.applications.call_workflow import CallWorkflow
from engagements.applications.staging_workflow import DECISIONS
from engagements.applications.workflow import ApplicationWorkflow
from engagements.models import Engagement
from engagements.programme.models import Programme
from municipalities.models import Municipality


class CallState(models.TextChoices):
    DRAFT = "draft", _("準備中")
    OPEN = "open", _("受付中")
    CLOSED = "closed", _("締切")
    DISCARDED = "discarded", _("取りやめ")


#: Known to the office alone: not begun yet, or never to be.
UNANNOUNCED = (CallState.DRAFT, CallState.DISCARDED)


class Call(CallWorkflow, models.Model):
    """A call for applications, rolling (``round`` empty) or in rounds. It pins the programme's version as it opens."""

    title = models.CharField(_("名前"), max_length=120)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT)
    fiscal_year = models.PositiveSmallIntegerField(_("年度"))
    round = models.PositiveSmallIntegerField(_("第何次か"), null=True, blank=True)
    notice = models.TextField(_("この募集のお知らせ"), max_length=2000, blank=True)
    copied_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies"
    )
    state = FSMField(choices=CallState.choices, default=CallState.DRAFT, protected=True)
    opens_at = models.DateTimeField(_("受付の開始"))
    closes_at = models.DateTimeField(_("受付の締切"), null=True, blank=True)
    slots = models.PositiveIntegerField(_("枠(団体)"), null=True, blank=True)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("call", args=[self.pk])

    @property
    def opens_later(self) -> bool:
        """Announced, and its opening time is still ahead."""
        return self.state == CallState.OPEN and self.opens_at > timezone.now()


class ApplicationState(models.TextChoices):
    DRAFT = "draft", _("下書き")
    SUBMITTED = "submitted", _("確認中")
    RETURNED = "returned", _("差し戻し")
    WAITLISTED = "waitlisted", _("順番待ち")
    ACCEPTED = "accepted", _("受理")
    MATCHED = "matched", _("アドバイザー決定")
    DECLINED = "declined", _("見送り")
    WITHDRAWN = "withdrawn", _("取り下げ")


class CommentBy(models.TextChoices):
    OFFICE = "office", _("事務局")
    APPROVER = "approver", _("承認する方")


class TownMode(models.TextChoices):
    EITHER = "either", _("現地とオンライン")
    ONSITE = "onsite", _("現地だけ")
    ONLINE = "online", _("オンラインだけ")


def no_answers() -> dict[str, Any]:
    return {}


def no_marks() -> dict[str, Any]:
    return {}


class Application(ApplicationWorkflow, models.Model):
    """What a town asks for. Drafts are saved as typed: ``revision`` rises with every save.

    ``marks`` says for each field in which revision it last changed, by whom and when, so that two people who write
    at once meet only where they disagree. ``approver_confirmed`` is an address that the office has checked.
    """

    reference = models.CharField(_("申込番号"), max_length=20, unique=True)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="applications")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="applications")
    municipality_name = models.CharField(_("団体名"), max_length=80)
    engagement = models.OneToOneField(
        Engagement, null=True, blank=True, on_delete=models.PROTECT, related_name="application"
    )
    state = FSMField(choices=ApplicationState.choices, default=ApplicationState.DRAFT, protected=True)
    revision = models.PositiveIntegerField(default=1)
    marks = models.JSONField(default=no_marks, blank=True)
    typed_by_office = models.BooleanField(_("事務局が代わりに入力"), default=False)
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    contact_section = models.CharField(_("担当部署"), max_length=120, blank=True)
    contact_name = models.CharField(_("担当者"), max_length=80, blank=True)
    contact_email = models.EmailField(_("メール"), blank=True)
    contact_phone = models.CharField(_("電話"), max_length=30, blank=True)
    life_events = models.JSONField(_("取り上げたい場面"), default=list, blank=True)
    aims = models.TextField(_("いま困っていること、変えたいこと"), max_length=4000, blank=True)
    months = models.JSONField(_("受けられる月"), default=list, blank=True)
    mode = models.CharField(_("進め方"), max_length=8, choices=TownMode.choices, blank=True)
    leave_to_office = models.BooleanField(_("アドバイザーは事務局に任せる"), default=False)
    wants_trainee = models.BooleanField(_("研修生の同行を受け入れる"), default=False)
    answers = models.JSONField(default=no_answers, blank=True)
    approver_name = models.CharField(_("承認する方"), max_length=80, blank=True)
    approver_email = models.EmailField(_("承認する方のメール"), blank=True)
    approver_confirmed = models.EmailField(_("事務局が確かめたメール"), blank=True)
    priority = models.PositiveSmallIntegerField(_("優先度"), default=0)
    priority_given = models.BooleanField(_("優先度を事務局が決めた"), default=False)
    received_at = models.DateTimeField(_("受付日時"), null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    office_comment = models.TextField(_("町への連絡"), max_length=2000, blank=True)
    comment_by = models.CharField(max_length=8, choices=CommentBy.choices, blank=True)
    issued_document = models.BigIntegerField(null=True, blank=True)
    issued_hash = models.CharField(max_length=64, blank=True)
    consented_hash = models.CharField(max_length=64, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    consented_by = models.CharField(max_length=80, blank=True)
    reminded_hash = models.CharField(max_length=64, blank=True)
    #: A decision that the office has made and not yet released: the name of its transition.
    staged = models.CharField(_("内定"), max_length=10, blank=True, choices=DECISIONS)
    staged_comment = models.TextField(max_length=2000, blank=True)
    decided_at = models.DateTimeField(_("結果の日時"), null=True, blank=True)

    class Meta:
        ordering = ["received_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "municipality"],
                condition=~Q(state__in=["declined", "withdrawn"]),
                name="application_one_live_a_call_and_town",
            ),
            models.CheckConstraint(condition=Q(priority__lte=3), name="application_priority_up_to_three"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.municipality_name}"

    def get_absolute_url(self) -> str:
        return reverse("application", args=[self.pk])

    @property
    def context(self) -> str:
        return f"engagement:{self.engagement_id}" if self.engagement_id else self.stream


class Release(models.Model):
    """Decisions that were made known together; ``items`` never change afterwards."""

    reference = models.CharField(_("発表番号"), max_length=20, unique=True)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="releases")
    released_at = models.DateTimeField(_("発表の日時"))
    released_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-released_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.reference} {self.call}"


class Released(models.Model):
    """One town's decision in a release, as it was released."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="items")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="released")
    decision = models.CharField(_("結果"), max_length=10, choices=DECISIONS)
    comment = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["release", "application"], name="released_once_a_release")
        ]

    def __str__(self) -> str:
        return f"{self.release_id}: {self.application_id} {self.decision}"


class Wish(models.Model):
    """A wished advisor, by rank; nobody is promised to anybody by it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="wishes")
    advisor = models.ForeignKey(Advisor, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["application", "rank"], name="wish_rank_once"),
            models.UniqueConstraint(fields=["application", "advisor"], name="wish_advisor_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}: {self.advisor_id}"
