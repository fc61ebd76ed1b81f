"""The parts of a plan as forms. The models' own rules decide; a form only knows what to offer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.forms.models import ModelFormMetaclass
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField
from engagements.plans import selectors, services
from engagements.plans.answers import CONDITION_LENGTH
from engagements.plans.models import BudgetDate, Decision, Issue, Kpi, Plan, RoadmapItem
from engagements.plans.selectors import PlanContents
from engagements.plans.words import ANSWER_LABELS, MEASURE_LABELS

#: What may be said with an answer, by the names of its fields.
SAID = ("condition", "owner", "by")
LINES = forms.Textarea(attrs={"rows": 3})


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TextForm(forms.ModelForm):  # type: ignore[type-arg]
    """The words of a plan that save themselves."""

    class Meta:
        model = Plan
        fields = list(services.TEXT_FIELDS)
        widgets = {
            "vision_text": forms.Textarea(attrs={"rows": 4}),
            "background": forms.Textarea(attrs={"rows": 8}),
            **dict.fromkeys(services.PEOPLE_FIELDS, LINES),
        }
        help_texts = {
            "executive_title": _("町長、副町長など、報告を受ける方の役職です。"),
            "executive_email": _(
                "入れると、報告のあと、答えるためのリンクが届きます。空でも、会議での答えを記録できます。"
            ),
            "vision": _("一言で書きます。例: 迷わない・書かない・一度で済む"),
            "staff_benefit": _("例: 昼休みの電話が減り、新しい職員でも一人で案内できます。"),
            "organisation": _("例: 副町長を長に、窓口の5課の係長が月1回集まります。"),
            "told": _("いつ、だれに説明したかを書きます。例: 10月2日 課長会議、10月9日 職員組合"),
            "risks": _("例: 3月の異動の時期と重なる。様式は2月までに決めます。"),
        }


class RowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row of the plan: what can be chosen comes from the plan and its survey."""

    def __init__(self, data: Any = None, *, contents: PlanContents, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.instance.plan = contents.plan
        self.offer(contents)

    def offer(self, contents: PlanContents) -> None:
        """Fill in choices and suggestions."""


def _offer_measures(form: RowForm, contents: PlanContents) -> None:
    """The survey's scenarios and measures to choose from."""
    scenarios = list(contents.result.scenarios.items()) if contents.result else []
    empty = ("", _("選ばない"))
    form.fields["scenario"] = forms.ChoiceField(label=_("場面"), required=False, choices=[empty, *scenarios])
    form.fields["measure"].choices = [empty, *MEASURE_LABELS.items()]  # type: ignore[attr-defined]


class IssueForm(RowForm):
    class Meta:
        model = Issue
        fields = list(services.ROW_FIELDS[Issue])
        widgets = {"text": LINES}
        help_texts = {"heading": _("設備面、運用面など、町で使う分け方です。")}


class DecisionForm(RowForm):
    class Meta:
        model = Decision
        fields = list(services.ROW_FIELDS[Decision])
        widgets = {"what_stops": LINES, "start_on": _day(), "way": forms.RadioSelect}
        field_classes = {"start_on": DayField}
        help_texts = {
            "first_step": _("担当課が最初にすることを、一つだけ書きます。"),
            "cost_yen": _("かからないときは 0 を入れます。"),
            "ask": _("首長でなければ動かせないことを書きます。"),
            "measure": _("調査の中央値を、いまの値として使います。"),
            "change": _(
                "来庁1回で変わる量です。減るときは -29 のようにマイナスで入れます。時間は分で入れます。"
            ),
            "yearly_volume": _("担当課に聞いた件数です。"),
            "staff_minutes": _("1件あたりに減る職員の時間です。住民の時間とは足しません。"),
        }

    def offer(self, contents: PlanContents) -> None:
        issue: Any = self.fields["issue"]
        issue.queryset = contents.plan.issues.all()
        issue.empty_label = _("どの課題にも入れない")
        self.fields["way"].choices = [choice for choice in self.fields["way"].choices if choice[0]]  # type: ignore[attr-defined]
        _offer_measures(self, contents)
        self.fields["counter"].widget.attrs["list"] = "known-counters"
        self.fields["owner_section"].widget.attrs["list"] = "known-sections"


class RoadmapForm(RowForm):
    class Meta:
        model = RoadmapItem
        fields = list(services.ROW_FIELDS[RoadmapItem])
        help_texts = {"fiscal_year": _("始まりの年を西暦で入れます。令和9年度なら 2027 です。")}

    def offer(self, contents: PlanContents) -> None:
        decision: Any = self.fields["decision"]
        decision.queryset = contents.plan.decisions.all()
        decision.empty_label = _("どの改善案でもない")
        self.fields["section"].widget.attrs["list"] = "known-sections"


class BudgetForm(RowForm):
    class Meta:
        model = BudgetDate
        fields = list(services.ROW_FIELDS[BudgetDate])
        widgets = {"day": _day()}
        field_classes = {"day": DayField}
        help_texts = {
            "name": _("例: 令和9年度当初予算の要求、12月補正、3月議会"),
            "fiscal_year": _("西暦で入れます。令和9年度なら 2027 です。"),
        }


class KpiForm(RowForm):
    class Meta:
        model = Kpi
        fields = list(services.ROW_FIELDS[Kpi])
        widgets = {"by": _day()}
        field_classes = {"by": DayField}
        help_texts = {
            "measure": _("選ぶと、いまの値と単位は調査の中央値になり、再調査の値と自動で比べます。"),
            "source": _("いまの値がどこから来たかを書きます。調査の値なら、空でもかまいません。"),
        }

    def offer(self, contents: PlanContents) -> None:
        _offer_measures(self, contents)
        # What the survey says need not be typed.
        if self.data.get("measure"):
            self.fields["unit"].required = self.fields["baseline"].required = False


FORMS: dict[type[models.Model], ModelFormMetaclass] = {
    Issue: IssueForm,
    Decision: DecisionForm,
    RoadmapItem: RoadmapForm,
    BudgetDate: BudgetForm,
    Kpi: KpiForm,
}


class AnswerForm(forms.Form):
    """Who answered and when; the answers themselves are read by ``answers_of``."""

    answered_by = forms.CharField(label=_("答えた方のお名前"), max_length=80)
    answered_on = DayField(label=_("答えのあった日"), widget=_day())


def answers_of(posted: QueryDict, decisions: list[selectors.DecisionView]) -> list[dict[str, Any]]:
    """One row for each decision; what was not chosen is told by the decision's name."""
    return [
        {
            "decision": view.row.pk,
            "answer": posted.get(f"answer_{view.row.pk}", ""),
            **{name: posted.get(f"{name}_{view.row.pk}", "").strip() for name in SAID},
        }
        for view in decisions
    ]


def asked(
    posted: QueryDict | None, decisions: list[selectors.DecisionView], faults: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """What the answer page shows for each decision: its facts, what was chosen so far, what is wrong with it."""
    return [
        {
            "view": view,
            "chosen": posted.get(f"answer_{view.row.pk}", "") if posted else "",
            **{name: posted.get(f"{name}_{view.row.pk}", "") if posted else "" for name in SAID},
            "faults": faults.get(f"answers.{view.row.pk}", []),
            "choices": list(ANSWER_LABELS.items()),
            "condition_length": CONDITION_LENGTH,
        }
        for view in decisions
    ]
