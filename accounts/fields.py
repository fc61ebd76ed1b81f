"""Fields for days and numbers that are typed: they read what people write, as every import does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from municipalities.cells import BadCell, read_count, read_day, read_number
from workflow.inputs import PossibleDay

MOST = 99_999_999_999


def as_read(read: Callable[[str], Any], value: Any) -> Any:
    """A typed text as the value that it means; what can't be read stays as it was typed."""
    try:
        return read(value) if isinstance(value, str) else value
    except BadCell:
        return value


def read_any_count(text: str) -> int | None:
    """A count as large as money gets; what a field allows at most is its own to say. Raises ``BadCell``."""
    return read_count(text, most=MOST)


class DayField(PossibleDay):
    """令和8年12月14日, R8.12.14 and 2026/12/14 beside what a date input sends."""

    def to_python(self, value: Any) -> date | None:
        """Raises ValidationError: the field's own sentence, and where it has none the one for what was typed."""
        try:
            return super().to_python(read_day(value) if isinstance(value, str) else value)
        except BadCell as refusal:
            own = self.error_messages["invalid"]
            said = str(refusal) if own == forms.DateField.default_error_messages["invalid"] else own
            raise ValidationError(said, code="invalid") from refusal


class CountField(forms.IntegerField):
    """３, 3人 and 1,200 beside plain digits."""

    def to_python(self, value: Any) -> int | None:
        return super().to_python(as_read(read_any_count, value))


class HoursField(forms.DecimalField):
    """2.5時間, 2時間30分 and 2:30 beside plain numbers."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(as_read(read_number, value))
