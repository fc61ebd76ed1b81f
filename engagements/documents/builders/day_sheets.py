"""記録用紙と小道具: the sheet that a recorder fills by hand, and the cards that are cut out of paper."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from engagements.documents.builders import Edition, Snapshot
from engagements.documents.builders.day_paper import Day, DayPaper, Raw, name_of, person_of, start_words
from engagements.documents.builders.paper import sheet
from engagements.documents.models import DocumentKind
from engagements.survey.day.preparation import Shown, Team
from engagements.survey.grid.columns import COLUMNS

VISITS = 10
REMARKS = 8
#: Not a number that anybody can have: the check digit is wrong, and it says so.
NO_NUMBER = "0000 0000 0000"


class RecorderSheetBuilder(DayPaper):
    """Two pages a team: the visits, in the columns of the keyboard grid, and the remarks."""

    kind = DocumentKind.RECORDER_SHEET

    def content(self, day: Day) -> Snapshot:
        teams = list(day.prepared.teams) or [Team("", item["id"]) for item in day.scenarios] or [Team("")]
        return {
            "columns": [
                {"label": str(column.label), "group": str(column.group), "size": column.size}
                for column in COLUMNS
                if column.kind != "lines" and not column.key.endswith("_category")
            ],
            "teams": [_team(day, team) for team in teams],
            "visits": list(range(1, VISITS + 1)),
            "remarks": list(range(1, REMARKS + 1)),
        }

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        context = {"document": sheet(snapshot, edition), "snapshot": snapshot}
        return render_to_string("documents/recorder-sheet.html", context)


class DummyCardsBuilder(DayPaper):
    """Cards to cut out, each marked as a sample; none carries a number that could be somebody's."""

    kind = DocumentKind.DUMMY_CARDS

    def content(self, day: Day) -> Snapshot:
        scenarios = {item["id"]: item for item in day.scenarios}
        cards = [
            _card(prop, scenarios[prop.scenario], day)
            for prop in day.prepared.props
            if prop.scenario in scenarios
        ]
        return {"cards": cards}

    def html(self, snapshot: Snapshot, edition: Edition) -> str:
        context = {"document": sheet(snapshot, edition), "snapshot": snapshot}
        return render_to_string("documents/dummy-cards.html", context)


def _team(day: Day, team: Team) -> dict[str, Any]:
    scenario: Raw = next((item for item in day.scenarios if item["id"] == team.scenario), {})
    procedures = [item.get("name") or item["id"] for item in scenario.get("procedures") or ()]
    planned = scenario.get("planned_minutes")
    return {
        "team": team.team,
        "scenario": day.title_of(team.scenario),
        "start": start_words(team),
        "people": [
            [str(label), value]
            for label, value in (
                (_("体験者"), team.actors),
                (_("記録係"), team.recorders),
                (_("撮影係"), team.camera),
                (_("補助員"), team.helpers),
            )
        ],
        "planned": _("%(minutes)s分") % {"minutes": planned} if planned else "",
        "procedures": [f"{number} {name}" for number, name in enumerate(procedures, start=1)],
        "household": [
            [str(number), name_of(person)]
            for number, person in enumerate(scenario.get("household") or (), start=1)
        ],
        "places": [place.words for place in day.prepared.places],
    }


def _card(prop: Shown, scenario: Raw, day: Day) -> dict[str, Any]:
    person = person_of(scenario, prop.person)
    rows = [
        (_("氏名"), person.get("name") or person.get("relation") or ""),
        (_("生年月日"), person.get("born") or ""),
        (_("番号"), NO_NUMBER),
    ]
    return {
        "kind": str(prop.kind.label),
        "rows": [[label, value] for label, value in rows if value],
        "note": prop.note,
        "scenario": day.title_of(prop.scenario),
        "fault": prop.fault,
    }
