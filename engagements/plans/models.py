"""From observations to an agreed plan."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from accounts.models import User, section_scope
from engagements.models import Engagement
from engagements.plans.words import MEASURE_LABELS
from engagements.plans.workflow import CaseWorkflow, DecisionWorkflow, PlanWorkflow
from engagements.survey.models import Recorder, Survey
from municipalities.dates import fiscal_year


class PlanState(models.TextChoices):
    DRAFT = "draft", _("下書き")
    IN_REVIEW = "in_review", _("アドバイザーが確認中")
    FINAL = "final", _("完成")
    REPORTED = "reported", _("首長の答え待ち")
    ANSWERED = "answered", _("首長が答えた")


class Plan(PlanWorkflow, models.Model):
    """One version of the town's reform plan (窓口改革計画書)."""

    reference = models.CharField(_("計画番号"), max_length=20, unique=True)
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveSmallIntegerField(default=1)
    state = FSMField(choices=PlanState.choices, default=PlanState.DRAFT, protected=True)
    revision = models.PositiveIntegerField(default=1)
    executive_title = models.CharField(_("報告の相手"), max_length=40, default="町長")
    executive_name = models.CharField(_("お名前"), max_length=80, blank=True)
    executive_email = models.EmailField(_("報告の相手のメール"), blank=True)
    #: The executive answers at the meeting and the town writes it down: nobody is asked by mail.
    answer_at_meeting = models.BooleanField(_("答えは会議で伺い、町が記録する"), default=False)
    vision = models.CharField(_("ありたい窓口の姿"), max_length=120, blank=True)
    vision_text = models.TextField(_("姿の説明"), max_length=2000, blank=True)
    background = models.TextField(_("これまでの経緯"), max_length=4000, blank=True)
    staff_benefit = models.TextField(_("窓口の職員にとってよいこと"), max_length=1000, blank=True)
    organisation = models.TextField(_("進める体制"), max_length=1000, blank=True)
    told = models.TextField(_("説明済みの相手"), max_length=1000, blank=True)
    risks = models.TextField(_("気がかりなことと備え"), max_length=1000, blank=True)
    review_comment = models.TextField(_("アドバイザーから"), max_length=2000, blank=True)
    issued_document = models.BigIntegerField(null=True, blank=True)
    issued_hash = models.CharField(max_length=64, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_hash = models.CharField(max_length=64, blank=True)
    answered_by = models.CharField(max_length=80, blank=True)
    review_requested_at = models.DateTimeField(null=True, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True)
    saved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["engagement_id", "number"]
        constraints = [models.UniqueConstraint(fields=["engagement", "number"], name="plan_number_once")]

    def __str__(self) -> str:
        return f"{self.reference} {self.engagement.municipality_name}"

    @property
    def context(self) -> str:
        return f"engagement:{self.engagement_id}"

    def span_municipality(self) -> str:
        return self.engagement.municipality_id

    def get_absolute_url(self) -> str:
        return reverse("plan", args=[self.engagement_id])


class Issue(models.Model):
    """課題: what several observations have in common."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="issues")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(_("課題"), max_length=120)
    text = models.TextField(_("くわしく"), max_length=2000, blank=True)
    heading = models.CharField(_("見出し"), max_length=40, blank=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class Evidence(models.Model):
    """An observation (気づき) behind an issue: where it stands in the survey, and its words at that time."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="evidence")
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=120)
    text = models.TextField()
    counter = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issue", "survey", "path"], name="evidence_once_an_issue")
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.path}"


class BoardNote(models.Model):
    """What somebody in the workshop wrote on a phone: an issue that is missing, or an idea for one (``issue``)."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="notes")
    writer = models.ForeignKey(Recorder, on_delete=models.PROTECT, related_name="+")
    #: The phone's own number for it: sent twice, it is there once.
    uid = models.CharField(max_length=40)
    issue = models.ForeignKey(Issue, null=True, blank=True, on_delete=models.SET_NULL, related_name="notes")
    way = models.CharField(max_length=10, blank=True)
    text = models.CharField(max_length=120)
    written_at = models.DateTimeField()
    #: Taken over into the plan, or put aside: no longer on the board.
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["plan", "uid"], name="note_once")]

    def __str__(self) -> str:
        return self.text


class BoardVote(models.Model):
    """One dot of one phone on one issue."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="votes")
    voter = models.ForeignKey(Recorder, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "voter"], name="vote_once_an_issue")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.voter_id}"


class DecisionState(models.TextChoices):
    PROPOSED = "proposed", _("案")
    TAKEN = "taken", _("課が引き受けた")
    REFUSED = "refused", _("課が見送った")
    ADOPTED = "adopted", _("認める")
    ADOPTED_WITH_CONDITION = "adopted_with_condition", _("条件を付けて認める")
    DEFERRED = "deferred", _("先に延ばす")
    REJECTED = "rejected", _("認めない")
    STARTED = "started", _("始めた")
    DONE = "done", _("済んだ")
    STOPPED = "stopped", _("やめた")


class Way(models.TextChoices):
    """How a decision changes the work, in the order in which to think of them."""

    STOP = "stop", _("やめる")
    REDUCE = "reduce", _("減らす")
    COMBINE = "combine", _("まとめる")
    REORDER = "reorder", _("順を変える")
    SIMPLIFY = "simplify", _("簡単にする")


class Decision(DecisionWorkflow, models.Model):
    """改善案: what the executive is asked to decide, with the effect that it claims."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="decisions")
    issue = models.ForeignKey(
        Issue, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    position = models.PositiveSmallIntegerField(default=0)
    state = FSMField(choices=DecisionState.choices, default=DecisionState.PROPOSED, protected=True)
    way = models.CharField(_("変え方"), max_length=10, choices=Way.choices)
    title = models.CharField(_("改善案"), max_length=120)
    what_stops = models.TextField(_("やめること"), max_length=1000, blank=True)
    owner_section = models.CharField(_("担当課"), max_length=120, blank=True)
    first_step = models.CharField(_("最初の一歩"), max_length=200, blank=True)
    start_on = models.DateField(_("始める日"), null=True, blank=True)
    cost_yen = models.PositiveBigIntegerField(
        _("費用(円)"), null=True, blank=True, validators=[MaxValueValidator(1_000_000_000_000)]
    )
    ask = models.CharField(_("後押しいただくこと"), max_length=300, blank=True)
    if_not = models.CharField(_("行わない場合"), max_length=300, blank=True)
    scenario = models.CharField(_("場面"), max_length=80, blank=True)
    counter = models.CharField(_("窓口"), max_length=120, blank=True)
    measure = models.CharField(_("ものさし"), max_length=30, blank=True, choices=list(MEASURE_LABELS.items()))
    #: For one visit, in the unit that people read (minutes for times); less is negative.
    change = models.IntegerField(
        _("変わる量"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-100_000), MaxValueValidator(100_000)],
    )
    staff_minutes = models.PositiveIntegerField(
        _("職員の時間(1件あたり分)"), null=True, blank=True, validators=[MaxValueValidator(1_440)]
    )
    yearly_volume = models.PositiveIntegerField(
        _("年間件数"), null=True, blank=True, validators=[MaxValueValidator(10_000_000)]
    )
    condition = models.CharField(_("条件"), max_length=500, blank=True)
    refusal = models.CharField(_("課が見送る理由"), max_length=500, blank=True)
    #: The id of the owner's scope, ``033022/住民会計課``; empty without an owner.
    owner_ref = models.CharField(max_length=80, blank=True, editable=False, db_index=True)
    #: Who sees to the condition; of a decision that was put off, who brings it back.
    condition_owner = models.CharField(_("条件の担当"), max_length=120, blank=True)
    #: By when the condition is met; of a decision that was put off, until when.
    condition_by = models.DateField(_("条件の期日"), null=True, blank=True)
    #: The town's latest word on how far it is.
    progress = models.CharField(_("進み具合"), max_length=500, blank=True)
    progress_on = models.DateField(_("進み具合を書いた日"), null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def context(self) -> str:
        return f"engagement:{self.plan.engagement_id}"

    def span_municipality(self) -> str:
        return self.plan.engagement.municipality_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the reference of the owner's scope."""
        scope = section_scope(self.span_municipality(), self.owner_section) if self.owner_section else ""
        self.owner_ref = scope.removeprefix("section:")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return f"{reverse('plan', args=[self.plan.engagement_id])}?part=decisions&decision={self.pk}"

    def clean(self) -> None:
        """A claim is whole or absent; the issue is one of the same plan."""
        faults: dict[str, str] = {}
        given = {"scenario": self.scenario, "measure": self.measure, "change": self.change}
        if any(value not in ("", None) for value in given.values()):
            faults = {
                name: gettext("効果を書くときは、場面・ものさし・変わる量の3つを入れてください。")
                for name, value in given.items()
                if value in ("", None)
            }
        if self.issue is not None and self.issue.plan_id != self.plan_id:
            faults["issue"] = gettext("この計画書の課題から選んでください。")
        if self.start_on is not None and not 2000 <= self.start_on.year <= 2099:
            faults["start_on"] = gettext("2000年から2099年までの日を入れてください。")
        if faults:
            raise ValidationError(faults)


class DecisionProgress(models.Model):
    """What the owning section says about a decision in one quarter (``2026-Q3``)."""

    class Status(models.TextChoices):
        STARTED = "started", _("始めた")
        DONE = "done", _("済んだ")
        LATE = "late", _("遅れている")

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="quarters")
    period = models.CharField(max_length=7)
    status = models.CharField(_("進み具合"), max_length=8, choices=Status.choices)
    remark = models.CharField(_("ひとこと"), max_length=500, blank=True)
    said_at = models.DateTimeField()
    said_by = models.CharField(max_length=80)

    class Meta:
        ordering = ["period", "pk"]
        constraints = [models.UniqueConstraint(fields=["decision", "period"], name="progress_once_a_quarter")]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.period} {self.status}"


class PlanComment(models.Model):
    """A remark about a part of the plan or a decision, before it is final; the town answers it."""

    class Part(models.TextChoices):
        COVER = "cover", _("表紙")
        VISION = "vision", _("ありたい窓口の姿")
        NOW = "now", _("いまの窓口")
        DECISIONS = "decisions", _("ご判断いただきたいこと")
        ROADMAP = "roadmap", _("工程表")
        KPIS = "kpis", _("効果のものさし")
        PEOPLE = "people", _("進め方と備え")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="comments")
    part = models.CharField(_("部品"), max_length=10, choices=Part.choices)
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(_("意見"), max_length=2000)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    reply = models.TextField(_("町の返事"), max_length=2000, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return self.text[:40]


QUARTERS = [
    (1, _("第1四半期(4〜6月)")),
    (2, _("第2四半期(7〜9月)")),
    (3, _("第3四半期(10〜12月)")),
    (4, _("第4四半期(1〜3月)")),
]


class RoadmapItem(models.Model):
    """工程表: one line by fiscal year and quarter (1 = April–June)."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="roadmap")
    decision = models.ForeignKey(
        Decision,
        verbose_name=_("改善案"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    title = models.CharField(_("すること"), max_length=120)
    section = models.CharField(_("担当課"), max_length=120, blank=True)
    fiscal_year = models.PositiveSmallIntegerField(
        _("年度"), validators=[MinValueValidator(2019), MaxValueValidator(2099)]
    )
    quarter_from = models.PositiveSmallIntegerField(_("始め(四半期)"), default=1, choices=QUARTERS)
    quarter_to = models.PositiveSmallIntegerField(_("終わり(四半期)"), default=4, choices=QUARTERS)

    class Meta:
        ordering = ["fiscal_year", "quarter_from", "pk"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """From first to last quarter; the decision is one of the same plan."""
        faults: dict[str, str] = {}
        if self.quarter_from and self.quarter_to and self.quarter_to < self.quarter_from:
            faults["quarter_to"] = gettext("終わりは、始めと同じか後の四半期にしてください。")
        if self.decision is not None and self.decision.plan_id != self.plan_id:
            faults["decision"] = gettext("この計画書の改善案から選んでください。")
        if faults:
            raise ValidationError(faults)


class BudgetKind(models.TextChoices):
    INITIAL = "initial", _("当初予算の要求")
    SUPPLEMENTARY = "supplementary", _("補正予算の要求")
    ASSEMBLY = "assembly", _("議会")
    OTHER = "other", _("その他")


class BudgetDate(models.Model):
    """予算の暦: one day of the town's own calendar, for the budget of ``fiscal_year``."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="budget")
    kind = models.CharField(_("種類"), max_length=13, choices=BudgetKind.choices, default=BudgetKind.INITIAL)
    name = models.CharField(_("呼び方"), max_length=60)
    day = models.DateField(_("日"))
    fiscal_year = models.PositiveSmallIntegerField(
        _("どの年度の予算か"), validators=[MinValueValidator(2019), MaxValueValidator(2099)]
    )

    class Meta:
        ordering = ["day", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_request(self) -> bool:
        return self.kind in (BudgetKind.INITIAL, BudgetKind.SUPPLEMENTARY)

    def clean(self) -> None:
        """A request closes before the end of the year that it is for, and not years ahead of it."""
        if self.day is None or self.fiscal_year is None:
            return
        if not 0 <= self.fiscal_year - fiscal_year(self.day) <= 1:
            raise ValidationError({"day": gettext("その年度か、前の年度の日を入れてください。")})


class Kpi(models.Model):
    """効果のものさし: a baseline from the survey and a target."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="kpis")
    name = models.CharField(_("ものさし"), max_length=80)
    unit = models.CharField(_("単位"), max_length=20)
    baseline = models.DecimalField(_("いま"), max_digits=10, decimal_places=1)
    target = models.DecimalField(_("目標"), max_digits=10, decimal_places=1)
    by = models.DateField(_("いつまでに"))
    source = models.CharField(_("出どころ"), max_length=120, blank=True)
    #: Where both are set, baseline and unit are the survey's median of that measure.
    scenario = models.CharField(_("場面"), max_length=80, blank=True)
    measure = models.CharField(
        _("調査のものさし"), max_length=30, blank=True, choices=list(MEASURE_LABELS.items())
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A target says something else than today's value, on a day that people can plan for."""
        faults: dict[str, str] = {}
        if self.target is not None and self.target == self.baseline:
            faults["target"] = gettext("いまの値と違う目標を入れてください。")
        if self.by is not None and not 2000 <= self.by.year <= 2099:
            faults["by"] = gettext("2000年から2099年までの日を入れてください。")
        if faults:
            raise ValidationError(faults)


class CaseState(models.TextChoices):
    DRAFT = "draft", _("下書き")
    PUBLISHED = "published", _("公開")


class Case(CaseWorkflow, models.Model):
    """窓口改革の事例: one page that the town writes for other towns. ``document`` is the file that was published."""

    reference = models.CharField(_("事例番号"), max_length=20, unique=True)
    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="case")
    state = FSMField(choices=CaseState.choices, default=CaseState.DRAFT, protected=True)
    title = models.CharField(_("見出し"), max_length=60, blank=True)
    trouble = models.TextField(_("困っていたこと"), max_length=400, blank=True)
    stopped = models.TextField(_("やめたこと・変えたこと"), max_length=400, blank=True)
    effect = models.TextField(_("変わったこと"), max_length=400, blank=True)
    cost = models.CharField(_("かかった費用"), max_length=200, blank=True)
    voice = models.TextField(_("窓口の課の声"), max_length=400, blank=True)
    voice_of = models.CharField(_("声の主(課の名前)"), max_length=80, blank=True)
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    document = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-published_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.reference} {self.engagement.municipality_name}"

    @property
    def context(self) -> str:
        return f"engagement:{self.engagement_id}"

    def span_municipality(self) -> str:
        return self.engagement.municipality_id

    def get_absolute_url(self) -> str:
        return reverse("case-edit", args=[self.engagement_id])
