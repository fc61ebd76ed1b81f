"""Documents that promise to be one A4 page: the first layout that fits is printed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from engagements.documents.pdf import page_count


@dataclass(frozen=True, slots=True)
class Layout:
    """``size`` 1 is the roomiest (``.one.size-1`` in paper.css); ``content`` is given to the template."""

    size: int
    content: dict[str, Any]


def shortened(text: str, limit: int, *, lines: bool = True) -> str:
    """At most ``limit`` characters; what was cut ends with … Without ``lines``, all of it stands on one line."""
    text = text if lines else " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def fitted(template: str, context: dict[str, Any], layouts: Iterable[Layout]) -> str:
    """The page in the first layout that needs no second sheet; where none fits, in the last one.

    No layout may need more room than the one before it: after the first, the place is found by halving.
    """
    pages = _Pages(template, context, tuple(layouts))
    last = len(pages.layouts) - 1
    first = 0 if pages.fits(0) else bisect_left(range(last), True, lo=min(1, last), key=pages.fits)
    return pages.html(first)


class _Pages:
    """Each layout's page, made when it is asked for."""

    def __init__(self, template: str, context: dict[str, Any], layouts: tuple[Layout, ...]) -> None:
        self.template, self.context, self.layouts = template, context, layouts

    def html(self, number: int) -> str:
        layout = self.layouts[number]
        return render_to_string(self.template, {**self.context, **layout.content, "size": layout.size})

    def fits(self, number: int) -> bool:
        return page_count(self.html(number)) == 1
