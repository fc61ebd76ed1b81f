"""What a device needs to record without a network: teams, scenarios, counters and the words of the keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.survey import words
from engagements.survey.day.preparation import Preparation, read
from engagements.survey.measures import CATEGORIES, ENDED, FIELDS, HOW, KINDS, OUTCOMES
from engagements.survey.models import Survey
from engagements.survey.recorder.declared import TAPS

Raw = Mapping[str, Any]


def config(survey: Survey, document: Raw) -> dict[str, Any]:
    """Plain JSON. The answer key is not in it but for the names of forms to pick from."""
    prepared = read(document)
    return {
        "title": survey.title,
        "teams": [
            {
                "id": team.id,
                "team": team.team,
                "scenario": team.scenario,
                "start": f"{timezone.localtime(team.starts_at):%H:%M}" if team.starts_at else "",
            }
            for team in prepared.teams
        ],
        "scenarios": {item["id"]: _scenario(item, prepared) for item in document.get("scenarios") or ()},
        "places": [
            {
                "counter": place.counter,
                "section": place.section,
                "building": place.building,
                "floor": place.floor,
                "distance_m": place.distance_m,
            }
            for place in prepared.places
        ],
        "taps": TAPS,
        "words": {
            "fields": _pairs(FIELDS, words.FIELDS),
            "how": _pairs(HOW, words.HOW),
            "outcomes": _pairs(OUTCOMES, words.OUTCOMES),
            "kinds": _pairs(KINDS, words.KINDS),
            "categories": _pairs(CATEGORIES, words.CATEGORIES),
            "ended": _pairs(ENDED, words.ENDED),
        },
    }


def _scenario(item: Raw, prepared: Preparation) -> dict[str, Any]:
    forms = [
        (name.strip(), answer.place)
        for answer in prepared.answers
        if answer.scenario == item["id"]
        for name in re.split("[、,]", answer.forms)
    ]
    return {
        "title": item.get("title") or item["id"],
        "planned": item.get("planned_minutes"),
        "people": [[one["id"], _person(one)] for one in item.get("household") or ()],
        "procedures": [[one["id"], one.get("name") or one["id"]] for one in item.get("procedures") or ()],
        "forms": [[name, place] for name, place in dict.fromkeys(forms) if name],
    }


def _person(one: Raw) -> str:
    """妻, or 子(6) where it takes an age to tell them apart."""
    relation, age = one.get("relation") or one["id"], one.get("age")
    return (
        _("%(relation)s(%(age)s)") % {"relation": relation, "age": age} if age is not None else str(relation)
    )


def _pairs(codes: Any, labels: Mapping[str, Any]) -> list[list[str]]:
    return [[code, str(labels[code])] for code in codes]
