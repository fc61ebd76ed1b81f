"""What each version that was made by a correction changed, read from the versions themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engagements.survey.correction.changes import changes
from engagements.survey.correction.spoken import Said, say
from engagements.survey.models import Survey, SurveyVersion
from engagements.survey.services import part_of


def with_changes(survey: Survey, versions: Sequence[SurveyVersion]) -> list[tuple[SurveyVersion, list[Said]]]:
    """Each version with its changes in words; none but for corrections. One query, none where nothing was corrected."""
    made = [row.number for row in versions if row.source == SurveyVersion.Source.TIMELINE]
    wanted = {number - step for number in made for step in (0, 1)}
    rows = survey.versions.filter(number__in=wanted).values_list("number", "content") if made else ()
    contents = {number: json.loads(content) for number, content in rows}
    return [
        (
            row,
            list(_said(contents.get(row.number - 1, {}), contents[row.number])) if row.number in made else [],
        )
        for row in versions
    ]


def _said(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Said]:
    for route in after.get("routes") or ():
        stood = part_of(before, "routes", route["id"])
        if stood is not None and stood != route:
            yield from say(changes(stood, route), part_of(after, "scenarios", route["scenario"]))
