"""Every text, list, number and day that comes in has its limit where it is declared: a field without one fails here.

What is declared is read back: the API's from its document, the doors' from their table, the pages' from their forms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.urls import get_resolver

from engagements.documents.arrangement_forms import SectionForms
from engagements.programme.forms import QuestionsForm
from engagements.survey.day.forms import SHEETS, form_of
from engagements.survey.day.preparation import Preparation
from tests.api.contract import Contract
from workflow.doors import all_rules
from workflow.inputs import Kind, PossibleDay, PossibleMoment

ROOMS = ("workflow.", "municipalities.", "accounts.", "advisors.", "engagements.", "oversight.", "config.")
#: Whose lengths their own kind says: a day, a number as text.
MEASURED = ("date", "date-time", "decimal", "binary", "email")
#: What a form takes at most of fields, as one POST.
FEW = 200


# --- the API, by its own document --------------------------------------------------------------------------------


class Document:
    def __init__(self) -> None:
        self.whole = Contract().document

    def bodies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for path, methods in self.whole["paths"].items():
            for method, operation in methods.items():
                for media in operation.get("requestBody", {}).get("content", {}).values():
                    yield f"{method} {path}", media["schema"]

    def unlimited(self, schema: dict[str, Any], place: str) -> Iterator[str]:
        schema = self._resolved(schema)
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
            yield from self.unlimited(part, place)
        if "enum" not in schema and schema.get("format") not in MEASURED:
            limits = {"string": "maxLength", "integer": "maximum", "number": "maximum", "array": "maxItems"}
            yield from (f"{place}: {kind}" for kind in kinds if kind in limits and limits[kind] not in schema)
        if "array" in kinds:
            yield from self.unlimited(schema["items"], f"{place}[]")
        for name, part in schema.get("properties", {}).items():
            yield from self.unlimited(part, f"{place}.{name}")
        # An object of any names is what a door takes: its inputs are looked at below.
        if "type" in (more := schema.get("additionalProperties") or {}) and "maxProperties" not in schema:
            yield f"{place}: {more}"

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self.whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema


@pytest.mark.django_db
def test_every_field_that_the_api_takes_says_its_limit() -> None:
    document = Document()
    bodies = list(document.bodies())
    assert len(bodies) > 20
    assert [fault for place, schema in bodies for fault in document.unlimited(schema, place)] == []


# --- doors and pages ---------------------------------------------------------------------------------------------


def without_limit(field: forms.Field, model_field: Any = None) -> str:
    """Why a value of this field could be as large as somebody likes; empty where it can't."""
    if isinstance(field, forms.JSONField):
        return "" if type(field).__name__ == "Rows" else "any JSON"
    if isinstance(field, forms.CharField):
        return "" if field.max_length else "no length"
    if isinstance(field, forms.DecimalField) and field.max_digits:
        return ""
    if isinstance(field, forms.IntegerField):
        validators = [*field.validators, *(model_field.validators if model_field else ())]
        return "" if any(isinstance(one, MaxValueValidator) for one in validators) else "any number"
    if isinstance(field, forms.DateField | forms.DateTimeField):
        return "" if isinstance(field, PossibleDay | PossibleMoment) else "any year"
    return ""


def test_every_input_of_a_door_has_a_limit() -> None:
    inputs = [
        (f"{machine}.{rule.name}", spec) for machine, _model, rule in all_rules() for spec in rule.inputs
    ]
    assert {spec.kind for _door, spec in inputs} >= {Kind.TEXT, Kind.ROWS, Kind.INTEGER, Kind.DATE}
    open_ = {
        f"{door}.{spec.name}: {fault}"
        for door, spec in inputs
        if spec.kind not in (Kind.CHOICE, Kind.CHOICES) and (fault := without_limit(spec.field()))
    }
    assert open_ == set()


def own_forms(base: type = forms.BaseForm) -> Iterator[type]:
    for found in base.__subclasses__():
        if f"{found.__module__}.".startswith(ROOMS):
            yield found
        yield from own_forms(found)


def test_every_field_of_a_page_has_a_limit() -> None:
    assert get_resolver().url_patterns
    found = set(own_forms())
    assert len(found) > 30
    faults = set()
    for form in found:
        model = getattr(getattr(form, "_meta", None), "model", None)
        for name, field in form.base_fields.items():
            column = model and next((one for one in model._meta.fields if one.name == name), None)
            if fault := without_limit(field, column):
                faults.add(f"{form.__module__}.{form.__qualname__}.{name}: {fault}")
    assert faults == set()


@pytest.mark.django_db
def test_every_list_of_a_page_has_a_limit() -> None:
    day = [type(form_of(part, {}, Preparation())) for part in SHEETS]
    for made in (SectionForms, QuestionsForm, *day):
        assert made.validate_max
        assert made.max_num <= made.absolute_max <= FEW, made.form
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS <= 5000
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE < 5_000_000
