"""The OpenAPI document: well-formed, complete in what clients rely on, and true under requests nobody thought of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.api_tokens import issue_api_token
from tests.api.contract import Contract
from tests.factories.engagements import office
from tests.factories.plans import reported_plan
from tests.factories.rounds import OfferFactory

pytestmark = pytest.mark.django_db
EXAMPLES = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
ON_EVERYTHING = {"401", "403", "404", "422", "429", "500"}
ON_POST = {"400", "409", "413", "415"}
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@contextmanager
def one_connection() -> Iterator[None]:
    """Requests of the plain WSGI application share the test's transaction, as those of Django's client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def first_id(path: str, headers: dict[str, str]) -> int | str | None:
    """The id of some row of the path's resource."""
    rows = Client().get("/".join(path.split("/")[:4]) + "/", headers=headers).json()["results"]
    return (rows[0].get("id") or rows[0]["code"]) if rows else None


def test_the_document_is_openapi_31() -> None:
    document = Contract().document
    assert document["openapi"].startswith("3.1")
    validate_schema(document)
    assert "nullable" not in str(document)


def test_it_names_the_resources_of_the_road() -> None:
    paths = Contract().document["paths"]
    resources = {path.split("/")[3] for path in paths}
    road = {"applications", "offers", "engagements", "sessions", "surveys", "plans", "decisions"}
    assert road | {"documents", "events", "advisors", "calls", "municipalities"} <= resources
    for resource in road - {"surveys"}:
        assert f"/api/v1/{resource}/{{id}}/transitions/{{name}}/" in paths


def test_every_operation_says_how_it_refuses() -> None:
    found = list(operations(Contract().document))
    assert found
    for method, path, operation in found:
        problems = ON_EVERYTHING | (ON_POST if method == "post" else set())
        assert problems <= set(operation["responses"]), (method, path)
        for status in problems:
            assert set(operation["responses"][status]["content"]) == {"application/problem+json"}, path


def test_every_post_takes_an_idempotency_key() -> None:
    posts = [found for found in operations(Contract().document) if found[0] == "post"]
    assert posts
    for _method, path, operation in posts:
        headers = {item["name"] for item in operation["parameters"] if item["in"] == "header"}
        assert "Idempotency-Key" in headers, path


def test_reading_with_any_parameters_never_fails() -> None:
    """As the office, over rows of every resource: no 500, and every answer as documented."""
    reported_plan()
    OfferFactory()
    token = issue_api_token(user=office(), now=timezone.now())
    headers = {"Authorization": f"Bearer {token}"}
    known = {path: first_id(path, headers) for path in Contract().document["paths"]}
    statuses: Counter[int] = Counter()

    def ask(case: Any) -> None:
        name = next(iter(case.path_parameters), "")
        for pk in {case.path_parameters[name], known[case.path]} if name else {0}:
            if pk:
                case.path_parameters[name] = pk
            response = case.call(headers=headers)
            case.validate_response(response, checks=CHECKS)
            statuses[response.status_code] += 1

    with one_connection():
        schema = schemathesis.openapi.from_wsgi("/api/schema/", get_wsgi_application())
        for found in schema.include(method="GET").get_all_operations():
            EXAMPLES(given(case=found.ok().as_strategy())(ask))()
    assert statuses.total() > 20
    assert statuses[200] > statuses.total() / 3
