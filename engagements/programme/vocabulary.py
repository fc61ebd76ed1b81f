"""The life events that towns apply with, surveys walk through and plans change: one list for every room."""

from __future__ import annotations

from collections.abc import Iterable

from advisors.vocabulary import LIFE_EVENTS

__all__ = ["LIFE_EVENTS", "LIFE_EVENT_LABELS", "life_event_labels"]

LIFE_EVENT_LABELS = dict(LIFE_EVENTS)


def life_event_labels(codes: Iterable[str]) -> list[str]:
    """The words for codes, in the order given; an unknown code stands for itself."""
    return [str(LIFE_EVENT_LABELS.get(code, code)) for code in codes]
