"""Bodies of requests, under the limits of whoever takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser

from workflow.incoming import Limits, read_json, refuse_unfit

#: What a resource takes where it says nothing else: a whole plan has some thousand values.
LIMITS: Final = Limits(size=1 << 20)


def _limits(context: Mapping[str, Any] | None) -> Limits:
    found: Limits = getattr((context or {}).get("view"), "limits", LIMITS)
    return found


class JSONBody(JSONParser):
    """JSON that was measured before it was read. Raises ``DoorError``."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limits = _limits(parser_context)
        return read_json(stream.read(limits.size + 1), limits)


class FormBody(MultiPartParser):
    """Forms with files: Django counts their fields and bytes, here is looked at what the fields say."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles[Any, Any]:
        found = super().parse(stream, media_type, parser_context)
        refuse_unfit(dict(found.data.lists()))
        return found
