"""The pictures over the form of the correctable timeline: the whole route, and one visit with its edges to hold.

Times are seconds of the day. The edges move by ``static/js/timeline.js``; the marks of entries lead to their rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from engagements.survey.plots.shapes import RouteBand, SegmentKind
from engagements.survey.plots.svg import Screen, join, shorten, tag, whole_minutes
from engagements.survey.plots.timeline import AXIS_STEPS, place_names, route_words

OVERVIEW_PIXELS = 704  # 44rem: narrower, it scrolls
ZOOM_PIXELS = 832  # 52rem
MARGIN_S = 300
MARK_PIXELS = 21
TOP, THICK = 74, 40


@dataclass(frozen=True)
class Edge:
    """An edge to hold: ``field`` names its input, ``was`` is where it stood."""

    field: str
    label: str
    at: int
    was: int


@dataclass(frozen=True)
class Mark:
    """An entry; ``field`` names the input that its number leads to."""

    number: str
    field: str
    at: int
    gone: bool


@dataclass(frozen=True)
class Stretch:
    """A stretch of a neighbour, the visit at that place of the route."""

    kind: SegmentKind
    start: int
    end: int
    counter: str
    visit: int


def clock(second: int) -> str:
    """9:30."""
    return f"{second // 3600 % 24}:{second // 60 % 60:02d}"


def overview(band: RouteBand, starts: int, chosen: tuple[int, int] | None) -> SafeString:
    """The whole route on the clock, the chosen visit in a frame. ``starts`` and ``chosen`` are seconds of the day."""
    ground, span = Screen(OVERVIEW_PIXELS), max(int((band.total_s or 0) * 1.04), 600)
    names = place_names(band.segments, span, ground.pixels, ground.size(), 2)
    shapes = list(_axis(ground, starts, span, 84))
    shapes.append(ground.bar("other", 0, (band.total_s or 0) / span, 30, 24))
    shapes += [
        ground.bar(part.kind, part.start_s / span, part.end_s / span, 30, 24)
        for part in band.segments
        if part.kind != "other"
    ]
    shapes += [ground.text(name.at, 72 + 15 * name.row, name.words) for name in names]
    if chosen:
        first, last = ((at - starts) / span for at in chosen)
        look = {"class": "selbox", "x": ground.x(first), "width": ground.x(max(last - first, 0.01))}
        shapes.append(tag("rect", look | {"y": 24, "height": 36}))
    looks: dict[str, object] = {
        "class": "chart ov",
        "role": "img",
        "height": 96,
        "aria-label": route_words(band),
    }
    return tag("svg", looks, join(shapes))


def _axis(ground: Screen, start: int, span: int, bottom: int) -> Iterator[SafeString]:
    step = next((step for step in AXIS_STEPS if span / 60 / step <= 7), AXIS_STEPS[-1]) * 60
    if span <= 7 * 300:
        step = 300
    for second in range(-(-start // step) * step, start + span, step):
        at = (second - start) / span
        yield ground.line("grid", at, 18, bottom)
        yield ground.text(at, 13, clock(second), "t2", anchor="middle" if at > 0.02 else "start")


def zoom(edges: Sequence[Edge], marks: Sequence[Mark], beside: Sequence[Stretch], title: str) -> SafeString:
    """One visit with what was written there: bands between its edges, marks above, handles below.

    ``data-start`` and ``data-span`` let the page's script turn places into times and back.
    """
    known = [at for edge in edges for at in (edge.at, edge.was)] + [mark.at for mark in marks]
    if not known:
        return SafeString("")
    start = max(min(known) - MARGIN_S, 0) // 300 * 300
    span = -(-(max(known) + MARGIN_S) // 300) * 300 - start
    ground = Screen(ZOOM_PIXELS)
    shapes = [*_axis(ground, start, span, 150), *_beside(ground, beside, start, span)]
    shapes += _bands(ground, edges, start, span)
    shapes += _marks(ground, marks, start, span)
    shapes += [_handle(ground, edge, (edge.at - start) / span) for edge in edges]
    shapes += [_stood(ground, edge, (edge.was - start) / span) for edge in edges if edge.was != edge.at]
    look = {"class": "chart zoom", "role": "group", "height": 172, "aria-label": title}
    return tag("svg", look | {"data-start": start, "data-span": span}, join(shapes))


def _beside(ground: Screen, beside: Sequence[Stretch], start: int, span: int) -> Iterator[SafeString]:
    named: set[int] = set()
    for part in beside:
        first, last = (min(max((at - start) / span, 0), 1) for at in (part.start, part.end))
        if first >= last:
            continue
        yield tag("g", {"class": "dim"}, ground.bar(part.kind, first, last, TOP, THICK))
        if part.visit not in named:
            words = shorten(part.counter, (1 - first) * ground.pixels - 8, ground.size())
            yield ground.text(first, TOP + 25, words, "halo", dx=8)
        named.add(part.visit)


def _bands(ground: Screen, edges: Sequence[Edge], start: int, span: int) -> Iterator[SafeString]:
    kinds: tuple[tuple[SegmentKind, str, str], ...] = (
        ("waiting", _("待ち %(minutes)s分"), "halo tb"),
        ("served", _("対応 %(minutes)s分"), "tw"),
    )
    by_name = {edge.field.rpartition("-")[2]: edge for edge in edges}
    pairs = (("queued_at", "called_at"), ("called_at", "finished_at"))
    for (kind, words, role), (one, other) in zip(kinds, pairs, strict=True):
        if one not in by_name or other not in by_name:
            continue
        first, last = by_name[one], by_name[other]
        bar = ground.bar(kind, (first.at - start) / span, (last.at - start) / span, TOP, THICK)
        middle = (first.at + last.at) / 2
        said = words % {"minutes": whole_minutes(max(last.at - first.at, 0))}
        text = ground.text((middle - start) / span, TOP + 25, said, role, anchor="middle")
        fields = {"data-from": first.field, "data-to": last.field}
        yield tag("g", fields, bar + (text if last.at - first.at > span / 12 else SafeString("")))


def _marks(ground: Screen, marks: Sequence[Mark], start: int, span: int) -> Iterator[SafeString]:
    """Numbers on two levels, moved aside where they would cover each other."""
    ends = [-1.0, -1.0]
    for place, mark in enumerate(sorted(marks, key=lambda mark: mark.at)):
        level, at = place % 2, (mark.at - start) / span
        there = max(at, ends[level] + MARK_PIXELS / ground.pixels)
        ends[level], y = there, 54 - 20 * level
        stem = {"x1": ground.x(at), "x2": ground.x(there), "y1": TOP, "y2": y + 9}
        circle = tag("circle", {"cx": 0, "cy": y, "r": 9})
        number = tag("text", {"x": 0, "y": y + 4.5, "text-anchor": "middle"}, mark.number)
        shape = tag("svg", {"x": ground.x(there), "overflow": "visible"}, circle + number)
        words = _("%(number)s本目の欄へ") % {"number": mark.number}
        look = {"class": "wt gone" if mark.gone else "wt", "href": f"#id_{mark.field}", "aria-label": words}
        yield tag("a", look, tag("line", stem) + shape)


def _handle(ground: Screen, edge: Edge, at: float) -> SafeString:
    line = tag("line", {"x1": ground.x(at), "x2": ground.x(at), "y1": 68, "y2": 126})
    circle = tag("circle", {"cx": 0, "cy": 132, "r": 10})
    arrows = tag("path", {"d": "M-3 132h-3m9 0h3M-4 129.5l-2.5 2.5 2.5 2.5M4 129.5l2.5 2.5-2.5 2.5"})
    time = tag("tspan", {}, clock(edge.at))
    label = tag(
        "text", {"x": 0, "y": 164, "text-anchor": "middle"}, tag("tspan", {}, f"{edge.label} ") + time
    )
    shape = tag("svg", {"x": ground.x(at), "overflow": "visible"}, circle + arrows + label)
    look = {"class": "hd" if edge.at == edge.was else "hd on", "id": f"hold_{edge.field}"}
    return tag("g", look | {"data-field": edge.field, "data-label": edge.label}, line + shape)


def _stood(ground: Screen, edge: Edge, at: float) -> SafeString:
    line = tag("line", {"class": "oldedge", "x1": ground.x(at), "x2": ground.x(at), "y1": 66, "y2": 128})
    words = _("前 %(time)s") % {"time": clock(edge.was)}
    # On the side away from the handle, whose circle would cover it.
    left = edge.was < edge.at
    return line + ground.text(at, 142, words, "t2", dx=-6 if left else 6, anchor="end" if left else "")
