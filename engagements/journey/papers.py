"""What a paper says of where the engagement stood on its day: the same answer as every page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from engagements.documents.builders.completion_report import tells_standing
from engagements.journey import dossiers
from engagements.journey.models import Journey
from engagements.models import Engagement
from municipalities.dates import era_date
from workflow import SYSTEM


@tells_standing
def standing_lines(engagement: Engagement, on: date) -> Iterator[tuple[str, Any]]:
    """Read by nobody in particular: the turn is that of whoever is asked first."""
    rows = Journey.objects.select_related("municipality__prefecture", "programme").filter(pk=engagement.pk)
    found = dossiers.dossiers(rows, SYSTEM, on)[0]
    yield _("いまの段階"), found.stage.name
    if found.turn is not None:
        due = found.turn.due
        by = _("(%(day)sまで)") % {"day": era_date(due)} if due else ""
        yield _("いまの番"), f"{found.turn.who} {found.turn.what}{by}"
    for note in found.stage.notes:
        yield _("順序外の記録"), note
