"""The parts of the preparation as forms, and forms as the rows that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import CountField
from engagements.survey import words
from engagements.survey.day.preparation import MOST_ID, PARTS, Blind, Preparation, Prop
from engagements.survey.measures import ACTORS
from engagements.survey.scenarios import free_id
from workflow.inputs import PossibleMoment

Raw = Mapping[str, Any]
SHORT, LONG = 80, 400
MOST_ROWS = 80
SPARE_ROWS = 3
MOST_METRES = 100_000
BETWEEN = "/"


def _line(label: Any, most: int = SHORT, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=more.pop("required", False), **more)


def _moment(label: Any, **more: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    said = {"invalid": _("日時を 2026-09-17T09:30 の形で入れてください。")}
    return PossibleMoment(label=label, required=False, widget=widget, error_messages=said, **more)


class RulesForm(forms.Form):
    """What everybody is told, and who is not."""

    blind = forms.ChoiceField(label=_("場面を知らせない相手"), choices=Blind.choices)
    reveal_at = _moment(
        _("場面を明かす日時"),
        help_text=_("知らせない相手があるときに入れます。それまで、準備する方のほかには見えません。"),
    )
    web_first = forms.BooleanField(
        label=_("窓口へ行く前に、ホームページで調べることから始める"), required=False
    )
    photos = forms.BooleanField(
        label=_("写真を撮る"), required=False, help_text=_("撮るときは、住民へのお知らせにその旨が載ります。")
    )
    dress = _line(_("目印"), help_text=_("例: 黄色のビブス"))
    contact = _line(_("当日の連絡先"), help_text=_("例: デジタル推進室 内線 123"))
    note = forms.CharField(
        label=_("お知らせに添えること"),
        max_length=LONG,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("blind") not in (None, Blind.NONE) and not found.get("reveal_at"):
            self.add_error("reveal_at", _("知らせない相手があるときは、いつ明かすかを入れてください。"))
        return found


class PlaceForm(forms.Form):
    building = _line(_("建物"))
    floor = _line(_("階"), 20)
    counter = _line(_("窓口"), required=True, error_messages={"required": _("窓口の名前を入れてください。")})
    section = _line(_("課"))
    distance_m = CountField(label=_("歩く距離(m)"), min_value=0, max_value=MOST_METRES, required=False)


class TeamForm(forms.Form):
    """``scenarios`` of the survey are the choices."""

    id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=MOST_ID)
    team = _line(_("班"), 40, required=True, error_messages={"required": _("班の名前を入れてください。")})
    scenario = forms.ChoiceField(label=_("場面"), required=False)
    starts_at = _moment(_("始める日時"))
    start_place = _line(_("始める場所"))
    actor = forms.ChoiceField(label=_("体験者の立場"), required=False)
    actors = _line(_("体験者"), 200)
    recorders = _line(_("記録係"), 200)
    camera = _line(_("撮影係"), 200)
    helpers = _line(_("補助員"), 200)

    def __init__(self, *args: Any, scenarios: Sequence[Raw] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scenes = [(item["id"], item.get("title") or item["id"]) for item in scenarios]
        self.fields["scenario"].choices = [("", "—"), *scenes]  # type: ignore[attr-defined]
        self.fields["actor"].choices = [("", "—"), *((a, words.ACTORS[a]) for a in ACTORS)]  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """The row of one procedure; which one it is stands in the two hidden fields."""

    scenario = forms.CharField(widget=forms.HiddenInput, max_length=LONG)
    procedure = forms.CharField(widget=forms.HiddenInput, max_length=LONG)
    place = _line(_("正しい窓口"), widget=forms.TextInput(attrs={"list": "places"}))
    forms = _line(_("書く申請書"), 200)
    bring = _line(_("要る持ち物"), 200)
    note = _line(_("気をつけること"), LONG)

    def __init__(self, *args: Any, scenarios: Sequence[Raw] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scenarios = scenarios

    @property
    def words(self) -> str:
        """The procedure of this row, with its scenario where there are several."""
        scenario, procedure = str(self["scenario"].value()), str(self["procedure"].value())
        for item in self.scenarios:
            for one in item.get("procedures") or ():
                if (item["id"], one["id"]) == (scenario, procedure):
                    name = str(one.get("name") or one["id"])
                    return f"{name}({item.get('title') or scenario})" if len(self.scenarios) > 1 else name
        return procedure


class PropForm(forms.Form):
    kind = forms.ChoiceField(label=_("小道具"), choices=[("", "—"), *Prop.choices])
    person = forms.ChoiceField(label=_("だれのもの"), required=False)
    note = _line(_("書いておくこと"), 200)

    def __init__(self, *args: Any, scenarios: Sequence[Raw] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", "—"), *people(scenarios)]  # type: ignore[attr-defined]


def people(scenarios: Sequence[Raw]) -> list[tuple[str, str]]:
    """Everybody of every household: ``s1/p2`` and the words to choose by."""
    return [
        (f"{scenario['id']}{BETWEEN}{person['id']}", f"{scenario.get('title') or scenario['id']} {said}")
        for scenario in scenarios
        for person in scenario.get("household") or ()
        for said in [" ".join(filter(None, (person.get("relation"), person.get("name")))) or person["id"]]
    ]


SHEETS: Mapping[str, type[forms.Form]] = {
    "places": PlaceForm,
    "teams": TeamForm,
    "answers": AnswerForm,
    "props": PropForm,
}
TAKES_SCENARIOS = ("teams", "answers", "props")


def form_of(part: str, document: Raw, prepared: Preparation, data: Any = None) -> Any:
    """The form or the sheet of a part, filled with what was prepared, or with what was sent."""
    if part == PARTS[0]:
        return RulesForm(data, initial=_rules(prepared))
    scenarios = document.get("scenarios") or []
    rows = INITIAL[part](prepared, scenarios)
    fixed = part == "answers"
    made: type[BaseFormSet[Any]] = formset_factory(
        SHEETS[part],
        extra=0 if fixed else SPARE_ROWS,
        can_delete=not fixed,
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS + SPARE_ROWS,
        validate_max=True,
    )
    given = {"scenarios": scenarios} if part in TAKES_SCENARIOS else {}
    return made(data, initial=rows, prefix=part, form_kwargs=given)


def kept(part: str, form: Any) -> Any:
    """What a valid form says, as the JSON that stands in the file: without empty values."""
    if part == PARTS[0]:
        return _json(form.cleaned_data)
    rows = [
        _json(row.cleaned_data) for row in form.forms if row.cleaned_data and row not in form.deleted_forms
    ]
    if part == "teams":
        return _numbered(rows)
    return [found for row in rows if (found := _split_person(row))]


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every team with an id of its own; one that has it keeps it."""
    taken: list[str] = []
    for row in rows:
        known = row.get("id", "")
        row["id"] = known if known and known not in taken else free_id("t", [*taken, *_ids(rows)])
        taken.append(row["id"])
    return rows


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows if row.get("id")]


def _json(values: Raw) -> dict[str, Any]:
    """Flags are always said: one that is off is no missing value."""
    said = {name: _plain(value) for name, value in values.items() if name != "DELETE"}
    return {name: value for name, value in said.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    return timezone.localtime(value).isoformat() if isinstance(value, datetime) else value


def _split_person(row: dict[str, Any]) -> dict[str, Any]:
    if "person" in row:
        row["scenario"], _slash, row["person"] = row["person"].partition(BETWEEN)
    return row


def _rules(prepared: Preparation) -> dict[str, Any]:
    rules = prepared.rules
    names = ("blind", "reveal_at", "web_first", "photos", "dress", "contact", "note")
    return {name: getattr(rules, name) for name in names}


def _places(prepared: Preparation, scenarios: Sequence[Raw]) -> list[dict[str, Any]]:
    names = PlaceForm.base_fields
    return [{name: getattr(place, name) for name in names} for place in prepared.places]


def _teams(prepared: Preparation, scenarios: Sequence[Raw]) -> list[dict[str, Any]]:
    names = TeamForm.base_fields
    return [{name: getattr(team, name) for name in names} for team in prepared.teams]


def _answers(prepared: Preparation, scenarios: Sequence[Raw]) -> list[dict[str, Any]]:
    """A row for each procedure of each scenario, in their order."""
    names = AnswerForm.base_fields
    found = [
        prepared.answer_to(scenario["id"], procedure["id"])
        for scenario in scenarios
        for procedure in scenario.get("procedures") or ()
    ]
    return [{name: getattr(answer, name) for name in names} for answer in found]


def _props(prepared: Preparation, scenarios: Sequence[Raw]) -> list[dict[str, Any]]:
    return [
        {"kind": prop.kind, "person": f"{prop.scenario}{BETWEEN}{prop.person}", "note": prop.note}
        for prop in prepared.props
    ]


INITIAL = {"places": _places, "teams": _teams, "answers": _answers, "props": _props}
