"""The profile form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import CountField
from advisors.models import Mode
from advisors.services import Profile
from advisors.vocabulary import FISCAL_MONTHS, TAGS

CAPACITY_MAX = 4
FARTHEST_KM = 3000


def month_choices() -> list[tuple[int, Any]]:
    return [(month, _("%(month)d月") % {"month": month}) for month in FISCAL_MONTHS]


class ProfileForm(forms.Form):
    """What an advisor says about their service; ``profile()`` gives it to the service."""

    introduction = forms.CharField(
        label=_("紹介"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("町が申込書で読みます。支えてきた場面や進め方を、短くお書きください。"),
    )
    tags = forms.MultipleChoiceField(
        label=_("得意な場面"), choices=TAGS, required=False, widget=forms.CheckboxSelectMultiple
    )
    months = forms.TypedMultipleChoiceField(
        label=_("受けられる月"),
        choices=month_choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("町と共通の月が3つあると、①から③まで組めます。"),
    )
    mode = forms.ChoiceField(label=_("進め方"), choices=Mode.choices)
    max_km = CountField(
        label=_("現地に行ける距離(km)"),
        min_value=0,
        max_value=FARTHEST_KM,
        help_text=_("勤め先から町までの直線の距離です。"),
    )
    capacity = CountField(
        label=_("同時に受け持てる町の数"),
        min_value=0,
        max_value=CAPACITY_MAX,
        help_text=_("0から4まで。いま受け持っている町は、減らしてもそのままです。"),
    )
    employer_contact = forms.CharField(
        label=_("勤め先の連絡先のお名前"),
        max_length=80,
        required=False,
        help_text=_("派遣に同意される方、またはその窓口の方です。打診を引き受けると、派遣依頼書が届きます。"),
    )
    employer_section = forms.CharField(label=_("勤め先の連絡先の部署"), max_length=120, required=False)
    employer_email = forms.EmailField(
        label=_("勤め先の連絡先のメール"),
        max_length=254,
        required=False,
        help_text=_("ご本人とは別の方のメールを入れてください。町や村のほかの方には見えません。"),
    )
    closed = forms.BooleanField(
        label=_("今年度はここまで"),
        required=False,
        help_text=_(
            "入れると新しい打診が止まります。届いている打診といまの町はそのままです。4月1日に戻ります。"
        ),
    )

    def profile(self) -> Profile:
        return Profile(**self.cleaned_data)
