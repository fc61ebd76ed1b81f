"""What the OpenAPI document says beside the serializers: problems, idempotency."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reasons": {"type": "array", "items": {"type": "string"}},
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}
ALWAYS = ("401", "403", "404")
ON_POST = ("400", "409", "413", "415", "422", "429")


class Schema(AutoSchema):
    """Adds the problem answers to every operation and the idempotency header to every POST."""

    def get_override_parameters(self) -> list[Any]:
        if self.method != "POST":
            return []
        return [
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="any text, once")
        ]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        names = ALWAYS + (ON_POST if self.method == "POST" else ("400",))
        content = {"application/problem+json": {"schema": PROBLEM}}
        return bodies | {
            name: {"description": "problem", "content": content} for name in names if name not in bodies
        }
