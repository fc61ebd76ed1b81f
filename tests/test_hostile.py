"""Whatever is sent to any address that takes a POST is refused before anything of the domain is looked up.

Generated from the addresses of all pages and from the API's own document; each is asked as somebody who may. A program
gets a problem document. A page answers 413 or 400 with what to do, or shows its form again: a year that nobody means is
typed by people too, and their form has to come back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django import forms
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import permissions
from accounts.standings import actor_for
from accounts.table import TABLE
from config.urls import router
from engagements.survey.recorder import passes
from tests.api.contract import Contract
from tests.factories.everything import Everything, everything
from tests.test_addresses import HOLDABLE, address, own_pages, signed_in, taken, target_of
from tests.test_limits import own_forms
from workflow.doors import all_rules
from workflow.inputs import Kind

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MANY, DEEP = 100_000, 50_000
#: Who it is and what they may do: looked up before anything is read.
WHO = {
    "accounts_user",
    "accounts_membership",
    "accounts_apitoken",
    "accounts_signedlink",
    "engagements_engagementrole",
    "django_session",
}
#: Pages that take JSON; all others take forms.
JSON_PAGES = {"drafts", "link-drafts", "recorder-join", "recorder-sync", "workshop-exchange"}
#: Pages that take what libraries do, or a file as the body, or nothing that they read.
OTHERS = {"recorder-photo"}

FORMS = {
    "100,000 rows": "&".join(f"row={n}" for n in range(MANY)),
    "5 MB of text": f"reason={'x' * 5_000_000}",
    "NUL": "reason=a%00b",
}
BODIES = {
    "100,000 rows": json.dumps({"rows": [{}] * MANY, "taps": [{}] * MANY, "document": [{}] * MANY}),
    "5 MB of text": json.dumps({"document": "x" * 5_000_000, "text": "x" * 5_000_000}),
    "50,000 deep": '{"document":' + "[" * DEEP + "]" * DEEP + "}",
    "50,000 deep and open": '{"a":' * DEEP,
    "no JSON": b"\xff\xfe{",
}
#: What one value holds; where anybody may send anything inside of a value, that value is set aside instead.
VALUES = {
    "NUL": '{"document": {"a": "\\u0000"}, "reason": "\\u0000"}',
    "half a character": '{"document": {"a": "\\ud800"}, "reason": "\\ud800"}',
    "NaN": '{"document": {"a": NaN}, "reason": -Infinity, "revision": NaN}',
    "a number beyond every float": '{"document": {"a": 1e999}, "revision": 1e999}',
    "a number beyond every database": f'{{"document": {{"a": {10**40}}}, "revision": -{10**40}}}',
    "year 1": '{"document": {"a": "0001-01-01"}, "occurred_at": "0001-01-01T00:00:00+09:00"}',
    "year 9999": '{"document": {"a": "9999-12-31"}, "occurred_at": "9999-12-31T23:59:59-09:00"}',
}


@dataclass(frozen=True)
class Asked:
    """An address, who asks, and with which headers."""

    name: str
    where: str
    client: Client
    headers: dict[str, str]

    def post(self, body: str | bytes, content_type: str) -> tuple[Any, set[str]]:
        """The answer, and the tables that were looked at for it."""
        with CaptureQueriesContext(connection) as seen:
            answer = self.client.post(self.where, body, content_type=content_type, headers=self.headers)
        return answer, {table for query in seen if (table := asked_of(query["sql"]))}


def asked_of(sql: str) -> str:
    """The table that a query is about; what is joined to it belongs to the same question."""
    found = re.search(r'(?:FROM|INTO|UPDATE)\s+"([a-z_]+)"', sql)
    return found[1] if found else ""


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker) -> Iterator[Everything]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield everything()
        transaction.set_rollback(True)


def who_may(action: str, made: Everything, *, about_one: bool) -> str:
    """A role that may do it here: the first that the table and its relation let in."""
    return next(
        role
        for role in HOLDABLE
        if role in TABLE[action]
        and (
            not about_one or permissions.allows(actor_for(made.people[role]), action, target_of(action, made))
        )
    )


@pytest.fixture(scope="module")
def pages(town: Everything, django_db_blocker) -> list[Asked]:
    with django_db_blocker.unblock():
        key = passes.join(
            town.of["recorder_day"], pin=passes.pin_of(town.of["recorder_day"]), name="A", now=NOW
        )[1]
        clients = {role: signed_in(user) for role, user in town.people.items()}
        return [*_pages(town, clients, {"Authorization": f"Recorder {key}"})]


def _pages(made: Everything, clients: dict[str, Client], device: dict[str, str]) -> Iterator[Asked]:
    for route, item in own_pages():
        where, action = address(route, item, made), item.callback.action
        if not taken("post", where):
            continue
        if action == "public":
            yield Asked(item.name, where, Client(raise_request_exception=False), device)
            continue
        role = "contact" if action == "signed_in" else who_may(action, made, about_one="<" in route)
        yield Asked(item.name, where, clients[role], {})


@pytest.fixture(scope="module")
def operations(town: Everything, django_db_blocker) -> list[Asked]:
    """Every POST of the API's document, on an object that is there."""
    with django_db_blocker.unblock():
        viewsets = {prefix: viewset for prefix, viewset, _name in router.registry}
        clients = {role: signed_in(user) for role, user in town.people.items()}
        found = []
        for path, methods in Contract().document["paths"].items():
            if "post" not in methods:
                continue
            resource = viewsets[path.split("/")[3]].resource
            where = (
                path.replace("{id}", str(town.of[resource].pk))
                .replace("{name}", "withdraw")
                .replace("{row}", "1")
            )
            role = who_may(f"{resource}.view", town, about_one=True)
            found.append(Asked(path, where, clients[role], {}))
        return found


def test_there_is_something_to_ask(pages: list[Asked], operations: list[Asked]) -> None:
    names = {asked.name for asked in pages}
    assert len(pages) > 80
    assert len(operations) > 20
    assert names >= JSON_PAGES | OTHERS


@pytest.mark.parametrize("kind", FORMS)
def test_no_page_looks_anything_up_for_a_form_that_is_too_much(pages: list[Asked], kind: str) -> None:
    wanted = 413 if "NUL" not in kind else 400
    faults = []
    for asked in pages:
        answer, tables = asked.post(FORMS[kind], "application/x-www-form-urlencoded")
        if (
            answer.status_code != wanted
            or ("前の画面" not in answer.content.decode() and wanted == 400)
            or tables - WHO
        ):
            faults.append((asked.name, answer.status_code, sorted(tables - WHO)))
    assert faults == []


@pytest.mark.parametrize("kind", [*BODIES, *VALUES])
def test_no_page_that_takes_json_falls_over_it(pages: list[Asked], kind: str) -> None:
    """What a device says inside of a tap is never a reason to refuse the others: such values may be taken."""
    faults = []
    for asked in pages:
        if asked.name not in JSON_PAGES:
            continue
        answer, tables = asked.post((BODIES | VALUES)[kind], "application/json")
        if not 400 <= answer.status_code < 500 or (kind in BODIES and tables - WHO):
            faults.append((asked.name, answer.status_code, sorted(tables - WHO)))
    assert faults == []


@pytest.mark.parametrize("kind", [*BODIES, *VALUES])
def test_the_api_refuses_with_a_problem_before_it_looks_anything_up(
    operations: list[Asked], kind: str
) -> None:
    faults = []
    for asked in operations:
        answer, tables = asked.post((BODIES | VALUES)[kind], "application/json")
        fits = answer.status_code in (400, 413, 422) and answer["Content-Type"] == "application/problem+json"
        if not fits or not answer.json()["detail"] or tables - WHO:
            faults.append((asked.name, answer.status_code, sorted(tables - WHO)))
    assert faults == []


def test_a_year_that_nobody_means_breaks_no_page(pages: list[Asked]) -> None:
    """Every page gets every name under which any form of ours asks for a day or an hour."""
    names = {
        name
        for form in own_forms()
        for name, field in form.base_fields.items()
        if isinstance(field, forms.DateField | forms.DateTimeField)
    }
    names |= {
        spec.name
        for _machine, _model, rule in all_rules()
        for spec in rule.inputs
        if spec.kind in (Kind.DATE, Kind.DATETIME)
    }
    assert len(names) > 15
    for text in ("0001-01-01", "9999-12-31T23:59"):
        sent = "&".join(f"{name}={text}" for name in sorted(names))
        answers = {
            asked.name: asked.post(sent, "application/x-www-form-urlencoded")[0].status_code
            for asked in pages
        }
        assert {name: status for name, status in answers.items() if status >= 500} == {}
