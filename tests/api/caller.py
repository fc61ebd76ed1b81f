"""A client with nothing but a token. Every answer it gets is held against the OpenAPI document."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.api_tokens import issue_api_token
from accounts.models import User
from tests.api.contract import Contract

_keys = count(1)


class Caller:
    """``post`` sends an Idempotency-Key of its own unless one is given."""

    def __init__(self, user: User, contract: Contract) -> None:
        self.contract = contract
        self.headers = {"Authorization": f"Bearer {issue_api_token(user=user, now=timezone.now())}"}
        self.client = Client(raise_request_exception=False)

    def get(self, address: str) -> Any:
        response = self.client.get(f"/api/v1/{address}", headers=self.headers)
        self.contract.check("get", f"/api/v1/{address}", response)
        return response

    def post(self, address: str, body: Any = None, *, key: str = "") -> Any:
        response = self.client.post(
            f"/api/v1/{address}",
            {} if body is None else body,
            content_type="application/json",
            headers=self.headers | {"Idempotency-Key": key or f"key-{next(_keys)}"},
        )
        self.contract.check("post", f"/api/v1/{address}", response)
        return response

    def do(self, resource: str, name: str, **fields: Any) -> Any:
        """One transition of ``applications/3``; the list of transitions has to have offered it."""
        offered = self.transitions(resource)[name]
        assert offered["allowed"], offered["reasons"]
        required = {spec["name"] for spec in offered["fields"] if spec["required"]}
        assert required <= set(fields) <= {spec["name"] for spec in offered["fields"]}
        response = self.post(f"{resource}/transitions/{name}/", fields)
        assert response.status_code == 200, response.json()
        return response.json()

    def transitions(self, resource: str) -> dict[str, Any]:
        return {row["name"]: row for row in self.get(f"{resource}/transitions/").json()}
