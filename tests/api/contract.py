"""The OpenAPI document as the service serves it, and whether an answer is what it promises."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

URI = "urn:madoguchi:openapi"


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer inside a URI."""
    return name.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


class Contract:
    """Holds the document and remembers which operations were seen answering."""

    def __init__(self) -> None:
        response = Client().get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
        assert response.status_code == 200
        self.document: dict[str, Any] = json.loads(response.content)
        self.seen: set[tuple[str, str, str]] = set()

    @cached_property
    def _registry(self) -> Any:
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        return Registry().with_resource(URI, resource)

    @cached_property
    def _templates(self) -> list[tuple[re.Pattern[str], str]]:
        """Literal paths before those with parameters."""
        paths = sorted(self.document["paths"], key=lambda path: path.count("{"))
        return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path) for path in paths]

    def path_of(self, address: str) -> str:
        bare = address.partition("?")[0]
        return next(path for pattern, path in self._templates if pattern.fullmatch(bare))

    def check(self, method: str, address: str, response: Any) -> None:
        """The status is declared for the operation, and so is the type and form of what came with it."""
        path, status = self.path_of(address), str(response.status_code)
        operation = self.document["paths"][path][method]
        self.seen.add((method, path, status))
        assert status in operation["responses"], f"{method} {path} answered {status}: {response.content!r}"
        declared = operation["responses"][status].get("content", {})
        media = response["Content-Type"].partition(";")[0]
        assert media in declared, f"{method} {path} {status} is {media}, declared {sorted(declared)}"
        if media.endswith("json"):
            place = ["paths", path, method, "responses", status, "content", media, "schema"]
            self._validate("/".join(map(escaped, place)), response.json(), f"{method} {address} {status}")

    def _validate(self, pointer: str, answer: Any, where: str) -> None:
        schema = {"$ref": f"{URI}#/{pointer}"}
        checker = Draft202012Validator(
            schema, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        faults = [f"{error.json_path}: {error.message}" for error in checker.iter_errors(answer)]
        assert faults == [], f"{where}: {faults}"
