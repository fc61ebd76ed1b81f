"""Plots as SVG, for paper and for pages alike: pure functions from plain values to escaped markup."""

from engagements.survey.plots.bands import bands_from_survey, ending, is_finished, observations_in_order
from engagements.survey.plots.bars import before_after_bars, writes_by_field
from engagements.survey.plots.roadmap import roadmap, step_words
from engagements.survey.plots.shapes import BeforeAfter, FieldWrites, Flag, RoadmapRow, RouteBand, Segment
from engagements.survey.plots.svg import screen_hatch
from engagements.survey.plots.timeline import route_words, routes_timeline, total_words

__all__ = [
    "BeforeAfter",
    "FieldWrites",
    "Flag",
    "RoadmapRow",
    "RouteBand",
    "Segment",
    "bands_from_survey",
    "before_after_bars",
    "ending",
    "is_finished",
    "observations_in_order",
    "roadmap",
    "route_words",
    "routes_timeline",
    "screen_hatch",
    "step_words",
    "total_words",
    "writes_by_field",
]
