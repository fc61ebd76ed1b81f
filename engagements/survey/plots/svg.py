"""Drawing for two grounds: `Paper` (a shape carries its own look) and `Screen` (classes of the stylesheet).

Positions along x are shares of the plot (0 to 1), so that one layout serves both. On a screen they become
percentages and type keeps its size; on paper they become units of a page 640 wide, about one CSS pixel each.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from zlib import crc32

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

FONT = "Noto Sans CJK JP"
PAGE_WIDTH = 640
# What must not be torn apart: a character with its combining marks and variation selectors.
CLUSTER = re.compile(".[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*", re.DOTALL)
FLAG_SHAPES = {
    "problem": "M0 0h12l-4 4 4 4H2v6H0z",
    "good": "M6 0a6 6 0 1 0 .01 0z",
    "idea": "M6 0l6 6-6 6-6-6z",
}

PAPER_FILLS = {
    "waiting": {"fill": "url(#{hatch})", "stroke": "#c74700", "stroke-width": ".6"},
    "served": {"fill": "#0017c1"},
    "other": {"fill": "#e6e6e6"},
    "was": {"fill": "#b3b3b3"},
    "all": {"fill": "#4d4d4d"},
    "hollow": {"fill": "#ffffff", "stroke": "#1a1a1a", "stroke-width": "1"},
}
PAPER_STROKES = {
    "grid": {"stroke": "#cccccc", "stroke-width": ".7"},
    "plan": {"stroke": "#1a1a1a", "stroke-width": "1.4", "stroke-dasharray": "4 2"},
    "write": {"stroke": "#1a1a1a", "stroke-width": "1"},
    "cut": {"stroke": "#1a1a1a", "stroke-width": "2"},
    "axis": {"stroke": "#1a1a1a", "stroke-width": "1"},
}
PAPER_FLAGS = {"problem": "#c74700", "good": "#197a4b", "idea": "#4d4d4d"}
# Said in the markup as well, where black would mislead a page whose stylesheet does not know the class.
SCREEN_LOOKS = {"hollow": PAPER_FILLS["hollow"], "idea": {"fill": "#4d4d4d"}}
SCREEN_CLASSES = {
    "waiting": "band-wait",
    "served": "band-served",
    "other": "band-other",
    "was": "bar-was",
    "all": "band-all",
    "hollow": "bar-hollow",
    "grid": "grid",
    "plan": "plan",
    "write": "wr",
    "cut": "cut",
    "axis": "rule",
    "problem": "prob",
    "good": "good",
    "idea": "idea",
}


class Paper:
    """Shapes for print: own fill, own font, absolute units. `key` sets the hatch of one chart apart."""

    def __init__(self, key: str, left: float, width: float) -> None:
        self.left, self.pixels, self.hatch = left, width, f"hatch-{crc32(key.encode()):08x}"

    def x(self, share: float) -> str:
        return f"{self.left + self.pixels * share:.1f}"

    def bar(self, kind: str, start: float, end: float, y: float, height: float) -> SafeString:
        look = {name: value.format(hatch=self.hatch) for name, value in PAPER_FILLS[kind].items()}
        wide = f"{max(self.pixels * (end - start), 0.5):.1f}"
        return tag("rect", {"x": self.x(start), "y": y, "width": wide, "height": height, **look})

    def line(self, kind: str, at: float, y1: float, y2: float, dx: float = 0) -> SafeString:
        x = f"{self.left + self.pixels * at + dx:.1f}"
        return tag("line", {"x1": x, "x2": x, "y1": y1, "y2": y2, **PAPER_STROKES[kind]})

    def text(
        self, at: float, y: float, words: str, role: str = "", dx: float = 0, anchor: str = ""
    ) -> SafeString:
        look: dict[str, object] = {"x": f"{self.left + self.pixels * at + dx:.1f}", "y": y}
        look |= {"font-size": self.size(role), "fill": "#4d4d4d" if role == "t2" else "#1a1a1a"}
        look |= {"font-family": FONT} | ({"font-weight": 700} if role == "tb" else {})
        return tag("text", look | ({"text-anchor": anchor} if anchor else {}), words)

    def size(self, role: str = "") -> float:
        return 12 if role == "tb" else 10

    def flag(self, kind: str, at: float, y: float, number: int | None = None) -> SafeString:
        place = f"translate({self.x(at)} {y})"
        shape = tag("path", {"d": FLAG_SHAPES[kind], "fill": PAPER_FLAGS[kind], "transform": place})
        return shape if number is None else shape + self.text(at, y + 10, str(number), dx=14)

    def sheet(self, height: float, words: str, shapes: Iterable[SafeString]) -> SafeString:
        """The whole picture. The words go into <title>: it is what becomes the alternative text in a PDF."""
        hatch = hatch_pattern(self.hatch, 5, "#c74700", 2.4)
        look = {"viewBox": f"0 0 {PAGE_WIDTH} {height:g}", "role": "img"}
        return tag("svg", look, tag("title", {}, words) + hatch + join(shapes))


class Screen:
    """Shapes for pages: percentages along x, classes for the look. `pixels`: the narrowest plot to expect."""

    def __init__(self, pixels: float) -> None:
        self.pixels = pixels

    def x(self, share: float) -> str:
        return f"{share * 100:.2f}%"

    def bar(self, kind: str, start: float, end: float, y: float, height: float) -> SafeString:
        look = {"x": self.x(start), "y": y, "width": self.x(max(end - start, 0)), "height": height}
        return tag("rect", {"class": SCREEN_CLASSES[kind], **look, **SCREEN_LOOKS.get(kind, {})})

    def line(self, kind: str, at: float, y1: float, y2: float, dx: float = 0) -> SafeString:
        x = self.x(at + dx / self.pixels)
        return tag("line", {"class": SCREEN_CLASSES[kind], "x1": x, "x2": x, "y1": y1, "y2": y2})

    def text(
        self, at: float, y: float, words: str, role: str = "", dx: float = 0, anchor: str = ""
    ) -> SafeString:
        look: dict[str, object] = {"x": f"{dx:g}", "y": y} | ({"class": role} if role else {})
        words_there = tag("text", look | ({"text-anchor": anchor} if anchor else {}), words)
        return tag("svg", {"x": self.x(at), "overflow": "visible"}, words_there)

    def size(self, role: str = "") -> float:
        return 13

    def flag(self, kind: str, at: float, y: float, number: int | None = None) -> SafeString:
        shape = tag(
            "path", {"class": SCREEN_CLASSES[kind], "d": FLAG_SHAPES[kind], **SCREEN_LOOKS.get(kind, {})}
        )
        label = (
            SafeString("") if number is None else tag("text", {"x": 15, "y": 11, "class": "tb"}, str(number))
        )
        return tag("svg", {"x": self.x(at), "y": y, "overflow": "visible"}, shape + label)

    def sheet(self, height: float, words: str, shapes: Iterable[SafeString], title: str = "") -> SafeString:
        """The picture: a short <title> (browsers show it as a hint) and the figures in <desc>."""
        spoken = tag("title", {}, title or words) + (tag("desc", {}, words) if title else SafeString(""))
        return tag("svg", {"class": "chart", "role": "img", "height": f"{height:g}"}, spoken + join(shapes))


Ground = Paper | Screen


def tag(name: str, attributes: Mapping[str, object], content: str = "") -> SafeString:
    """An element; attribute values and content are escaped unless already safe."""
    written = format_html_join("", ' {}="{}"', attributes.items())
    return format_html("<{}{}>{}</{}>", name, written, content, name)


def join(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def hatch_pattern(name: str, size: int, ink: str, width: float) -> SafeString:
    stroke = tag("path", {"d": f"M0 0V{size}", "stroke": ink, "stroke-width": width})
    ground = tag("rect", {"width": size, "height": size, "fill": "#ffdfca"})
    look = {"id": name, "width": size, "height": size, "patternUnits": "userSpaceOnUse"}
    return tag("defs", {}, tag("pattern", look | {"patternTransform": "rotate(45)"}, ground + stroke))


def screen_hatch() -> SafeString:
    """The hatch that `.band-wait` refers to (`url(#hatch)`); a page with plots prints it once, first."""
    look = {"width": 0, "height": 0, "class": "hide", "aria-hidden": "true"}
    return tag("svg", look, hatch_pattern("hatch", 6, "#fb5b01", 4))


def swatch(kind: str, words: str, sample: SafeString | None = None) -> SafeString:
    """One entry of a legend on a screen; the sample is a box filled as `kind` unless one is given."""
    shape = sample or tag("rect", {"class": SCREEN_CLASSES[kind], **SCREEN_LOOKS.get(kind, {})})
    picture = tag("svg", {"class": "sw", "aria-hidden": "true"}, shape)
    return tag("span", {"class": "nw"}, picture + format_html("{}", words))


def nothing_to_draw(for_screen: bool) -> SafeString:
    return tag("p", {"class": "soft" if for_screen else "cap"}, _("図にできる記録はまだありません。"))


def ems(words: str) -> float:
    """Estimated width of a text in ems: full-width characters 1, others 0.6, marks and selectors 0."""
    return sum(_em(character) for character in words)


def _em(character: str) -> float:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 1 if unicodedata.east_asian_width(character) in "WFA" else 0.6


def shorten(words: str, room: float, size: float) -> str:
    """`words` cut to `room` at a type size, with … where cut; empty when not even one character fits."""
    if ems(words) * size <= room:
        return words
    kept = ""
    for cluster in CLUSTER.findall(words):
        if (ems(kept + cluster) + 1) * size > room:
            break
        kept += cluster
    return f"{kept}…" if kept else ""


def two_lines(words: str, room: float, size: float) -> list[str]:
    """`words` in at most two lines of `room`; the second is cut when more would be needed."""
    first = ""
    for cluster in CLUSTER.findall(words):
        if ems(first + cluster) * size > room:
            return [first, shorten(words[len(first) :], room, size)]
        first += cluster
    return [first]


def whole_minutes(seconds: int) -> int:
    """Minutes, half away from zero."""
    return int((Decimal(seconds) / 60).quantize(Decimal(1), ROUND_HALF_UP))
