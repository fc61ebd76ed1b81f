"""Reference numbers: one series a kind and fiscal year, no number given twice."""

from __future__ import annotations

from workflow.models import Serial


def next_number(series: str, year: int) -> int:
    """The next number of the series, inside the caller's transaction (the row stays locked until it ends)."""
    Serial.objects.get_or_create(series=series, year=year)
    row = Serial.objects.select_for_update().get(series=series, year=year)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
