"""What the office types to register an advisor, a certificate or a commission."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.entry import people
from accounts.entry.forms import MunicipalityField
from accounts.fields import DayField
from accounts.models import User
from advisors.forms import month_choices
from advisors.registering import Registration, Term
from advisors.vocabulary import FISCAL_MONTHS, TAGS


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return DayField(label=label, required=required, widget=widget, help_text=help_text)


class CertificateForm(forms.Form):
    """A certificate for a term."""

    use_required_attribute = False

    number = forms.CharField(label=gettext_lazy("認定番号"), max_length=40)
    certified_on = _day(gettext_lazy("認定日"))
    certified_until = _day(gettext_lazy("認定の期限"), help_text=gettext_lazy("認定が続く最後の日です。"))

    @property
    def certified(self) -> Term:
        return Term(self.cleaned_data["certified_on"], self.cleaned_data["certified_until"])


class CommissionForm(forms.Form):
    """委嘱 for a term."""

    use_required_attribute = False

    commissioned_from = _day(gettext_lazy("委嘱の初日"))
    commissioned_to = _day(gettext_lazy("委嘱の末日"))

    @property
    def commissioned(self) -> Term:
        return Term(self.cleaned_data["commissioned_from"], self.cleaned_data["commissioned_to"])


class TakeBackForm(forms.Form):
    use_required_attribute = False

    reason = forms.CharField(label=gettext_lazy("取り消す理由"), max_length=500)


class RegisterForm(CertificateForm):
    """A person with an account becomes an advisor; without a commission yet, its two days stay empty."""

    email = forms.EmailField(
        label=gettext_lazy("メール"),
        max_length=254,
        help_text=gettext_lazy(
            "ご本人のアカウントのメールです。アカウントがない方は、先に招待してください。"
        ),
    )
    employer = MunicipalityField(label=gettext_lazy("勤め先"))
    section = forms.CharField(label=gettext_lazy("部署"), max_length=120, required=False)
    commissioned_from = _day(gettext_lazy("委嘱の初日"), required=False)
    commissioned_to = _day(
        gettext_lazy("委嘱の末日"),
        required=False,
        help_text=gettext_lazy("委嘱がまだの方は、2つとも空けてください。あとから入れられます。"),
    )
    tags = forms.MultipleChoiceField(
        label=gettext_lazy("得意な場面"), choices=TAGS, required=False, widget=forms.CheckboxSelectMultiple
    )
    months = forms.TypedMultipleChoiceField(
        label=gettext_lazy("受けられる月"),
        choices=month_choices,
        coerce=int,
        initial=FISCAL_MONTHS,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("ご本人もあとから直せます。"),
    )
    field_order = ("email", "employer", "section", "number", "certified_on", "certified_until")

    def clean_email(self) -> User:
        user = people.account_of(self.cleaned_data["email"])
        if user is None:
            raise ValidationError(
                _("このメールのアカウントがありません。先にアカウントから招待してください。")
            )
        return user

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        days = {name: values.get(name) for name in ("commissioned_from", "commissioned_to")}
        if any(days.values()) and not all(days.values()):
            for name, day in days.items():
                if day is None and name not in self.errors:
                    self.add_error(name, _("委嘱の初日と末日を、両方入れてください。"))
        return values

    def registration(self) -> Registration:
        values = self.cleaned_data
        first, last = values["commissioned_from"], values["commissioned_to"]
        return Registration(
            employer=values["employer"],
            number=values["number"],
            certified=self.certified,
            commissioned=Term(first, last) if first and last else None,
            section=values["section"],
            tags=values["tags"],
            months=values["months"],
        )
