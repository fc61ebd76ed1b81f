"""What comes in as JSON is measured before it is read, at a cost that the limits bound."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.errors import BadInput
from workflow.incoming import Limits, NotJson, TooMuch, read_json

LIMITS = Limits(size=10_000_000, values=1_000, depth=10, text=100)
#: JSON as anybody may send it; texts with signs that look like structure.
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text('"\\[{,:}]あ', max_size=20),
    lambda part: (
        st.lists(part, max_size=4) | st.dictionaries(st.text('"\\,あ', max_size=5), part, max_size=4)
    ),
    max_leaves=30,
)


@given(ANY, st.booleans())
def test_what_is_within_the_limits_is_what_was_sent(value: object, ascii_only: bool) -> None:
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode(), Limits(10**6, 10**4)) == value


@given(ANY)
def test_every_value_counts_once(value: object) -> None:
    raw = json.dumps(value).encode()
    # A list or an object that is empty counts as one more.
    most = _values(value) + raw.count(b"[]") + raw.count(b"{}")
    read_json(raw, Limits(size=10**6, values=most + 1))
    if most > 2 and isinstance(value, list | dict):
        with pytest.raises(TooMuch):
            read_json(raw, Limits(size=10**6, values=_values(value) - 1))


def _values(value: object) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_values, parts))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"[" * 50_000, "10段"),
        (b'{"a":' * 50_000, "10段"),
        (b"[" + b"{}," * 100_000 + b"{}]", "1000個"),
        (b'"' + b"x" * 10_000_000 + b'"', "9MB"),
    ],
)
def test_too_much_is_refused_with_its_limit(raw: bytes, words: str) -> None:
    with pytest.raises(TooMuch, match=words):
        read_json(raw, LIMITS)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b"[1,]", b'"' + b'\\"' * 1_000_000, b"1" * 5_000, b"]" * 9]
)
def test_what_is_no_json_is_said(raw: bytes) -> None:
    with pytest.raises(NotJson):
        read_json(raw, LIMITS)


@pytest.mark.parametrize(
    ("raw", "places"),
    [
        ('{"rows": [{"title": "a\\u0000b"}]}', ["rows[0].title"]),
        ('{"a\\ud800": 1}', ["a\\ud800"]),
        ('{"a": NaN, "b": [1e999, -Infinity]}', ["a", "b[0]", "b[1]"]),
        (f'{{"a": {10**30}}}', ["a"]),
        ('{"on": "0001-01-01", "at": "9999-12-31T23:59:59+09:00"}', ["on", "at"]),
        (f'{{"a": "{"長" * 101}"}}', ["a"]),
        ('["\\ud800"]', ["[0]"]),
        ('"\\udfff"', [""]),
    ],
)
def test_what_cannot_be_kept_is_named_by_its_place(raw: str, places: list[str]) -> None:
    with pytest.raises(BadInput) as refusal:
        read_json(raw.encode(), LIMITS)
    assert list(refusal.value.fields) == places
    assert all(sentence.endswith("。") for found in refusal.value.fields.values() for sentence in found)


def test_ten_places_are_named_and_no_more() -> None:
    with pytest.raises(BadInput) as refusal:
        read_json(json.dumps(["\x00"] * 500).encode(), LIMITS)
    assert len(refusal.value.fields) == 10


@pytest.mark.parametrize("text", ["2026-09-17", "2999-12-31", "0001年", "0001-01-01の件", "1900-01-01 00:00"])
def test_other_texts_are_no_bad_days(text: str) -> None:
    assert read_json(json.dumps(text).encode(), LIMITS) == text
