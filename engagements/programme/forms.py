"""The forms on which the office writes a version of the programme."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import DayField
from engagements.programme.comparison import checklist_text, rules_text
from engagements.programme.models import Programme, Question, SessionKind
from municipalities.kinds import Kind

AIMS = "aims"
QUESTIONS_MAX, CHECKLIST_MAX, DAYS_MAX = 60, 60, 730
KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
WORDS = ("name", "summary", "eligibility", "deciding", "dispatch_costs")
LIMITS = {
    "wishes_max": (0, 10),
    "months_needed": (0, 12),
    "budget_month": (1, 12),
    "budget_day": (1, 31),
    "follow_up_months": (1, 60),
    "once_per_years": (0, 20),
}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Words, eligibility, priority rules and every deadline of a version."""

    eligible_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("申し込める団体の種類"),
        choices=Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("1つも選ばないと、すべての市町村と特別区が申し込めます"),
    )
    priority_rules = forms.CharField(
        label=gettext_lazy("優先度の目安"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "1行に1つ、「設問の記号 答えの記号 優先度(1から3)」。例 dx_plan made 2。"
            "事務局に勧めるだけで、決めるのは事務局です"
        ),
    )

    class Meta:
        model = Programme
        fields = (
            *WORDS,
            *("eligible_kinds", "once_per_years", "priority_rules", "wishes_max", "months_needed"),
            *(
                "employer_consent",
                "town_yes",
                "towns_rank",
                "review_days",
                "resubmit_days",
                "ask_days",
                "offer_days",
                "employer_days",
            ),
            *("town_days", "propose_days", "hold_days", "log_days", "confirm_days", "silence_days"),
            *(
                "section_days",
                "plan_days",
                "answer_days",
                "remind_days",
                "report_lead_days",
                "budget_month",
                "budget_day",
            ),
            *("completion_days", "follow_up_months", "removal_from", "removal_to"),
        )
        widgets: ClassVar = {"summary": forms.Textarea(attrs={"rows": 4})}
        help_texts: ClassVar = {
            "summary": gettext_lazy("募集のページの初めに載ります。空けると、いまの文が使われます"),
            "dispatch_costs": gettext_lazy(
                "派遣依頼書に載ります。空けると「事務局と貴団体で、派遣の前に相談して決めます。」となります"
            ),
            "confirm_days": gettext_lazy("開庁日で数えます"),
            "silence_days": gettext_lazy(
                "記録が届いてから数え、確認の期限より早くはなりません。過ぎると、記録は確認済みになります"
            ),
            "once_per_years": gettext_lazy("支援を受けた年度から数えます。0は何度でも"),
        }

    def __init__(self, data: Any = None, *, instance: Programme) -> None:
        super().__init__(
            data, instance=instance, initial={"priority_rules": rules_text(instance.priority_rules)}
        )
        for name, field in self.fields.items():
            if isinstance(field, forms.IntegerField):
                low, high = LIMITS.get(name, (0, DAYS_MAX))
                self.fields[name] = forms.IntegerField(
                    label=field.label, min_value=low, max_value=high, help_text=field.help_text
                )

    def clean_priority_rules(self) -> list[dict[str, Any]]:
        known = {question.key: question for question in self.instance.questions.all()}
        return [self._rule(line, known) for line in _lines(self.cleaned_data["priority_rules"])]

    def _rule(self, line: str, known: dict[str, Question]) -> dict[str, Any]:
        key, value, priority = [*line.split(), "", "", ""][:3]
        if len(line.split()) != 3 or priority not in ("1", "2", "3"):
            raise forms.ValidationError(
                _(
                    "「%(line)s」を読み取れません。設問の記号、答えの記号、1から3の優先度を空けて並べてください。"
                )
                % {"line": line[:60]}
            )
        if key not in known:
            raise forms.ValidationError(
                _("設問「%(key)s」はこの版にありません。記号をお確かめください。") % {"key": key[:40]}
            )
        answers = [str(code) for code, _text in known[key].choices]
        if answers and value not in answers:
            raise forms.ValidationError(
                _("設問「%(key)s」に答え「%(value)s」はありません。%(answers)sのどれかにしてください。")
                % {"key": key, "value": value[:40], "answers": "、".join(answers)}
            )
        return {"question": key, "value": value, "priority": int(priority)}

    def _month_day(self, name: str) -> str:
        text = str(self.cleaned_data[name])
        found = re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", text)
        if found is None or text in ("02-30", "02-31", "04-31", "06-31", "09-31", "11-31"):
            raise forms.ValidationError(_("月と日を 03-15 の形で入れてください。"))
        return text

    def clean_removal_from(self) -> str:
        return self._month_day("removal_from")

    def clean_removal_to(self) -> str:
        return self._month_day("removal_to")

    @property
    def words(self) -> list[forms.BoundField]:
        return [self[name] for name in (*WORDS, "eligible_kinds", "once_per_years", "priority_rules")]

    @property
    def deadlines(self) -> list[forms.BoundField]:
        first = {field.name for field in self.words}
        return [field for field in self if field.name not in first]


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]  # as above
    """One question; ``choices`` a line each: the answer's code, then its words."""

    part = forms.TypedChoiceField(
        label=gettext_lazy("申込書の部"),
        choices=[
            (2, gettext_lazy("2 いまの窓口")),
            (3, gettext_lazy("3 変えたいこと")),
            (4, gettext_lazy("4 時期と進め方")),
        ],
        coerce=int,
    )
    position = forms.IntegerField(label=gettext_lazy("順"), min_value=1, max_value=99)
    min_length = forms.IntegerField(label=gettext_lazy("何字以上"), min_value=0, max_value=2000, initial=0)
    choices = forms.CharField(
        label=gettext_lazy("選択肢"),
        required=False,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("1行に1つ、「記号 表示」。例 made 計画がある"),
    )

    class Meta:
        model = Question
        fields = ("key", "part", "position", "label", "help", "kind", "required", "min_length", "choices")
        labels: ClassVar = {
            "key": gettext_lazy("記号"),
            "label": gettext_lazy("設問"),
            "help": gettext_lazy("説明"),
            "kind": gettext_lazy("答え方"),
            "required": gettext_lazy("必須にする"),
        }
        help_texts: ClassVar = {"key": gettext_lazy("同じ記号の答えは、版が変わっても引き継がれます")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["choices"] = "\n".join(f"{code} {text}" for code, text in self.instance.choices)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if not KEY.match(key):
            raise forms.ValidationError(_("記号は英小文字で始め、英小文字と数字と下線だけにしてください。"))
        return key

    def clean_choices(self) -> list[list[str]]:
        rows = [line.split(maxsplit=1) for line in _lines(self.cleaned_data["choices"])]
        if any(len(row) != 2 for row in rows):
            raise forms.ValidationError(_("選択肢は1行に1つ、記号と表示を空けて並べてください。"))
        if len({row[0] for row in rows}) < len(rows):
            raise forms.ValidationError(_("同じ記号の選択肢が2つあります。記号を変えてください。"))
        return rows

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = data.get("kind") in (Question.Kind.CHOICE, Question.Kind.CHOICES)
        if chosen and "choices" in data and len(data["choices"]) < 2:
            self.add_error("choices", _("選ぶ設問には、選択肢を2つ以上入れてください。"))
        if not chosen and data.get("choices"):
            self.add_error("choices", _("選ばない設問です。選択肢を消すか、答え方を変えてください。"))
        return data


class BaseQuestions(forms.BaseModelFormSet):  # type: ignore[type-arg]  # as above
    """Every question of a version, and an empty one to add."""

    def clean(self) -> None:
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        kept = [form for form in kept if not form.cleaned_data.get("DELETE")] if self._readable(kept) else []
        keys = [form.cleaned_data.get("key") for form in kept]
        for form, key in zip(kept, keys, strict=True):
            if key and keys.count(key) > 1:
                form.add_error("key", _("同じ記号の設問が2つあります。記号を変えてください。"))
        if kept and AIMS not in keys:
            raise forms.ValidationError(
                _(
                    "「aims」(いま困っていること、変えたいこと)は申込書にいつもある設問です。消さずに、言葉を直してください。"
                )
            )

    def _readable(self, kept: list[Any]) -> bool:
        return all(hasattr(form, "cleaned_data") for form in kept)

    def validate_unique(self) -> None:
        """Keys are compared in ``clean``: the rows are written anew, so the stored ones do not count."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The questions as the service takes them; those to be removed and the empty one left out."""
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [form.cleaned_data for form in kept]


QuestionsForm = forms.modelformset_factory(
    Question,
    form=QuestionForm,
    formset=BaseQuestions,
    extra=1,
    can_delete=True,
    max_num=QUESTIONS_MAX,
    validate_max=True,
    absolute_max=QUESTIONS_MAX + 5,
)


class SessionForm(forms.Form):
    """A session's names and its checklist, an item a line: days before, then the text."""

    name = forms.CharField(label=gettext_lazy("名前"), max_length=80)
    short_name = forms.CharField(label=gettext_lazy("短い名前"), max_length=40)
    checklist = forms.CharField(
        label=gettext_lazy("準備するもの"),
        required=False,
        max_length=9000,
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text=gettext_lazy("1行に1つ、「何日前 準備するもの」。例 21 体験する人、記録する人"),
    )

    def __init__(self, data: Any = None, *, kind: SessionKind) -> None:
        self.kind = kind
        initial = {"name": kind.name, "short_name": kind.short_name, "checklist": checklist_text(kind)}
        super().__init__(data, prefix=f"s{kind.number}", initial=initial)

    def clean_checklist(self) -> list[tuple[int, str]]:
        rows = _lines(self.cleaned_data["checklist"])
        if len(rows) > CHECKLIST_MAX:
            raise forms.ValidationError(
                _("準備するものは%(most)d行までにしてください。") % {"most": CHECKLIST_MAX}
            )
        return [self._item(line) for line in rows]

    def _item(self, line: str) -> tuple[int, str]:
        days, _space, text = line.partition(" ")
        if not (days.isascii() and days.isdigit() and len(days) <= 3 and text.strip()):
            raise forms.ValidationError(
                _("「%(line)s」を読み取れません。何日前かを数字で、空けて準備するものを入れてください。")
                % {"line": line[:60]}
            )
        if len(text.strip()) > 200:
            raise forms.ValidationError(_("準備するものは1つ200字までにしてください。"))
        return int(days), text.strip()


class InForceForm(forms.Form):
    effective_from = DayField(
        label=gettext_lazy("いつから"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("この日より後に始める募集から使われます"),
    )


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("取り消す理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
