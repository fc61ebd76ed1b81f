"""What a transition asks of the person: one declaration for the page, the API and its document."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workflow import incoming
from workflow.errors import BadInput, DoorError
from workflow.incoming import FIRST_YEAR, LAST_YEAR

Text = str | Promise
Choices = list[tuple[str, Any]]


class Kind(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Input:
    """One value that a transition takes. Personal values go to the erasable part of the log."""

    name: str
    kind: Kind
    label: Text
    required: bool = True
    help: Text = ""
    personal: bool = False
    max_length: int = 2000
    min_value: int | None = None
    max_value: int | None = None
    choices: Choices | Callable[[Any], Choices] = ()  # type: ignore[assignment]

    def field(self, obj: Any = None) -> forms.Field:
        """The form field; ``obj`` is given to ``choices`` that depend on it."""
        common: dict[str, Any] = {"label": self.label, "required": self.required, "help_text": self.help}
        return _FIELDS[self.kind](self, common, obj)

    def options(self, obj: Any) -> Choices:
        return list(self.choices(obj) if callable(self.choices) else self.choices)


def _text(spec: Input, common: dict[str, Any], obj: Any) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": 4}) if spec.kind is Kind.LONG_TEXT else forms.TextInput()
    return forms.CharField(max_length=spec.max_length, widget=widget, **common)


def _number(spec: Input, common: dict[str, Any], obj: Any) -> forms.Field:
    least, most = (-incoming.MOST_NUMBER, incoming.MOST_NUMBER)
    bounds: dict[str, Any] = {
        "min_value": least if spec.min_value is None else spec.min_value,
        "max_value": most if spec.max_value is None else spec.max_value,
    }
    if spec.kind is Kind.DECIMAL:
        return _CLASSES[spec.kind](max_digits=6, decimal_places=2, **bounds, **common)
    return _CLASSES[spec.kind](**bounds, **common)


def _choice(spec: Input, common: dict[str, Any], obj: Any) -> forms.Field:
    if spec.kind is Kind.CHOICES:
        return forms.MultipleChoiceField(
            choices=spec.options(obj), widget=forms.CheckboxSelectMultiple, **common
        )
    blank: Choices = [] if spec.required else [("", _("選ばない"))]
    return forms.ChoiceField(choices=[*blank, *spec.options(obj)], **common)


def _possible_year(value: date) -> None:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(incoming.impossible_year())


class PossibleDay(forms.DateField):
    """A day that has its neighbours in every time zone."""

    default_validators = [_possible_year]


class PossibleMoment(forms.DateTimeField):
    """The same for a day and an hour."""

    default_validators = [_possible_year]


def _date(spec: Input, common: dict[str, Any], obj: Any) -> forms.Field:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return _CLASSES[spec.kind](widget=widget, **common)


def _datetime(spec: Input, common: dict[str, Any], obj: Any) -> forms.Field:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return PossibleMoment(widget=widget, **common)


#: What a page's tables hold at most, and far above it.
ROWS = incoming.Limits(size=1 << 19, values=5_000, depth=5, text=5_000)


class Rows(forms.JSONField):
    """Rows of a table, as JSON or as the text of it; what stands in them is the door's to check."""

    def to_python(self, value: Any) -> Any:
        sent = value if isinstance(value, str) else json.dumps(value)
        try:
            incoming.read_json(sent.encode(errors="replace"), ROWS)
        except incoming.NotJson:
            pass  # the field has a sentence of its own
        except DoorError as refusal:
            raise ValidationError(str(refusal)) from refusal
        return super().to_python(value)


#: The classes of what is typed as a day or a number.
_CLASSES: dict[Kind, Callable[..., forms.Field]] = {
    Kind.INTEGER: forms.IntegerField,
    Kind.DECIMAL: forms.DecimalField,
    Kind.DATE: PossibleDay,
}


def read_with(classes: Mapping[Kind, type[forms.Field]]) -> None:
    """Read these kinds with other fields: a room above knows better what people write."""
    _CLASSES.update(classes)


_FIELDS: dict[Kind, Callable[[Input, dict[str, Any], Any], forms.Field]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.EMAIL: lambda spec, common, obj: forms.EmailField(max_length=254, **common),
    Kind.INTEGER: _number,
    Kind.DECIMAL: _number,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.ROWS: lambda spec, common, obj: Rows(**common),
    Kind.BOOLEAN: lambda spec, common, obj: forms.BooleanField(**common),
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choice,
}

#: What a value may be before it is cleaned: a client of the API may send any JSON.
_SHAPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.LONG_TEXT: (str,),
    Kind.EMAIL: (str,),
    Kind.INTEGER: (str, int),
    Kind.DECIMAL: (str, int, float, Decimal),
    Kind.DATE: (str, date),
    Kind.DATETIME: (str, date),
    Kind.BOOLEAN: (str, bool),
    Kind.CHOICE: (str, int),
    Kind.CHOICES: (list, tuple),
    Kind.ROWS: (str, list, dict),
}

#: Every decision that is taken back says why.
REASON = Input("reason", Kind.LONG_TEXT, _("理由"), personal=True, help=_("相手と記録に残ります。"))


def form_class(inputs: tuple[Input, ...], obj: Any = None) -> type[forms.Form]:
    """A Django form of these inputs, for rendering and for cleaning."""
    return type("InputForm", (forms.Form,), {spec.name: spec.field(obj) for spec in inputs})


def _fault(spec: Input, value: Any) -> str:
    """Why a value can't even be looked at: not of the kind at all, or text that no database keeps."""
    shapes = _SHAPES[spec.kind]
    fits = isinstance(value, shapes) and (bool in shapes or not isinstance(value, bool))
    if value is not None and not fits:
        return gettext("読み取れない値です。入れ直してください。")
    return "" if _can_be_stored(value) else gettext("使えない文字が入っています。入れ直してください。")


def _can_be_stored(value: Any) -> bool:
    """No database keeps NUL or half a character, on whatever level of a row it stands."""
    if isinstance(value, str):
        return incoming.can_be_stored(value)
    if isinstance(value, dict):
        return all(_can_be_stored(part) for pair in value.items() for part in pair)
    return not isinstance(value, list | tuple) or all(_can_be_stored(part) for part in value)


def unknown_name() -> str:
    return gettext("この項目は使われません。外してから送ってください。")


def clean(inputs: tuple[Input, ...], obj: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """The cleaned values. Unknown names and bad values raise ``BadInput`` with a sentence a field."""
    known = {spec.name for spec in inputs}
    faults = {name: [unknown_name()] for name in data if name not in known}
    unreadable = {spec.name: _fault(spec, data.get(spec.name)) for spec in inputs}
    faults |= {name: [sentence] for name, sentence in unreadable.items() if sentence}
    form = form_class(inputs, obj)({name: value for name, value in data.items() if not unreadable.get(name)})
    for name, errors in form.errors.items():
        faults.setdefault(name, [str(error) for error in errors])
    for name, value in form.cleaned_data.items():
        if not _can_be_stored(value):
            faults.setdefault(name, [gettext("使えない文字が入っています。入れ直してください。")])
    if faults:
        raise BadInput(faults)
    return form.cleaned_data
