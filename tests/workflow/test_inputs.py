"""What a person types becomes a value or a sentence: one declaration for the page and for the API."""

import json
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms

from workflow.errors import BadInput
from workflow.inputs import Input, Kind, clean, form_class

UNKNOWN = "この項目は使われません。外してから送ってください。"
UNREADABLE = "読み取れない値です。入れ直してください。"
UNKEEPABLE = "使えない文字が入っています。入れ直してください。"
NO_SUCH_YEAR = "この年の日付は入れられません。年をお確かめください。"
COLOURS = [("red", "赤"), ("blue", "青")]


def spec(kind, **parts):
    return Input("it", kind, "それ", **parts)


def cleaned(declared, value, obj=None):
    return clean((declared,), obj, {"it": value})["it"]


def faults(declared, data):
    with pytest.raises(BadInput) as refusal:
        clean((declared,), None, data)
    return refusal.value.fields


# --- the field --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_a_field_carries_its_words_and_whether_it_must_be_there(kind):
    field = spec(kind, help="短く", required=False, choices=COLOURS).field()
    assert (field.label, field.help_text, field.required) == ("それ", "短く", False)
    assert spec(kind, choices=COLOURS).field().required


@pytest.mark.parametrize(
    ("kind", "control", "value", "shown"),
    [
        (Kind.DATE, "date", date(2026, 9, 3), "2026-09-03"),
        (Kind.DATETIME, "datetime-local", datetime(2026, 9, 3, 10, 5), "2026-09-03T10:05"),  # noqa: DTZ001
    ],
)
def test_a_day_is_picked_and_shown_as_browsers_do_it(kind, control, value, shown):
    widget = spec(kind).field().widget
    assert (widget.input_type, widget.format_value(value)) == (control, shown)


@pytest.mark.parametrize(
    ("kind", "field", "widget", "attributes"),
    [
        (Kind.TEXT, forms.CharField, forms.TextInput, {"maxlength": "2000"}),
        (Kind.LONG_TEXT, forms.CharField, forms.Textarea, {"rows": 4, "maxlength": "2000"}),
        (Kind.EMAIL, forms.EmailField, forms.EmailInput, {"maxlength": "254"}),
        (Kind.DATE, forms.DateField, forms.DateInput, {}),
        (Kind.DATETIME, forms.DateTimeField, forms.DateTimeInput, {}),
        (Kind.CHOICES, forms.MultipleChoiceField, forms.CheckboxSelectMultiple, {}),
        (Kind.ROWS, forms.JSONField, forms.Textarea, {}),
    ],
)
def test_every_kind_has_its_field_and_its_control(kind, field, widget, attributes):
    made = spec(kind, choices=COLOURS).field()
    assert isinstance(made, field)
    assert type(made.widget) is widget
    assert attributes.items() <= made.widget.attrs.items()


@pytest.mark.parametrize(("kind", "text"), [(Kind.DATE, "2026-09-03"), (Kind.DATETIME, "2026-09-03T10:42")])
def test_a_time_stands_in_its_control_as_browsers_read_it(kind, text):
    assert spec(kind).field().widget.format_value(datetime(2026, 9, 3, 10, 42)) == text  # noqa: DTZ001


def test_a_field_that_may_be_left_out_offers_that_first():
    assert list(spec(Kind.CHOICE, choices=COLOURS, required=False).field().choices) == [
        ("", "選ばない"),
        *COLOURS,
    ]
    assert list(spec(Kind.CHOICE, choices=COLOURS).field().choices) == COLOURS
    assert list(spec(Kind.CHOICES, choices=COLOURS, required=False).field().choices) == COLOURS


@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.CHOICES])
def test_choices_may_depend_on_the_object(kind):
    declared = spec(kind, choices=lambda obj: obj.colours)
    assert list(declared.field(SimpleNamespace(colours=COLOURS)).choices) == COLOURS
    value = ["red"] if kind is Kind.CHOICES else "red"
    assert cleaned(declared, value, SimpleNamespace(colours=COLOURS)) == value


def test_a_form_has_the_fields_in_the_order_of_the_inputs():
    form = form_class((Input("b", Kind.TEXT, "い"), Input("a", Kind.DATE, "ろ")))
    assert issubclass(form, forms.Form)
    assert list(form().fields) == ["b", "a"]


# --- values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (Kind.TEXT, " 葛巻町 ", "葛巻町"),
        (Kind.INTEGER, "12", 12),
        (Kind.INTEGER, 12, 12),
        (Kind.DECIMAL, "9999.99", Decimal("9999.99")),
        (Kind.DATE, "2026-09-03", date(2026, 9, 3)),
        (Kind.DATE, "1900-01-01", date(1900, 1, 1)),
        (Kind.DATE, "2999-12-31", date(2999, 12, 31)),
        (Kind.BOOLEAN, True, True),
        (Kind.ROWS, [{"a": ["b", None, 1]}], [{"a": ["b", None, 1]}]),
        (Kind.TEXT, "\ud7ff\ue000", "\ud7ff\ue000"),
    ],
)
def test_what_can_be_read_becomes_a_value(kind, typed, value):
    assert cleaned(spec(kind), typed) == value


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Kind.TEXT, 5),
        (Kind.TEXT, ["a"]),
        (Kind.INTEGER, True),
        (Kind.INTEGER, [1]),
        (Kind.DECIMAL, False),
        (Kind.DATE, 20260903),
        (Kind.BOOLEAN, 1),
        (Kind.ROWS, 5),
    ],
)
def test_a_value_of_another_kind_is_unreadable(kind, typed):
    assert faults(spec(kind), {"it": typed}) == {"it": [UNREADABLE]}


@pytest.mark.parametrize("text", ["a\x00", "a\ud800", "\udfffa"], ids=["NUL", "first half", "last half"])
def test_what_no_database_keeps_is_refused_on_every_level(text):
    assert faults(spec(Kind.TEXT), {"it": text}) == {"it": [UNKEEPABLE]}
    for rows in ([text], [{"a": text}], [{text: "a"}], [[["a"], [text]]], {"a": ("b", text)}):
        assert faults(spec(Kind.ROWS), {"it": rows}) == {"it": [UNKEEPABLE]}


def test_what_hides_in_json_is_found_once_it_is_read():
    (sentence,) = faults(spec(Kind.ROWS), {"it": '["\\u0000"]'})["it"]
    assert "U+0000" in sentence


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{}] * 5_001, "多すぎます"),
        ([[[[[[1]]]]]], "段まで"),
        (["長" * 5_001], "5000字"),
        (["0001-01-01"], "年"),
    ],
)
def test_rows_without_end_are_refused(rows, words):
    for sent in (rows, json.dumps(rows)):
        (sentence,) = faults(spec(Kind.ROWS), {"it": sent})["it"]
        assert words in sentence


@pytest.mark.parametrize("kind", [Kind.DATE, Kind.DATETIME])
@pytest.mark.parametrize("year", ["1899", "3000"])
def test_a_year_that_nobody_means_is_refused(kind, year):
    time = "T10:00" if kind is Kind.DATETIME else ""
    assert faults(spec(kind), {"it": f"{year}-06-01{time}"}) == {"it": [NO_SUCH_YEAR]}


def test_numbers_keep_their_bounds():
    bounded = {"min_value": 1, "max_value": 3}
    for kind in (Kind.INTEGER, Kind.DECIMAL):
        assert [cleaned(spec(kind, **bounded), value) for value in ("1", "3")] == [1, 3]
        assert set(faults(spec(kind, **bounded), {"it": "0"})) == {"it"}
        assert set(faults(spec(kind, **bounded), {"it": "4"})) == {"it"}


@pytest.mark.parametrize("typed", ["10000.00", "1.001", "1234567"])
def test_a_decimal_has_six_digits_two_of_them_after_the_point(typed):
    assert set(faults(spec(Kind.DECIMAL), {"it": typed})) == {"it"}


def test_a_text_may_be_as_long_as_declared():
    assert cleaned(spec(Kind.TEXT, max_length=3), "あいう") == "あいう"
    assert set(faults(spec(Kind.TEXT, max_length=3), {"it": "あいうえ"})) == {"it"}


def test_a_value_that_is_left_out_is_missing_only_where_it_is_needed():
    assert set(faults(spec(Kind.TEXT), {})) == {"it"}
    assert faults(spec(Kind.TEXT), {"it": None}) == faults(spec(Kind.TEXT), {})
    assert clean((spec(Kind.TEXT, required=False),), None, {}) == {"it": ""}


def test_every_fault_is_said_at_its_own_field():
    declared = (Input("one", Kind.TEXT, "い"), Input("two", Kind.TEXT, "ろ"), Input("three", Kind.TEXT, "は"))
    with pytest.raises(BadInput) as refusal:
        clean(declared, None, {"one": 5, "three": "は", "four": "に"})
    said = refusal.value.fields
    assert set(said) == {"one", "two", "four"}
    assert (said["one"], said["four"]) == ([UNREADABLE], [UNKNOWN])
