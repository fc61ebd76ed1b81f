"""Moments that clients send. Databases know fewer offsets and years than Python: each is taken in UTC, or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django_filters import fields
from django_filters import rest_framework as filters

#: Beyond these a change of zone may leave the calendar.
YEARS = range(2, 9999)


class _MomentField(fields.IsoDateTimeField):  # type: ignore[misc]  # the library ships no types
    def to_python(self, value: Any) -> datetime | None:
        refused = ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            found: datetime | None = super().to_python(value)
            moment = found.astimezone(UTC) if found else None
        except OverflowError as error:
            raise refused from error
        if moment and moment.year not in YEARS:
            raise refused
        return moment


class _MomentRangeField(fields.RangeField):  # type: ignore[misc]  # as above
    widget = fields.DateRangeWidget

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__((_MomentField(), _MomentField()), *args, **kwargs)


class MomentRangeFilter(filters.IsoDateTimeFromToRangeFilter):  # type: ignore[misc]  # as above
    """``…_after`` and ``…_before``, in any offset."""

    field_class = _MomentRangeField
