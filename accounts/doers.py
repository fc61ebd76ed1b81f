"""Who did something, as a reader may know it: towns learn that the office acted, not which of its staff."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Role
from workflow.models import Event


@dataclass(frozen=True, slots=True)
class Doer:
    """``name`` is empty where it was erased; for the office it is the office's unless its staff may be named."""

    is_system: bool
    is_office: bool
    name: str

    @property
    def polite(self) -> str:
        """The name with さん; the office and the service as 事務局."""
        if self.is_system:
            return str(Role.SECRETARIAT.label)
        if self.is_office or not self.name:
            return self.name or _("(消去済み)")
        return _("%(name)sさん") % {"name": self.name}


def doer_of(event: Event, *, names_office: bool = False) -> Doer:
    """Events must have ``personal`` joined; no query. ``names_office``: the reader is of the office themselves."""
    personal = personal_of(event)
    is_office = acted_for_office(json.loads(event.canonical), personal)
    label = str(Role.SECRETARIAT.label)
    name = label if is_office and not names_office else str(personal.get("actor") or "")
    return Doer(event.actor_key.startswith("system:"), is_office and not names_office, name)


def personal_of(event: Event) -> dict[str, Any]:
    """Names and free text of an event; empty once they were erased."""
    row = getattr(event, "personal", None)
    return dict(json.loads(row.payload)) if row else {}


def acted_for_office(content: dict[str, Any], personal: dict[str, Any]) -> bool:
    """A fact of the event; of those from before it was kept, the body's name in any language tells it."""
    return content.get("office") is True or personal.get("body") in _labels()


@cache
def _labels() -> frozenset[str]:
    found = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.add(str(Role.SECRETARIAT.label))
    return frozenset(found)
