"""Typed days and numbers: what people write is read in every form, what nobody means is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django import forms

from accounts.fields import CountField, DayField, HoursField
from workflow.inputs import Input, Kind


class _Form(forms.Form):
    day = DayField(required=False)
    count = CountField(required=False, min_value=0)
    hours = HoursField(required=False, max_digits=6, decimal_places=2)


def cleaned(**typed: str) -> dict[str, object]:
    form = _Form(typed)
    assert form.is_valid(), form.errors
    return {name: form.cleaned_data[name] for name in typed}


@pytest.mark.parametrize("typed", ["2026-12-14", "R8.12.14", "令和８年１２月１４日", "2026/12/14"])
def test_days(typed):
    assert cleaned(day=typed) == {"day": date(2026, 12, 14)}


@pytest.mark.parametrize("typed", ["1200", "１２００", "1,200人", "約1200"])
def test_counts(typed):
    assert cleaned(count=typed) == {"count": 1200}


@pytest.mark.parametrize("typed", ["2.5", "２．５", "2時間30分", "2:30"])
def test_hours(typed):
    assert cleaned(hours=typed) == {"hours": Decimal("2.5")}


def test_nothing_is_nothing():
    assert cleaned(day="", count="", hours="") == {"day": None, "count": None, "hours": None}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": "令和8年2月30日"}, "「令和8年2月30日」: 暦にない日付です。年、月、日を確かめてください。"),
        ({"count": "-1"}, "この値は 0 以上でなければなりません。"),
        ({"count": "多数"}, "整数を入力してください。"),
    ],
)
def test_what_cant_be_read_is_said_at_its_field(typed, said):
    (sentences,) = _Form(typed).errors.values()
    assert sentences == [said]


def test_the_inputs_of_every_transition_read_them_too():
    made = {kind: Input("x", kind, "x").field() for kind in (Kind.DATE, Kind.INTEGER, Kind.DECIMAL)}
    typed = zip(made.values(), ("R8.12.14", "３件", "1時間半"), strict=True)
    assert [field.clean(text) for field, text in typed] == [date(2026, 12, 14), 3, Decimal("1.5")]
