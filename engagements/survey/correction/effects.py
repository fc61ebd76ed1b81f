"""What a correction does to the figures: the measures as they stand and as they would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from engagements.survey import words
from engagements.survey.measures import MEASURES, encode
from engagements.survey.models import Survey
from engagements.survey.selectors import measures_of

Raw = Mapping[str, Any]
#: Shown whether they change or not.
ALWAYS = ("total_s", "waiting_s", "service_s", "writes")


@dataclass(frozen=True, slots=True)
class Effect:
    """A measure of the route, or the median of its scenario, before and after."""

    label: str
    now: str
    then: str

    @property
    def changed(self) -> bool:
        return self.now != self.then


def with_route(document: Raw, route: Raw) -> dict[str, Any]:
    """The records with this route in the place of the one of its id."""
    routes = [route if one["id"] == route["id"] else one for one in document.get("routes") or ()]
    return {**document, "routes": routes}


def effects(survey: Survey, document: Raw, draft: Raw, route: Raw) -> list[Effect]:
    """Route and scenario in ``document`` and in ``draft``, both of them records that the format takes."""
    now, then = (measures_of(encode(one).decode(), before=None, survey=survey) for one in (document, draft))
    return [*_of_route(now["routes"], then["routes"], route), *_of_scenario(now, then, route["scenario"])]


def _of_route(now: Raw, then: Raw, route: Raw) -> Iterator[Effect]:
    id, team = route["id"], words.team_name(route.get("team"), route["id"])
    for name in MEASURES:
        said = [_amount(name, side[id]) for side in (now, then) if id in side]
        if len(said) == 2 and (name in ALWAYS or said[0] != said[1]):
            yield Effect(f"{team} {words.MEASURES[name].label}", *said)


def _amount(name: str, measured: Raw) -> str:
    if name == "total_s" and measured["lower_bound"]:
        return words.at_least(measured[name])
    return words.amount(name, measured[name])


def _of_scenario(now: Raw, then: Raw, scenario: str) -> Iterator[Effect]:
    before, after = now["scenarios"][scenario], then["scenarios"][scenario]
    for name in MEASURES:
        said = [words.amount(name, side[name]["median"]) for side in (before, after)]
        if name in ALWAYS or said[0] != said[1]:
            label = _("%(measure)s(中央値、%(routes)s班)") % {
                "measure": words.MEASURES[name].label,
                "routes": after["complete_routes"],
            }
            yield Effect(label, *said)
