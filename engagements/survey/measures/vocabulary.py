"""The words of the survey format madoguchi-survey/1: every list of values a file may use.

Values are written to files that towns exchange: adding one is a new version of the format, and none can
be renamed.
"""

from typing import Final

FORMAT: Final = "madoguchi-survey/1"

LIFE_EVENTS: Final = (
    "move_in",
    "move_out",
    "move_within",
    "birth",
    "marriage",
    "divorce",
    "death",
    "name_change",
    "certificate",
    "childcare",
    "care",
    "other",
)
FIELDS: Final = (
    "name",
    "kana",
    "address",
    "former_address",
    "birth_date",
    "phone",
    "my_number",
    "registered_domicile",
    "bank_account",
    "date",
    "signature",
    "other",
)
HOW: Final = ("written", "prefilled", "typed_by_staff", "checked_only")
KINDS: Final = ("problem", "good", "idea")
CATEGORIES: Final = ("facility", "service", "operation", "form", "system", "wayfinding")
OUTCOMES: Final = ("done", "come_again", "wrong_counter", "left")
ENDED: Final = ("finished", "out_of_time", "gave_up", "told_to_return")
ACTORS: Final = ("newcomer", "staff", "counter_staff", "executive", "outsider")
BLIND: Final = ("actors", "counters", "both", "none")

DEFAULT_HOW: Final = "written"
DEFAULT_OUTCOME: Final = "done"

# Writing one's signature again, or some unnamed thing, is not copying what was already written.
FIELDS_NEVER_REPEATED: Final = ("other", "signature")

MEASURES: Final = (
    "total_s",
    "waiting_s",
    "service_s",
    "other_s",
    "visits",
    "counters",
    "forms",
    "writes",
    "repeated_writes",
    "distance_m",
    "wrong_counters",
)
REASONS: Final = ("municipality", "life_event", "household", "procedures", "incomplete")
