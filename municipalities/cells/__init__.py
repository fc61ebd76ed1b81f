"""What people in Japanese offices write in cells and fields, as days, times, durations and counts.

One reader for every import and every typed field: values as a workbook has them (numbers, serials, dates) and texts in
any width, with eras, units and words of about. What can't be read says so itself: ``BadCell``.
"""

from municipalities.cells.clocks import read_minutes, read_seconds, read_time
from municipalities.cells.counts import read_count, read_number
from municipalities.cells.days import read_day
from municipalities.cells.faults import BadCell, Choice
from municipalities.cells.texts import as_typed, is_ditto, narrow, plain

__all__ = [
    "BadCell",
    "Choice",
    "as_typed",
    "is_ditto",
    "narrow",
    "plain",
    "read_count",
    "read_day",
    "read_minutes",
    "read_number",
    "read_seconds",
    "read_time",
]
