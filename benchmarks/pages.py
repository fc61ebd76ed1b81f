"""Homes and the engagement list through Django's test client: requests a second, and queries a request."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.demo import DOMAIN
from accounts.models import User
from benchmarks.figures import spread


class Page(NamedTuple):
    name: str
    account: str
    path: str


PAGES = (
    Page("home: town", "town", "/"),
    Page("home: advisor", "advisor", "/"),
    Page("home: secretariat", "secretariat", "/"),
    Page("home: plain list", "approver", "/"),
    Page("engagement list: open", "secretariat", "/engagements/"),
    Page("engagement list: all", "secretariat", "/engagements/?state=all"),
)


def measure(size: int, *, runs: int, requests: int) -> list[dict[str, Any]]:
    """Each page ``runs`` times ``requests`` requests, after one that fills the caches."""
    return [
        {"size": size, "page": page.name, "path": page.path} | _measure(page, runs, requests)
        for page in PAGES
    ]


def _measure(page: Page, runs: int, requests: int) -> dict[str, Any]:
    client = Client()
    client.force_login(User.objects.get(email=f"{page.account}@{DOMAIN}"))
    _get(client, page.path)
    with CaptureQueriesContext(connection) as captured:
        _get(client, page.path)
        queries = len(captured)
    seconds = [_timed(client, page.path, requests) / requests for _run in range(runs)]
    return {
        "queries": queries,
        "requests_per_second": spread((1 / each for each in seconds), 1),
        "milliseconds": spread((1000 * each for each in seconds), 1),
    }


def _get(client: Client, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def _timed(client: Client, path: str, requests: int) -> float:
    start = time.perf_counter()
    for _request in range(requests):
        _get(client, path)
    return time.perf_counter() - start
