"""The two pictures over the form, drawn from the route as it would be and from what is typed in the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from engagements.survey.correction.page import Field, Row, Shown
from engagements.survey.plots import bands_from_survey
from engagements.survey.plots.correctable import Edge, Mark, Stretch, overview, zoom
from municipalities.cells import read_time

Raw = Mapping[str, Any]


def whole(route: Raw, v: int) -> SafeString:
    """The route on the clock, its visit ``v`` in a frame; nothing where nobody noted when it began."""
    if not route.get("started_at"):
        return SafeString("")
    visits = route.get("visits") or []
    times = sorted(_seconds(visits[v])) if v < len(visits) else []
    return overview(
        bands_from_survey(route), _second(route["started_at"]), (times[0], times[-1]) if times else None
    )


def visit(shown: Shown, route: Raw) -> SafeString:
    """The chosen visit between its neighbours; ``route`` is the one recorded."""
    edges = [edge for one in shown.edges if (edge := _edge(one))]
    marks = [mark for row in shown.rows if (mark := _mark(row))]
    title = _("%(counter)sの図。丸を左右に動かすと時刻が変わります。") % {"counter": shown.visit["counter"]}
    return zoom(edges, marks, list(_neighbours(route, shown.v)), title)


def _edge(one: Field) -> Edge | None:
    at = _typed(one.value)
    if at is None:
        return None
    was = _typed(one.was)
    return Edge(one.name, one.label, at, at if was is None else was)


def _mark(row: Row) -> Mark | None:
    at = _typed(row.fields[0].value)
    if at is None or not row.number:
        return None
    return Mark(str(row.number), row.fields[0].name, at, row.gone)


def _typed(text: str) -> int | None:
    try:
        at = read_time(text)
    except ValueError:
        return None
    return None if at is None else at.hour * 3600 + at.minute * 60 + at.second


def _second(moment: str) -> int:
    at = datetime.fromisoformat(moment)
    return at.hour * 3600 + at.minute * 60 + at.second


def _seconds(one: Raw) -> Iterator[int]:
    return (_second(one[name]) for name in ("queued_at", "called_at", "finished_at") if one.get(name))


def _neighbours(route: Raw, v: int) -> Iterator[Stretch]:
    for n, one in enumerate(route["visits"]):
        queued, called, finished = (one.get(name) for name in ("queued_at", "called_at", "finished_at"))
        if n != v and queued and called:
            yield Stretch("waiting", _second(queued), _second(called), one["counter"], n)
        if n != v and called and finished:
            yield Stretch("served", _second(called), _second(finished), one["counter"], n)
