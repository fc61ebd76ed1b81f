"""The form on which the office writes a call."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import CountField
from engagements.applications.calls import WRITTEN
from engagements.applications.models import Call
from workflow.inputs import PossibleMoment

FIRST_YEAR, LAST_YEAR = 2020, 2100
ROUNDS_MAX, SLOTS_MAX = 20, 2000


def _moment(label: Any, **more: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return PossibleMoment(label=label, widget=widget, **more)


class CallForm(forms.Form):
    """Title, year, round, times in Japan, places and the notice; ``values`` are what the services take."""

    title = forms.CharField(
        label=gettext_lazy("名前"), max_length=120, help_text=gettext_lazy("例 令和9年度 第1次募集")
    )
    fiscal_year = CountField(label=gettext_lazy("年度(西暦)"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    round = forms.IntegerField(
        label=gettext_lazy("第何次か"),
        min_value=1,
        max_value=ROUNDS_MAX,
        required=False,
        help_text=gettext_lazy("随時の募集では空けておきます"),
    )
    opens_at = _moment(gettext_lazy("受付の開始"), help_text=gettext_lazy("日本の時刻です"))
    closes_at = _moment(
        gettext_lazy("受付の締切"),
        required=False,
        help_text=gettext_lazy("この時刻に自動で締め切ります。随時の募集では空けておきます"),
    )
    slots = CountField(
        label=gettext_lazy("枠(団体)"),
        min_value=1,
        max_value=SLOTS_MAX,
        required=False,
        help_text=gettext_lazy("決めないときは空けておきます"),
    )
    notice = forms.CharField(
        label=gettext_lazy("この募集のお知らせ"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("募集のページに載ります。制度の説明と決まり方は、制度の版から入ります"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        opens, closes = data.get("opens_at"), data.get("closes_at")
        for name, moment in (("opens_at", opens), ("closes_at", closes)):
            if moment and not FIRST_YEAR <= moment.year <= LAST_YEAR:
                self.add_error(name, _("この年の日付は入れられません。年をお確かめください。"))
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("締切は、受付の開始より後の日時にしてください。"))
        if data.get("round") and "closes_at" in data and not closes:
            self.add_error("closes_at", _("第何次かを入れた募集には、締切の日時も入れてください。"))
        return data

    @classmethod
    def of(cls, call: Call) -> dict[str, Any]:
        """The initial values of a call that is there."""
        return {name: getattr(call, name) for name in WRITTEN}
