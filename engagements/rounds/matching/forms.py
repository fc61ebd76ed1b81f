"""The form on which the office writes a round."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import CountField, DayField
from advisors.fit import PARTS
from advisors.reasons import PART_LABELS
from advisors.vocabulary import FISCAL_MONTHS
from engagements.applications.models import UNANNOUNCED, ApplicationState, Call
from engagements.rounds.guards import TAKEN
from engagements.rounds.matching.models import Fairness, Round, usual_weights
from municipalities.dates import fiscal_year

WEIGHT_MAX = 100


def _month(value: Any) -> int:
    return int(value)


class RoundForm(forms.Form):
    """Period, months, cap and rule of a round; ``values`` are what the services take."""

    call = forms.ModelChoiceField(label=gettext_lazy("募集"), queryset=Call.objects.none())
    title = forms.CharField(
        label=gettext_lazy("名前"), max_length=120, help_text=gettext_lazy("例 令和8年度 第2回マッチング")
    )
    starts_on = DayField(
        label=gettext_lazy("支援の期間の初日"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    ends_on = DayField(
        label=gettext_lazy("支援の期間の末日"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("この日まで認定が続く方だけが対象になります"),
    )
    months = forms.TypedMultipleChoiceField(
        label=gettext_lazy("支援を行う月"),
        choices=[(month, str(month)) for month in FISCAL_MONTHS],
        coerce=_month,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "months"}),
    )
    max_leads = CountField(
        label=gettext_lazy("今年度に支援できる残りの数"),
        min_value=0,
        max_value=2000,
        required=False,
        help_text=gettext_lazy(
            "このラウンドで決まった町も、この数に入ります。決まっていないときは空けておきます"
        ),
    )
    fairness = forms.ChoiceField(
        label=gettext_lazy("公平さ"), choices=Fairness.choices, widget=forms.RadioSelect
    )

    def __init__(
        self, data: Any = None, *, obj: Round | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.obj = obj
        calls = Call.objects.exclude(state__in=UNANNOUNCED).order_by("-fiscal_year", "-pk")
        self.fields["call"].queryset = calls  # type: ignore[attr-defined]  # a model choice field has one
        if obj is not None:
            del self.fields["call"]
        for name in PARTS:
            self.fields[f"weight_{name}"] = forms.IntegerField(
                label=_("重み: %(part)s") % {"part": PART_LABELS[name]}, min_value=0, max_value=WEIGHT_MAX
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("末日が初日より前になっています。"))
        return data

    @property
    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        known = {name: value for name, value in data.items() if not name.startswith("weight_")}
        known["months"] = sorted(set(data["months"]))
        return known | {"weights": {name: data[f"weight_{name}"] for name in PARTS}}


def written(obj: Round) -> dict[str, Any]:
    """The stored round under the names of the form."""
    names = ("title", "starts_on", "ends_on", "months", "max_leads", "fairness")
    values = {name: getattr(obj, name) for name in names}
    return values | {f"weight_{name}": obj.weights[name] for name in PARTS}


def fresh_values(call: Call | None, on: date) -> dict[str, Any]:
    """What a new round starts from: the rest of the fiscal year, the places that the call has left, usual weights."""
    year = fiscal_year(on)
    last = date(year + 1, 3, 31)
    values: dict[str, Any] = {"fairness": Fairness.TOTAL, "call": call, "starts_on": on, "ends_on": last}
    values["months"] = [month for month in FISCAL_MONTHS if _ahead(month, on)]
    if call is not None:
        values["title"] = call.title
        if call.slots is not None:
            values["max_leads"] = max(0, call.slots - taken_places(call))
    return values | {f"weight_{name}": weight for name, weight in usual_weights().items()}


def _ahead(month: int, on: date) -> bool:
    """Whether the month of this fiscal year is not over."""
    return FISCAL_MONTHS.index(month) >= FISCAL_MONTHS.index(on.month)


def taken_places(call: Call) -> int:
    """How many towns of the call have their advisor, or somebody who has accepted to be theirs."""
    served = Q(state=ApplicationState.MATCHED) | Q(offers__state__in=TAKEN)
    return call.applications.filter(served).distinct().count()
