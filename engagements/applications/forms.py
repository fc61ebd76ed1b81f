"""The draft as a form: everything may be empty while it is written; what is missing is said elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import CountField
from advisors.vocabulary import FISCAL_MONTHS
from engagements.applications.completeness import AIMS, PARTS, answer_field
from engagements.applications.drafts import content
from engagements.applications.models import Application, TownMode
from engagements.applications.selectors import Card, cards, months_text, part_titles
from engagements.programme.models import Programme, Question
from engagements.programme.selectors import questions
from engagements.programme.vocabulary import LIFE_EVENTS, life_event_labels

NUMBER_MAX, ANSWER_MAX = 99_999, 4000
TEXT_MAX = {"contact_section": 120, "contact_name": 80, "contact_phone": 30, "approver_name": 80}
REQUIRED = (
    "contact_section",
    "contact_name",
    "contact_email",
    "life_events",
    "months",
    "mode",
    "approver_name",
    "approver_email",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A field as the page shows it, with the sentence that says how much of it is lacking, if it was begun."""

    bound: forms.BoundField
    lacking: str | bool


class WishesField(forms.CharField):
    """Ids of advisors by rank: ``12,5`` from a page, ``[12, 5]`` from the API; ``max_length`` is of either."""

    def to_python(self, value: Any) -> list[int]:  # type: ignore[override]
        items = value if isinstance(value, list) else str(value or "").split(",")
        try:
            return [int(str(item)) for item in items if str(item).strip()]
        except ValueError:
            raise forms.ValidationError(_("アドバイザーを一覧から選んでください。")) from None

    def prepare_value(self, value: Any) -> Any:
        return ",".join(map(str, value)) if isinstance(value, list) else value


def _text(name: str, label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=TEXT_MAX[name], required=False, help_text=help_text)


def _question_field(question: Question) -> forms.Field:
    common: dict[str, Any] = {"label": question.label, "help_text": question.help, "required": False}
    kinds = Question.Kind
    if question.kind == kinds.INTEGER:
        return CountField(min_value=0, max_value=NUMBER_MAX, **common)
    if question.kind == kinds.BOOLEAN:
        return forms.BooleanField(**common)
    if question.kind == kinds.CHOICE:
        return forms.ChoiceField(choices=question.choices, widget=forms.RadioSelect, **common)
    if question.kind == kinds.CHOICES:
        return forms.MultipleChoiceField(
            choices=question.choices, widget=forms.CheckboxSelectMultiple, **common
        )
    widget = forms.Textarea() if question.kind == kinds.LONG_TEXT else forms.TextInput()
    return forms.CharField(max_length=ANSWER_MAX, widget=widget, **common)


def ask(form: forms.Form, asked: Iterable[Question]) -> None:
    """Add the programme's questions to a form with the fixed fields, and words for the months."""
    form.fields["months"].choices = [(month, months_text([month])) for month in FISCAL_MONTHS]  # type: ignore[attr-defined]
    for question in asked:
        form.fields[answer_field(question)] = _question_field(question)
    form.fields.setdefault(
        AIMS, _question_field(Question(label=_("変えたいこと"), kind=Question.Kind.LONG_TEXT))
    )


def _month(value: Any) -> int:
    return int(value)


class DraftForm(forms.Form):
    """The fixed fields and the programme's questions. ``only`` keeps some fields: a client may save a few at a time."""

    use_required_attribute = False

    contact_section = _text("contact_section", gettext_lazy("担当部署"))
    contact_name = _text("contact_name", gettext_lazy("担当者"))
    contact_email = forms.EmailField(
        label=gettext_lazy("メール(LGWANでも可)"), max_length=254, required=False
    )
    contact_phone = _text("contact_phone", gettext_lazy("電話"))
    life_events = forms.MultipleChoiceField(
        label=gettext_lazy("取り上げたい場面"),
        choices=LIFE_EVENTS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("いくつでも選べます"),
    )
    months = forms.TypedMultipleChoiceField(
        label=gettext_lazy("受けられる月"),
        choices=[(month, str(month)) for month in FISCAL_MONTHS],
        coerce=_month,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "months"}),
        required=False,
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("進め方"), choices=TownMode.choices, widget=forms.RadioSelect, required=False
    )
    wishes = WishesField(
        label=gettext_lazy("希望するアドバイザー"), widget=forms.HiddenInput, required=False, max_length=200
    )
    leave_to_office = forms.BooleanField(label=gettext_lazy("アドバイザーは事務局に任せる"), required=False)
    wants_trainee = forms.BooleanField(
        label=gettext_lazy("研修生の同行を受け入れる"),
        required=False,
        help_text=gettext_lazy("アドバイザーをめざす他の町の職員が、見学と手伝いに加わります。"),
    )
    approver_name = _text(
        "approver_name", gettext_lazy("承認する方"), gettext_lazy("課長など、担当者とは別の方")
    )
    approver_email = forms.EmailField(
        label=gettext_lazy("承認する方のメール"), max_length=254, required=False
    )

    def __init__(
        self,
        data: Any = None,
        *,
        application: Application,
        now: datetime,
        only: Iterable[str] | None = None,
    ) -> None:
        self.application = application
        self.asked = questions(application.call.programme)
        self.now = now
        super().__init__(data, initial=content(application))
        self._ask()
        for name in set(self.fields) - set(only if only is not None else self.fields):
            del self.fields[name]

    def _ask(self) -> None:
        ask(self, self.asked)

    @cached_property
    def cards(self) -> list[Card]:
        """The advisors to choose from; read only by what needs them."""
        return cards(self.application, now=self.now)

    def clean_months(self) -> list[int]:
        return list(dict.fromkeys(self.cleaned_data["months"]))

    def clean_life_events(self) -> list[str]:
        return list(dict.fromkeys(self.cleaned_data["life_events"]))

    def clean_wishes(self) -> list[int]:
        """As many as the programme allows, each once, each an advisor who may be wished (or was already)."""
        wished: list[int] = self.cleaned_data["wishes"]
        if wished == self.initial["wishes"]:
            return wished
        most = self.application.call.programme.wishes_max
        allowed = {card.pk for card in self.cards if card.candidate.available or card.rank}
        if len(set(wished)) != len(wished):
            raise forms.ValidationError(_("同じアドバイザーは1回だけ選べます。"))
        if len(wished) > most:
            raise forms.ValidationError(_("希望は%(most)d人までです。") % {"most": most})
        if not set(wished) <= allowed:
            raise forms.ValidationError(
                _("いま選べないアドバイザーが入っています。選べる方から選び直してください。")
            )
        return wished

    @property
    def values(self) -> dict[str, Any]:
        """What can be saved: the cleaned values of the fields without a fault."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if name not in self.errors}

    def show_needs(self) -> None:
        """Mark what has to be filled in before submission. For rendering only, after the form was cleaned."""
        required = {answer_field(question) for question in self.asked if question.required} | {*REQUIRED}
        for name in required & set(self.fields):
            self.fields[name].required = True

    def part(self, number: int, lacking: Mapping[str, str]) -> list[Asked]:
        """The fields of one part in order; one that was begun but is not enough says what is still lacking."""
        names = [*PARTS.get(number, ()), *(answer_field(row) for row in self.asked if row.part == number)]
        shown = [name for name in dict.fromkeys(names) if name in self.fields and name != "wishes"]
        return [Asked(self[name], self._begun(name) and lacking.get(name, "")) for name in shown]

    def _begun(self, name: str) -> bool:
        return bool(self[name].value()) and name not in self.errors

    @property
    def wished(self) -> int:
        return len(self.initial["wishes"])

    @property
    def next_rank(self) -> int:
        return self.wished + 1

    def text_of(self, name: str, value: Any) -> str:
        """A value in words, as a person would say it."""
        if name == "wishes":
            names = {card.pk: card.candidate.name for card in self.cards}
            return "、".join(names.get(pk, str(pk)) for pk in value or [])
        if name == "life_events":
            return "、".join(life_event_labels(value or []))
        if name == "months":
            return months_text(value or [])
        if isinstance(value, bool):
            return _("はい") if value else _("いいえ")
        choices: Mapping[Any, Any] = dict(getattr(self.fields[name], "choices", ()))
        items = value if isinstance(value, list) else [value]
        return "、".join(str(choices.get(item, item)) for item in items if item not in (None, ""))


@dataclass(frozen=True, slots=True)
class PreviewPart:
    """A part of the form as a town would see it."""

    number: int
    title: str
    fields: list[forms.BoundField]


def preview(programme: Programme) -> list[PreviewPart]:
    """The empty form of a version of the programme, part by part; the wishes need a town and are left out."""
    asked = questions(programme)
    form = forms.Form(auto_id="preview_%s")
    form.fields = copy.deepcopy(DraftForm.base_fields)
    ask(form, asked)
    for name in {answer_field(row) for row in asked if row.required} | {*REQUIRED}:
        form.fields[name].required = True
    return [
        PreviewPart(number, title, _shown(form, asked, number)) for number, title in part_titles().items()
    ]


def _shown(form: forms.Form, asked: list[Question], number: int) -> list[forms.BoundField]:
    names = [*PARTS[number], *(answer_field(row) for row in asked if row.part == number)]
    return [form[name] for name in dict.fromkeys(names) if name != "wishes"]
