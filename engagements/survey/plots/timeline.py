"""The routes of a survey under each other on one time axis: waiting, served, moving; writes as ticks."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from engagements.survey.plots.shapes import RouteBand, Segment
from engagements.survey.plots.svg import (
    FLAG_SHAPES,
    PAGE_WIDTH,
    PAPER_FILLS,
    SCREEN_CLASSES,
    Ground,
    Paper,
    Screen,
    ems,
    join,
    nothing_to_draw,
    shorten,
    swatch,
    tag,
    two_lines,
    whole_minutes,
)

ROUTES_A_SHEET = 8  # what fits on one A4 page: a picture can't break across two
AXIS_STEPS = (10, 15, 30, 60, 120, 240, 480, 1440)
MOST_TICKS = 8
LABEL_WIDTH = 80
PLOT_WIDTH = PAGE_WIDTH - LABEL_WIDTH - 68  # what is left holds the total of the longest route
SCREEN_PLOT = 776  # pixels of a plot beside its label on the narrowest board of lanes (58rem)
NAME_GAP = 5


@dataclass(frozen=True)
class Rows:
    """Heights within one route's row: marks above, the band, then lines of counter names."""

    tick: float
    band: float
    thick: float
    name: float
    name_step: float
    most_names: int


PAPER_ROWS = Rows(tick=15, band=27, thick=24, name=62, name_step=12, most_names=3)
SCREEN_ROWS = Rows(tick=17, band=31, thick=27, name=73, name_step=15, most_names=2)


@dataclass(frozen=True)
class Name:
    at: float
    row: int
    words: str


def routes_timeline(
    routes: Sequence[RouteBand], planned_minutes: int | None = None, *, for_screen: bool = False
) -> SafeString:
    """One band a route on a common axis of minutes since its start, with the plan as a dashed line.

    An unfinished route ends with a cut and reads "at least". On paper long lists come as several pictures of
    ROUTES_A_SHEET routes; on a screen each route is a `.lane`, and the page prints `screen_hatch()` once.
    """
    if not routes:
        return nothing_to_draw(for_screen)
    span = _span(routes, planned_minutes)
    if for_screen:
        return _screen(routes, planned_minutes, span)
    sheets = [routes[at : at + ROUTES_A_SHEET] for at in range(0, len(routes), ROUTES_A_SHEET)]
    return join(_paper(sheet, planned_minutes, span) for sheet in sheets)


def route_words(route: RouteBand) -> str:
    """A band in words: the total, then each counter with its minutes, then what could not be drawn."""
    said = [f"{route.label} {total_words(route)}"]
    for counter in dict.fromkeys(part.counter for part in route.segments if part.counter):
        waited, served = (_at_counter(route, counter, kind) for kind in ("waiting", "served"))
        words = {"counter": counter, "waited": whole_minutes(waited), "served": whole_minutes(served)}
        said.append(_("%(counter)s 待ち%(waited)s分 対応%(served)s分") % words)
    if route.untimed:
        said.append(_("時刻の記録がない窓口 %(counters)s") % {"counters": "、".join(route.untimed)})
    if route.untimed_writes:
        said.append(_("時刻のない記入 %(count)s回") % {"count": route.untimed_writes})
    return "。".join(said)


def total_words(route: RouteBand) -> str:
    """The total in minutes; an unfinished route is rounded down, so that "at least" stays true."""
    if route.total_s is None:
        return _("時間の記録なし")
    if route.lower_bound:
        return _("%(minutes)s分以上") % {"minutes": route.total_s // 60}
    return _("%(minutes)s分") % {"minutes": whole_minutes(route.total_s)}


def place_names(segments: Sequence[Segment], span: int, pixels: float, size: float, most: int) -> list[Name]:
    """Names of counters under a band, on as few lines as keep them apart; cut with … when lines run out."""
    starts: list[tuple[float, str]] = []
    for part in segments:
        if part.counter and (not starts or starts[-1][1] != part.counter):
            starts.append((part.start_s / span, part.counter))
    for lines in range(1, most + 1):
        rooms = [_room(starts, index, lines, pixels) for index in range(len(starts))]
        if lines == most or all(
            ems(name) * size <= room for (_at, name), room in zip(starts, rooms, strict=True)
        ):
            break
    return [
        Name(at, index % lines, shorten(name, rooms[index], size)) for index, (at, name) in enumerate(starts)
    ]


def _room(starts: list[tuple[float, str]], index: int, lines: int, pixels: float) -> float:
    """Pixels from one name to the next on its line; the last may run on under the total."""
    following = starts[index + lines][0] if index + lines < len(starts) else 1 + 60 / pixels
    return (following - starts[index][0]) * pixels - NAME_GAP


def _span(routes: Sequence[RouteBand], planned_minutes: int | None) -> int:
    longest = max((route.total_s or 0 for route in routes), default=0)
    return max(longest, (planned_minutes or 0) * 60, 600)


def _at_counter(route: RouteBand, counter: str, kind: str) -> int:
    return sum(
        part.end_s - part.start_s for part in route.segments if (part.counter, part.kind) == (counter, kind)
    )


def _axis(span: int) -> list[int]:
    """Minutes that get a line: a round step, at most MOST_TICKS of them."""
    step = next((step for step in AXIS_STEPS if span / 60 / step <= MOST_TICKS), AXIS_STEPS[-1])
    return list(range(0, span // 60 + 1, step))


def _kept_rows(rows: Rows, routes: Sequence[RouteBand]) -> float:
    """How far everything moves up when no route has a flag or a tick."""
    if any(route.flags for route in routes):
        return 0
    return rows.tick - 2 if any(route.writes for route in routes) else rows.band - 4


def _band(
    ground: Ground, route: RouteBand, span: int, y: float, rows: Rows, names: list[Name]
) -> list[SafeString]:
    top = y + rows.band
    shapes = [ground.bar("other", 0, (route.total_s or 0) / span, top, rows.thick)]
    shapes += [
        ground.bar(part.kind, part.start_s / span, part.end_s / span, top, rows.thick)
        for part in route.segments
        if part.kind != "other"
    ]
    shapes += _ticks(ground, route, span, y + rows.tick)
    shapes += _flags(ground, route, span, y)
    shapes += [ground.text(name.at, y + rows.name + name.row * rows.name_step, name.words) for name in names]
    return shapes + _end(ground, route, span, top, rows.thick)


def _flags(ground: Ground, route: RouteBand, span: int, y: float) -> list[SafeString]:
    """Flags with their numbers, moved aside where they would cover each other; bare marks where too many."""
    flags = sorted(route.flags, key=lambda flag: flag.second)
    if not flags:
        return []
    room = ground.pixels + 50
    wish = 18 + 6 * len(str(max(flag.number for flag in flags)))
    step = min(wish, room / len(flags))
    places: list[float] = []
    for flag in flags:
        places.append(max(flag.second / span * ground.pixels, places[-1] + step if places else 0))
    for index in range(len(places)):
        places[-1 - index] = min(places[-1 - index], room - step * (index + 1))
    return [
        ground.flag(flag.kind, place / ground.pixels, y, flag.number if step == wish else None)
        for flag, place in zip(flags, places, strict=True)
    ]


def _ticks(ground: Ground, route: RouteBand, span: int, y: float) -> list[SafeString]:
    """One tick a writing; several at one second stand side by side."""
    shapes, seen = [], dict.fromkeys(route.writes, 0)
    for second in route.writes:
        shapes.append(ground.line("write", second / span, y, y + 10, dx=2 * seen[second]))
        seen[second] += 1
    return shapes


def _end(ground: Ground, route: RouteBand, span: int, top: float, thick: float) -> list[SafeString]:
    at = (route.total_s or 0) / span
    cut = (
        [ground.line("cut", at, top - 4, top + thick + 4, dx=dx) for dx in (0, 4)]
        if route.lower_bound
        else []
    )
    words = ground.text(at, top + thick / 2 + 5, total_words(route), "tb", dx=10 if cut else 5)
    return [*(cut if route.total_s else []), words]


def _paper(routes: Sequence[RouteBand], planned: int | None, span: int) -> SafeString:
    spoken = "。".join([_("道のりの図"), *map(route_words, routes), *_plan_words(planned)])
    ground, rows, lift = Paper(spoken, LABEL_WIDTH, PLOT_WIDTH), PAPER_ROWS, _kept_rows(PAPER_ROWS, routes)
    key, top = _paper_key(_keys(routes, planned), ground.hatch)
    y, bands = top - lift, []
    for route in routes:
        names = place_names(route.segments, span, ground.pixels, ground.size(), rows.most_names)
        bands += _band(ground, route, span, y, rows, names) + _paper_label(route, y + rows.band)
        if planned:
            over = y + rows.band - 6
            bands.append(ground.line("plan", planned * 60 / span, over, over + rows.thick + 12))
        y += rows.name + (max((name.row for name in names), default=0) + 1) * rows.name_step - lift + 6
    bottom = y + lift
    grid = [ground.line("grid", minute * 60 / span, top, bottom) for minute in _axis(span)]
    return ground.sheet(bottom + 20, spoken, [*key, *grid, *bands, *_scale(ground, span, bottom + 14)])


def _paper_label(route: RouteBand, top: float) -> list[SafeString]:
    margin, lines = Paper("", 0, PAGE_WIDTH), two_lines(route.label, LABEL_WIDTH - 6, 12)
    shapes = [margin.text(0, top + 10 + 14 * line, words, "tb") for line, words in enumerate(lines)]
    sub = shorten(route.sub, LABEL_WIDTH - 6, 10)
    return [*shapes, margin.text(0, top + 10 + 14 * len(lines), sub, "t2")]


def _scale(ground: Ground, span: int, y: float) -> list[SafeString]:
    words = ((minute, _("%(minutes)s分") % {"minutes": minute}) for minute in _axis(span))
    anchors = {0: "start"}
    return [
        ground.text(minute * 60 / span, y, label, "t2", anchor=anchors.get(minute, "middle"))
        for minute, label in words
    ]


def _plan_words(planned: int | None) -> list[str]:
    return [_("予定の%(minutes)s分") % {"minutes": planned}] if planned else []


def _keys(routes: Sequence[RouteBand], planned: int | None) -> list[tuple[str, str]]:
    """What the picture shows, as (kind, words): only what occurs in it."""
    flags = {flag.kind for route in routes for flag in route.flags}
    keys = [("waiting", _("待ち")), ("served", _("対応")), ("other", _("移動・その他"))]
    keys += [("write", _("書いた(1本が1回)"))] * any(route.writes for route in routes)
    named = (("problem", _("困りごと")), ("good", _("よかったこと")), ("idea", _("思いつき")))
    keys += [(kind, words) for kind, words in named if kind in flags]
    return keys + [("plan", words) for words in _plan_words(planned)]


def _paper_key(keys: Sequence[tuple[str, str]], hatch: str) -> tuple[list[SafeString], float]:
    """The legend over the plot, on as many lines as it needs, and the height that it takes."""
    ground, shapes, x, y = Paper("", 0, PAGE_WIDTH), [], 0.0, 0.0
    ground.hatch = hatch
    for kind, words in keys:
        swatch_width = 24 if kind in PAPER_FILLS else 15
        wide = swatch_width + ems(words) * ground.size()
        if x + wide > PAGE_WIDTH:
            x, y = 0.0, y + 16
        shapes.append(_sample(ground, kind, x / PAGE_WIDTH, y))
        shapes.append(ground.text(x / PAGE_WIDTH, y + 12, words, dx=swatch_width))
        x += wide + 10
    return shapes, y + 22


def _sample(ground: Paper, kind: str, at: float, y: float) -> SafeString:
    """A swatch for the legend: at most 20 units wide, a narrow one for lines and flags."""
    if kind in ("write", "plan"):
        return join(
            ground.line(kind, at, y + 2, y + 14, dx=dx) for dx in ((4, 8) if kind == "write" else (7,))
        )
    if kind in FLAG_SHAPES:
        return ground.flag(kind, at, y + 1)
    return ground.bar(kind, at, at + 20 / ground.pixels, y + 2, 11)


def _screen(routes: Sequence[RouteBand], planned: int | None, span: int) -> SafeString:
    # Room for the totals to the right of the longest band: the plot ends before its frame does.
    frame = int(span * 1.13)
    lanes = join(_lane(route, planned, frame, SCREEN_ROWS) for route in routes)
    axis = tag("svg", {"class": "chart", "aria-hidden": "true"}, join(_scale(Screen(SCREEN_PLOT), frame, 18)))
    foot = tag("div", {"class": "lane ax"}, tag("span", {}) + axis)
    return _screen_key(routes, planned) + tag("div", {"class": "lanes"}, lanes + foot)


def _lane(route: RouteBand, planned: int | None, frame: int, rows: Rows) -> SafeString:
    ground = Screen(SCREEN_PLOT)
    names = place_names(route.segments, frame, ground.pixels, ground.size(), rows.most_names)
    shapes = [ground.line("grid", minute * 60 / frame, 0, 92) for minute in _axis(frame)]
    if planned:
        shapes.append(ground.line("plan", planned * 60 / frame, 0, 92))
    shapes += _band(ground, route, frame, 2, rows, names)
    words = {
        "waited": whole_minutes(route.seconds("waiting")),
        "writes": len(route.writes) + route.untimed_writes,
    }
    head = tag("p", {}, tag("b", {}, route.label) + tag("span", {"class": "soft"}, f" {route.sub}"))
    sums = tag("p", {"class": "soft"}, _("待ち%(waited)s分 書く%(writes)s回") % words)
    beside = tag("div", {"class": "small"}, head + tag("p", {}, tag("b", {}, total_words(route))) + sums)
    chart = ground.sheet(
        92, route_words(route), shapes, title=_("%(route)sの道のり") % {"route": route.label}
    )
    return tag("div", {"class": "lane"}, beside + chart)


def _screen_key(routes: Sequence[RouteBand], planned: int | None) -> SafeString:
    ground = Screen(SCREEN_PLOT)
    samples = {kind: tag("svg", {"x": 6}, ground.flag(kind, 0, 0)) for kind in FLAG_SHAPES}
    for kind in ("write", "plan"):
        samples[kind] = tag("line", {"class": SCREEN_CLASSES[kind], "x1": 8, "x2": 8, "y1": 0, "y2": 14})
    entries = (swatch(kind, words, samples.get(kind)) for kind, words in _keys(routes, planned))
    return tag("p", {"class": "row key small"}, join(entries))
