"""What the log of a whole road says of the people on it: nothing. Not a name, not an address, not a token."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import SignedLink, User
from config import logs
from engagements.applications.models import Application
from tests.factories.engagements import PASSWORD
from tests.journeys.test_services import Road
from workflow import Mail, outbox
from workflow.models import EventPersonal, Outbox

pytestmark = pytest.mark.django_db
OURS = ("workflow", "accounts", "advisors", "engagements", "oversight", "municipalities", "config")
#: Weigh little and speak of requests, mails and jobs.
OTHERS = ("django", "allauth", "django-q", "rest_framework")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that production would write, and more: our own loggers and Django's at DEBUG."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter(json=True))
    loggers = {name: logging.getLogger(name) for name in (*OURS, *OTHERS)}
    levels = {name: logger.level for name, logger in loggers.items()}
    logging.getLogger().addHandler(handler)
    for logger in loggers.values():
        logger.setLevel(logging.DEBUG)
    yield stream
    logging.getLogger().removeHandler(handler)
    for name, logger in loggers.items():
        logger.setLevel(levels[name])


def walk() -> Road:
    road = Road()
    road.apply()
    road.be_accepted()
    road.find_an_advisor()
    road.meet(1, carries="engagement.start_training", confirming="engagement.start_survey")
    road.meet(2, confirming="engagement.start_reporting")
    road.survey()
    road.write_plan()
    road.meet(3)
    road.report()
    return road


def read_and_err(road: Road, token: str) -> None:
    """Pages with names in what is asked for: found, missing, refused, broken; a mail that nobody takes."""
    client = Client(raise_request_exception=False)
    for password in ("hanako-no-himitsu", PASSWORD):
        client.post("/accounts/login/", {"login": road.people.contact.email, "password": password})
    client.get("/", {"q": "見本 花子"})
    client.get("/engagements/", {"search": road.people.contact.email})
    client.get(f"/l/{token}/")
    client.get("/見本花子/nowhere/")
    client.get(f"/l/{token}x/")
    client.post("/accounts/password/reset/", {"email": "nobody@nowhere.example.test"})
    client.get("/api/v1/engagements/", {"search": "花子"}, headers={"Authorization": f"Bearer {token}"})
    client.get("/calls/", headers={"Host": "hanako.example.test"})
    outbox.put(
        [Mail("broken@nowhere.example.test\nBcc: x", "件名", "本文")],
        event=None,
        now=road.people.call.opens_at,
    )
    outbox.drain()


def words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from words(each)
    elif isinstance(value, str):
        yield value


def invented() -> set[str]:
    """Every name, address and typed word that the database keeps, and every token that was sent."""
    found = {word for row in EventPersonal.objects.all() for word in words(json.loads(row.payload))}
    for model, names in (
        (User, ("name", "email", "section")),
        (SignedLink, ("address", "name")),
        (Outbox, ("address", "subject")),
        (Application, ("contact_name", "contact_email", "approver_name", "approver_email", "aims")),
    ):
        for row in model.objects.values_list(*names):
            found.update(row)
    for body in Outbox.objects.values_list("body", flat=True):
        found.update(re.findall(r"/l/([^/]+)/", body))
    return {word for word in found if len(word) > 3} | {"hanako", "花子", "nobody@", "himitsu"}


def test_the_log_of_a_whole_road_knows_nobody(log: io.StringIO) -> None:
    road = walk()
    found = re.search(r"/l/([^/]+)/", mail.outbox[-1].body)
    assert found
    read_and_err(road, found[1])
    text = log.getvalue()
    told = [json.loads(line) for line in text.splitlines()]
    searched = invented()
    assert len(searched) > 40
    assert sorted(word for word in searched if word in text) == []
    assert {"request", "job done", "job failed"} <= {line["event"] for line in told}
    assert all(
        line.get("request_id") or line.get("job") for line in told if line["event"] in ("request", "job done")
    )
    assert {line["status"] for line in told if line["event"] == "request"} >= {200, 302, 404}
