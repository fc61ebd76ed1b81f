"""Moments that clients send. Databases know fewer offsets and years than Python: each is taken in UTC, or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django_filters import fields
from django_filters import rest_framework as filters


class _MomentField(fields.IsoDateTimeField):  # type: ignore[misc]  # the library ships no types
    def strptime(self, value: Any, format: str) -> datetime:
        parsed: datetime = super().strptime(value, format)
        try:
            return parsed.astimezone(UTC)
        except OverflowError as error:
            raise ValueError from error


class _MomentRangeField(fields.RangeField):  # type: ignore[misc]  # as above
    widget = fields.DateRangeWidget

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__((_MomentField(), _MomentField()), *args, **kwargs)


class MomentRangeFilter(filters.IsoDateTimeFromToRangeFilter):  # type: ignore[misc]  # as above
    """``…_after`` and ``…_before``, in any offset."""

    field_class = _MomentRangeField
