"""Documents that promise to be one A4 page: the first layout that fits is printed."""

from __future__ import annotations

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
    """The page in the first layout that needs no second sheet; where none fits, in the last one."""
    html = ""
    for layout in layouts:
        html = render_to_string(template, {**context, **layout.content, "size": layout.size})
        if page_count(html) == 1:
            break
    return html
