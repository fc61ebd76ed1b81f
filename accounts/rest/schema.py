"""What the OpenAPI document says beside the serializers: problems, idempotency, what is null or left out."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import ListSerializer

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
        "request_id": {"type": "string"},
    },
}
PROBLEM_NAME = "Problem"
ALWAYS = ("400", "401", "403", "404", "406", "422", "429", "500")
ON_POST = ("409", "413", "415")


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
        names = ALWAYS + (ON_POST if self.method == "POST" else ())
        schema = {"$ref": f"#/components/schemas/{PROBLEM_NAME}"}
        content = {"application/problem+json": {"schema": schema}}
        return bodies | {
            name: {"description": "problem", "content": content} for name in names if name not in bodies
        }

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """Lists of rows say how many they take; the library forgets it."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        most = getattr(field, "max_length", None) if isinstance(field, ListSerializer) else None
        return schema | {"maxItems": most} if most else schema

    def _map_basic_serializer(self, serializer: Any, direction: Literal["request", "response"]) -> Any:
        """A field that ``SOMETIMES`` names is left out for some readers: it is not required."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        sometimes = getattr(serializer, "SOMETIMES", ())
        required = [name for name in schema.pop("required", []) if name not in sometimes]
        return {**schema, "required": required} if required else schema


def finish(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """The last pass over the document: the problem component, and null as a type, as OpenAPI 3.1 spells it."""
    result["components"]["schemas"][PROBLEM_NAME] = PROBLEM
    _say_null(result)
    return result


def _say_null(part: Any) -> None:
    if isinstance(part, dict):
        if part.pop("nullable", False) and "type" in part:
            part["type"] = [part["type"], "null"]
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            _say_null(item)
