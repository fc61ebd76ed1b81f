"""A town's own Excel sheet as routes: which column is what is guessed, shown, changed, and only then applied.

Two layouts: a row a visit, with the columns of the keyboard grid; or a row a team, with the totals that were counted on
paper. Cells are read by the grid's own rules, so that a sheet says no more and no less than somebody who types it.
"""

from engagements.survey.foreign.guessing import guess, is_own
from engagements.survey.foreign.looking import Fault, Looked, Reading, look
from engagements.survey.foreign.tables import (
    LIMITS,
    MOST_COLUMNS,
    MOST_ROWS,
    Table,
    find_heading,
    named,
    opened,
    read,
    refuse_much,
    spans_of,
    sums_of,
    table_of,
)
from engagements.survey.foreign.words import LAYOUTS, TOTALS, VISITS, own_headings, targets

__all__ = [
    "LAYOUTS",
    "LIMITS",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "TOTALS",
    "VISITS",
    "Fault",
    "Looked",
    "Reading",
    "Table",
    "find_heading",
    "guess",
    "is_own",
    "look",
    "named",
    "opened",
    "own_headings",
    "read",
    "refuse_much",
    "spans_of",
    "sums_of",
    "table_of",
    "targets",
]
