"""Typed reading of one JSON object of a survey file: a wrong value is noted as a fault and read as absent."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from .faults import FaultLog, shown

# Beyond this, JSON readers of other languages no longer agree on an integer (RFC 8259, section 6).
MAX_INTEGER: Final = 2**53 - 1

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# fromisoformat takes any character between date and time, and seconds in an offset; ISO 8601 does not.
# A space there is what much software writes (RFC 3339), so it is taken.
_TIME: Final = re.compile(r"[0-9W-]+(?:[Tt ][0-9:.,]+(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?")


class Node:
    """One JSON object and where it stands in the file. Null and the empty string both count as absent."""

    def __init__(self, data: dict[str, Any], path: str, log: FaultLog) -> None:
        self._data = data
        self._log = log
        self._known: set[str] = set()
        self.path = path

    def at(self, name: str) -> str:
        """The path of a field of this object."""
        return f"{self.path}.{name}" if self.path else name

    def extra(self) -> dict[str, Any]:
        """The fields that nobody asked for so far: those that the format does not know."""
        return {name: value for name, value in self._data.items() if name not in self._known}

    def text(self, name: str) -> str | None:
        value = self._take(name)
        if value is None or isinstance(value, str):
            return value
        self.fault(name, "not_text")
        return None

    def number(self, name: str, least: int = 0) -> int | None:
        value = self._take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(name, "not_integer")
            return None
        if value < least:
            self.fault(name, "too_small", least=least)
            return None
        if value > MAX_INTEGER:
            self.fault(name, "too_large", most=MAX_INTEGER)
            return None
        return value

    def choice(self, name: str, values: Sequence[str]) -> str | None:
        value = self.text(name)
        if value is None or value in values:
            return value
        self.fault(name, "unknown_choice", value=shown(value), choices=", ".join(values))
        return None

    def moment(self, name: str) -> datetime | None:
        """A time with an offset; its fraction of a second is dropped here, before any check or measure."""
        value = self.text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value) if _TIME.fullmatch(value) else None
        except ValueError:
            moment = None
        if moment is None:
            self.fault(name, "bad_time")
            return None
        if moment.tzinfo is None:
            self.fault(name, "no_offset")
            return None
        return moment.replace(microsecond=0)

    def day(self, name: str) -> date | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            day = date.fromisoformat(value) if _DATE.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None:
            self.fault(name, "bad_date")
        return day

    def file_name(self, name: str) -> str | None:
        """A name without a folder: files come from elsewhere, and a photo must not lead out of its folder."""
        value = self.text(name)
        if value is None or (value not in {".", ".."} and not re.search(r"[/\\\x00-\x1f\x7f]", value)):
            return value
        self.fault(name, "bad_photo")
        return None

    # A required value that is missing or wrong stands as "" or 0: a survey with faults is never returned.

    def required_text(self, name: str) -> str:
        self._require(name)
        return self.text(name) or ""

    def required_number(self, name: str, least: int = 0) -> int:
        self._require(name)
        return self.number(name, least) or 0

    def required_choice(self, name: str, values: Sequence[str]) -> str:
        self._require(name)
        return self.choice(name, values) or ""

    def required_day(self, name: str) -> date:
        self._require(name)
        return self.day(name) or date.min

    def child(self, name: str) -> "Node | None":
        """The object in a field."""
        value = self._take(name)
        if value is None:
            return None
        if isinstance(value, dict):
            return Node(value, self.at(name), self._log)
        self.fault(name, "not_object")
        return self._silent(self.at(name))

    def children(self, name: str) -> "list[Node]":
        """The objects in a list. One that is no object is noted and keeps its place: indices stay true."""
        return [self._item(value, f"{self.at(name)}[{i}]") for i, value in enumerate(self._list(name))]

    def texts(self, name: str) -> tuple[str, ...]:
        """The strings in a list. An empty one keeps its place as ""; null is not a string."""
        return tuple(self._word(value, f"{self.at(name)}[{i}]") for i, value in enumerate(self._list(name)))

    def fault(self, name: str, code: str, **params: object) -> None:
        """Note a fault of a field of this object."""
        self._log.add(self.at(name), code, **params)

    def _take(self, name: str) -> Any:
        self._known.add(name)
        value = self._data.get(name)
        return None if isinstance(value, str) and not value else value

    def _require(self, name: str) -> None:
        if self._take(name) is None:
            self.fault(name, "missing")

    def _list(self, name: str) -> list[Any]:
        value = self._take(name)
        if value is None or isinstance(value, list):
            return value or []
        self.fault(name, "not_list")
        return []

    def _item(self, value: object, path: str) -> "Node":
        if isinstance(value, dict):
            return Node(value, path, self._log)
        self._log.add(path, "not_object")
        return self._silent(path)

    def _word(self, value: object, path: str) -> str:
        if isinstance(value, str):
            return value
        self._log.add(path, "not_text")
        return ""

    def _silent(self, path: str) -> "Node":
        # Stands in for a value of a wrong type: the fields it lacks are not faults of their own.
        return Node({}, path, FaultLog())
