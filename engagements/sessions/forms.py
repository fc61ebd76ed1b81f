"""The advisor's log as a form: the inputs of the transitions, and the attendance as rows of two fields."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField, as_read, read_any_count
from engagements.sessions import selectors
from engagements.sessions.workflow import LOG, ORDER_REASON
from workflow.inputs import REASON

EMPTY_ROWS = 3
FIELDS = ("log_summary", "log_next_step", "log_next_by", "log_hours")


def rows_of(posted: QueryDict) -> list[dict[str, Any]]:
    """The typed rows; a number that is none stays as typed.

    A row without section and number is no row, and neither is one that the page offered and nobody gave a number.
    """
    rows, offered = [], {"", *posted.getlist("offered")}
    for section, count in zip(posted.getlist("section"), posted.getlist("count"), strict=False):
        if section.strip() not in offered or count.strip():
            number = as_read(read_any_count, count.strip())
            rows.append({"section": section.strip(), "count": "" if number is None else number})
    return rows


def values_of(posted: QueryDict) -> dict[str, Any]:
    """What ``services.write_log`` and ``correct`` take, from the page's form."""
    return {name: posted.get(name, "") for name in FIELDS} | {"log_attendance": json.dumps(rows_of(posted))}


class LogForm(forms.Form):
    """Renders the log; the door cleans it. ``held_on`` and the reason stand there only where they are asked for."""

    def __init__(self, data: Any = None, *, asks: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if "held_on" in asks:
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            self.fields["held_on"] = DayField(label=_("実施日"), widget=widget)
        for spec in LOG:
            if spec.name in FIELDS:
                self.fields[spec.name] = spec.field()
        self.fields["log_hours"].widget.attrs |= {"step": "0.25", "min": "0", "max": "24"}
        if "reason" in asks:
            self.fields["reason"] = REASON.field()
        if "order_reason" in asks:
            self.fields["order_reason"] = ORDER_REASON.field()


def missing(posted: QueryDict) -> list[dict[str, str]]:
    """What is still needed before the log can go out, for the line beside the button."""
    return [
        {"field": spec.name, "label": str(spec.label)}
        for spec in LOG
        if spec.required and spec.name in FIELDS and not posted.get(spec.name, "").strip()
    ]


def empty_rows(rows: list[dict[str, Any]], suggested: list[str]) -> list[dict[str, Any]]:
    """The rows, then the sections known from earlier sessions, then a few to fill in."""
    known = {row["section"] for row in rows}
    more = (
        [{"section": name, "count": "", "offered": True} for name in suggested if name not in known]
        if not rows
        else []
    )
    return [*rows, *more, *({"section": "", "count": ""} for _ in range(EMPTY_ROWS))]


def start_of(session: Any) -> dict[str, Any]:
    """The form as it opens: what was being written, else what the record and the plan know."""
    known = {
        "held_on": session.held_on or selectors.last_day(session),
        "log_summary": session.log_summary,
        "log_next_step": session.log_next_step,
        "log_next_by": session.log_next_by,
        "log_hours": session.log_hours
        if session.log_hours is not None
        else selectors.planned_hours(session) or None,
    }
    draft = {name: value for name, value in session.log_draft.items() if name in known}
    return known | draft
