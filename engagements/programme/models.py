"""The programme as versioned rows: what the ministry does not publish is data that the office edits."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from municipalities.dates import era_date
from workflow.errors import Conflict


class VersionState(models.TextChoices):
    DRAFT = "draft", _("準備中")
    ADOPTED = "adopted", _("決定")


class Programme(models.Model):
    """One version of the programme, in force from a day. A call pins a version, an engagement keeps it.

    ``eligible_kinds`` are kinds of municipality (none: all); ``once_per_years`` keeps a town with an engagement in the
    last so many fiscal years from applying (0: never). ``priority_rules`` are rows of ``question``, ``value`` and
    ``priority`` (1 to 3): the highest that an application answers to is recommended to the office.
    """

    state = models.CharField(max_length=8, choices=VersionState.choices, default=VersionState.ADOPTED)
    summary = models.TextField(_("制度の説明(3文)"), max_length=600, blank=True)
    eligibility = models.CharField(_("申し込める団体"), max_length=300, blank=True)
    deciding = models.CharField(_("決まり方"), max_length=300, blank=True)
    eligible_kinds = models.JSONField(_("団体の種類"), default=list, blank=True)
    once_per_years = models.PositiveSmallIntegerField(_("次に申し込めるまでの年数"), default=0)
    priority_rules = models.JSONField(_("優先度の目安"), default=list, blank=True)
    version = models.PositiveIntegerField(unique=True)
    name = models.CharField(_("名前"), max_length=120)
    effective_from = models.DateField(_("いつから"))
    wishes_max = models.PositiveSmallIntegerField(_("希望できるアドバイザーの数"), default=3)
    months_needed = models.PositiveSmallIntegerField(_("受けられる月の数"), default=3)
    employer_consent = models.BooleanField(_("勤め先の同意を求める"), default=False)
    town_yes = models.BooleanField(_("町の了承を求める"), default=False)
    towns_rank = models.BooleanField(_("マッチングの前に、候補の順位を町に聞く"), default=False)
    resubmit_days = models.PositiveSmallIntegerField(_("差し戻しから再提出までの日数"), default=14)
    review_days = models.PositiveSmallIntegerField(_("申込を確認する日数"), default=10)
    offer_days = models.PositiveSmallIntegerField(_("打診に答える日数"), default=7)
    ask_days = models.PositiveSmallIntegerField(_("受理からアドバイザーに打診するまでの日数"), default=7)
    log_days = models.PositiveSmallIntegerField(_("記録を出す日数"), default=7)
    confirm_days = models.PositiveSmallIntegerField(_("記録を確認する日数"), default=7)
    answer_days = models.PositiveSmallIntegerField(_("首長が答える日数"), default=30)
    budget_month = models.PositiveSmallIntegerField(_("予算要求の締切の月"), default=10)
    budget_day = models.PositiveSmallIntegerField(_("予算要求の締切の日"), default=30)
    report_lead_days = models.PositiveSmallIntegerField(_("首長報告から予算要求までの日数"), default=14)
    plan_days = models.PositiveSmallIntegerField(_("首長報告の何日前までに計画書をまとめるか"), default=7)
    remind_days = models.PositiveSmallIntegerField(_("期限の何日前に知らせるか"), default=3)
    employer_days = models.PositiveSmallIntegerField(_("勤め先が答える日数"), default=14)
    town_days = models.PositiveSmallIntegerField(_("町が答える日数"), default=7)
    propose_days = models.PositiveSmallIntegerField(_("日程を決める日数(前の回から)"), default=14)
    hold_days = models.PositiveSmallIntegerField(_("仮押さえの日数"), default=7)
    silence_days = models.PositiveSmallIntegerField(
        _("返事がないとき確認とみなすまでの開庁日数(0は使わない)"), default=0
    )
    section_days = models.PositiveSmallIntegerField(_("窓口の課が答える日数"), default=14)
    follow_up_months = models.PositiveSmallIntegerField(_("再調査までの月数"), default=12)
    completion_days = models.PositiveSmallIntegerField(_("完了報告を出す日数"), default=30)
    dispatch_costs = models.CharField(_("派遣の費用の負担"), max_length=300, blank=True)
    removal_from = models.CharField(_("異動の時期の初日(月-日)"), max_length=5, default="03-15")
    removal_to = models.CharField(_("異動の時期の末日(月-日)"), max_length=5, default="04-15")

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @classmethod
    def in_force(cls, on: date) -> Programme:
        """The version of that day. Raises ``Conflict`` where there is none, as in a new installation."""
        adopted = cls.objects.filter(effective_from__lte=on, state=VersionState.ADOPTED)
        found = adopted.order_by("-effective_from", "-version").first()
        if found is None:
            said = gettext("%(day)sに使える制度の版がありません。「制度の版」の画面で入れると進められます。")
            raise Conflict(said % {"day": era_date(on, weekday=False)})
        return found


class SessionKind(models.Model):
    """One of the programme's sessions: ① training, ② survey and workshop, ③ report."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="session_kinds")
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=40)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["programme", "number"], name="session_kind_once")]

    def __str__(self) -> str:
        return f"{'①②③④⑤⑥⑦⑧⑨'[self.number - 1]} {self.short_name}"


class ChecklistItem(models.Model):
    """Something to prepare for a session, due so many days before its first meeting."""

    kind = models.ForeignKey(SessionKind, on_delete=models.PROTECT, related_name="checklist")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)
    days_before = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.text


class Question(models.Model):
    """A question of the application form, beside its fixed fields."""

    class Kind(models.TextChoices):
        TEXT = "text", _("一行")
        LONG_TEXT = "long_text", _("文章")
        INTEGER = "integer", _("数")
        BOOLEAN = "boolean", _("はい・いいえ")
        CHOICE = "choice", _("一つ選ぶ")
        CHOICES = "choices", _("いくつでも選ぶ")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="questions")
    key = models.SlugField(max_length=40)
    part = models.PositiveSmallIntegerField(_("申込書の部"))
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=120)
    help = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    required = models.BooleanField(default=False)
    min_length = models.PositiveSmallIntegerField(default=0)
    choices = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["part", "position"]
        constraints = [models.UniqueConstraint(fields=["programme", "key"], name="question_key_once")]

    def __str__(self) -> str:
        return self.label
