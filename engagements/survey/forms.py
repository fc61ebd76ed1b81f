"""Forms of this room that are no grid."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField
from engagements.survey.models import TITLE_LENGTH
from engagements.survey.services import REASON_LENGTH

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ImportForm(forms.Form):
    """A file of records, and why it replaces what was recorded."""

    file = forms.FileField(
        label=_("記録のファイル"),
        help_text=_("窓口利用体験調査の記録(madoguchi-survey/1)を書き出したJSONのファイルです。"),
        widget=forms.FileInput(attrs={"accept": ".json"}),
        error_messages={
            "empty": _("ファイルが空です。記録を書き出し直してください。"),
            "required": _("ファイルを選んでください。"),
        },
    )
    reason = forms.CharField(
        label=_("直した理由"),
        help_text=_("前に記録した内容が変わるときに入れてください。"),
        max_length=REASON_LENGTH,
        required=False,
    )


class NewSurveyForm(forms.Form):
    """A survey that will be typed from paper."""

    title = forms.CharField(label=_("調査の名前"), max_length=TITLE_LENGTH, initial=_("窓口利用体験調査"))
    held_on = DayField(
        label=_("実施日"),
        help_text=_("何日かあるときは最初の日です。"),
        initial=timezone.localdate,
        widget=DATE,
        error_messages={"invalid": _("日付を 2026-09-17 の形で入れてください。")},
    )
    round = forms.IntegerField(
        label=_("何回目の調査ですか"),
        help_text=_("初めての調査は1、再調査は2からです。"),
        min_value=1,
        max_value=999,
    )


class AgainForm(forms.Form):
    """The day of a re-survey."""

    held_on = DayField(
        label=_("再調査の日"),
        help_text=_("何日かあるときは最初の日です。あとで変えられます。"),
        widget=DATE,
        error_messages={"invalid": _("日付を 2026-09-17 の形で入れてください。")},
    )


class ReasonForm(forms.Form):
    """Why a record goes."""

    reason = forms.CharField(
        label=_("消す理由"),
        max_length=REASON_LENGTH,
        help_text=_("例: 別の班の用紙を入れていた。前の版には残ります。"),
        error_messages={"required": _("消す理由を入れてください。前の版には残ります。")},
    )


def with_faults(form: forms.Form, fields: dict[str, list[str]]) -> forms.Form:
    """The bound form with the sentences of a refusal at their fields; what has no field goes to the top."""
    form.is_valid()
    for name, sentences in fields.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)
    return form
