"""A failure under production's settings: the number on the page leads to a line of the log, and the admins hear of it."""

import contextlib
import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.commands.processes import DEADLINE_SECONDS, eventually, free_port
from tests.faults.installation import WEB, Installation, answers

pytestmark = [pytest.mark.own_database, pytest.mark.long]

ADMIN = "keeper@ministry.example.test"
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "tests.faults.production",
    "SECRET_KEY": "a-secret-of-the-test-only-a-secret-of-the-test-only-0000",
    "ALLOWED_HOSTS": "127.0.0.1",
    "MADOGUCHI_ADMINS": ADMIN,
}
TABLE = "engagement_applications_call"


Answer = tuple[int, str, str]


@contextlib.contextmanager
def broken(installation: Installation) -> Iterator[None]:
    """A table that the page of a call reads is not there."""
    installation.execute(f"ALTER TABLE {TABLE} RENAME TO taken_away")
    try:
        yield
    finally:
        installation.execute(f"ALTER TABLE taken_away RENAME TO {TABLE}")


def asked(port: int, path: str, **headers: str) -> Answer:
    """Status, the answer's number and its text."""
    connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE_SECONDS)
    connection.request("GET", path, headers={"X-Forwarded-Proto": "https", "X-Request-Id": "mine"} | headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, response.headers["X-Request-Id"], text


def lines(installation: Installation, number: str) -> list[dict[str, Any]]:
    """What the log says of one request; each line is a JSON object."""
    return [json.loads(line) for line in installation.output().splitlines() if f'"{number}"' in line]


def test_the_number_of_the_page_stands_in_the_log_and_in_the_mail(
    installation: Installation, token: str
) -> None:
    port = free_port()
    command = (*WEB, "--bind", f"127.0.0.1:{port}", "--no-control-socket")
    with installation.running(*command, **PRODUCTION):
        assert eventually(lambda: answers(port)), installation.output()
        with broken(installation):
            page = asked(port, "/calls/1/?q=hanako")
            problem = asked(port, "/api/v1/calls/", Authorization=f"Bearer {token}")
    for status, number, text in (page, problem):
        assert status == 500
        assert re.fullmatch(r"[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}", number)
        assert number in text
        failed, told = lines(installation, number)
        assert (failed["level"], failed["logger"], failed["status"]) == ("error", "django.request", 500)
        assert failed["event"] == "Internal Server Error"
        assert failed["error"][0]["type"].startswith("django.db.utils.")
        assert failed["error"][0]["at"]
        assert (told["event"], told["method"], told["status"]) == ("request", "GET", 500)
    assert json.loads(problem[2])["request_id"] == problem[1]
    places = lines(installation, page[1])[0]["error"][0]["at"]
    assert any(place.startswith("engagements/applications/call_pages.py:") for place in places)
    assert [line["route"] for line in lines(installation, page[1]) if "route" in line] == ["calls/<int:pk>/"]
    assert "hanako" not in installation.output()
    mails = installation.query("SELECT body FROM workflow_outbox WHERE address = %s ORDER BY id", ADMIN)
    assert [page[1] in mails[0][0], problem[1] in mails[-1][0]] == [True, True]
