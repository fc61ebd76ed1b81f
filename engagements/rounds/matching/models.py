"""Matching rounds: who is in one, what was tried, what was decided by hand, what is in force."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from accounts.models import User
from advisors.models import Advisor
from engagements.applications.models import Application, Call
from engagements.rounds.matching.shortlist_workflow import ShortlistWorkflow
from engagements.rounds.matching.workflow import RoundWorkflow
from engagements.rounds.models import Offer


class RoundState(models.TextChoices):
    OPEN = "open", _("準備中")
    SOLVING = "solving", _("計算中")
    PROPOSED = "proposed", _("案を確認中")
    PUBLISHED = "published", _("打診ずみ")
    CLOSED = "closed", _("終了")


class Fairness(models.TextChoices):
    TOTAL = "total", _("全体の得点を大きく")
    MAXMIN = "maxmin", _("いちばん低い組の得点を先に引き上げる")


class RunMode(models.TextChoices):
    FRESH = "fresh", _("はじめから")
    REMATCH = "rematch", _("いまの組を残して組み直し")


def usual_weights() -> dict[str, int]:
    return {"expertise": 4, "preference": 3, "size": 1, "distance": 1, "continuity": 1}


class Round(RoundWorkflow, models.Model):
    """A matching round of one call. ``proposal`` is looked at, ``in_force`` is what was published last."""

    reference = models.CharField(_("番号"), max_length=20, unique=True)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="matching_rounds")
    title = models.CharField(_("名前"), max_length=120)
    starts_on = models.DateField(_("支援の期間の初日"))
    ends_on = models.DateField(_("支援の期間の末日"))
    months = models.JSONField(_("支援を行う月"), default=list)
    fairness = models.CharField(_("公平さ"), max_length=8, choices=Fairness.choices, default=Fairness.TOTAL)
    weights = models.JSONField(_("重み"), default=usual_weights)
    max_leads = models.PositiveIntegerField(_("今年度に支援できる残りの数"), null=True, blank=True)
    state = FSMField(choices=RoundState.choices, default=RoundState.OPEN, protected=True)
    proposal = models.ForeignKey("Run", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    in_force = models.ForeignKey("Run", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("round", args=[self.pk])


class Run(models.Model):
    """One solving: what went in (kept, with its hash), what came out. Never changed once it has ended."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveIntegerField()
    mode = models.CharField(max_length=8, choices=RunMode.choices)
    input = models.JSONField()
    input_hash = models.CharField(max_length=64)
    names = models.JSONField()
    left_out = models.JSONField(default=list)
    result = models.JSONField(null=True, blank=True)
    step = models.CharField(max_length=40, blank=True)
    stopped = models.BooleanField(default=False)
    fault = models.TextField(blank=True)
    requested_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="run_number_once")]

    def __str__(self) -> str:
        return f"{self.round_id} #{self.number}"

    @property
    def objective(self) -> dict[str, int]:
        """The ten figures; empty while there is no result."""
        found: dict[str, Any] | None = self.result
        return dict((found or {}).get("objective") or {})


class AdjustmentKind(models.TextChoices):
    LOCK = "lock", _("組を固定する")
    VETO = "veto", _("この組にしない")
    CAPACITY = "capacity", _("受け持てる数を変える")
    LENDING = "lending", _("勤め先が派遣できる数を決める")


class Adjustment(models.Model):
    """What the office changed by hand, with who and why. Lifted, it stays to be read."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="adjustments")
    kind = models.CharField(max_length=8, choices=AdjustmentKind.choices)
    application = models.ForeignKey(
        Application, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    advisor = models.ForeignKey(Advisor, on_delete=models.PROTECT, related_name="+")
    value = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=300)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "application"],
                condition=models.Q(kind="lock", lifted_at=None),
                name="adjustment_one_lock_a_town",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.advisor_id}"


class RoundOffer(models.Model):
    """An offer that a publication of the round sent, and who would come along to learn."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="published")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="published")
    offer = models.OneToOneField(Offer, on_delete=models.PROTECT, related_name="published_in")
    trainee = models.ForeignKey(Advisor, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.round_id}: {self.offer_id}"


class ShortlistState(models.TextChoices):
    ASKED = "asked", _("町の返事待ち")
    RANKED = "ranked", _("順位あり")
    LAPSED = "lapsed", _("返事なし")
    WITHDRAWN = "withdrawn", _("取り下げ")


class Shortlist(ShortlistWorkflow, models.Model):
    """The candidates that a town is asked to rank before the round is solved; ids of advisors, best first.

    ``candidates`` are by the office's score, ``ranking`` is the town's answer; without one its wishes count.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="shortlists")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="shortlists")
    candidates = models.JSONField(default=list)
    ranking = models.JSONField(default=list, blank=True)
    state = FSMField(choices=ShortlistState.choices, default=ShortlistState.ASKED, protected=True)
    asked_at = models.DateTimeField()
    due_on = models.DateField()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "application"],
                condition=~models.Q(state="withdrawn"),
                name="shortlist_once_a_round_and_town",
            )
        ]

    def __str__(self) -> str:
        return f"{self.round.reference} {self.application.municipality_name}"

    @property
    def municipality_id(self) -> str:
        return self.application.municipality_id

    @property
    def context(self) -> str:
        return self.application.context

    def get_absolute_url(self) -> str:
        return reverse("shortlist", args=[self.pk])
