"""Whatever devices send, the day goes on: every sync is answered, and every page of the survey opens."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagements.survey import selectors
from engagements.survey.models import Survey, Tap
from engagements.survey.recorder import passes
from engagements.survey.recorder.declared import TAPS
from tests.factories.engagements import actor, contact_of
from tests.factories.survey import SurveyFactory
from tests.properties.amount import examples

pytestmark = pytest.mark.django_db

#: What no database, no calendar and no set keeps, and what is merely odd.
ODD = st.sampled_from(
    [
        "",
        "\x00",
        "\ud800",
        "x" * 3_000,
        "長" * 3_000,
        10**40,
        -1,
        1e308,
        True,
        None,
        [],
        {},
        ["a"],
        {"a": {}},
        "0001-01-01",
    ]
)
ANY = (
    ODD
    | st.text(max_size=8)
    | st.integers()
    | st.recursive(ODD, lambda part: st.lists(part, max_size=3), max_leaves=5)
)
#: Names that taps refer to each other by, few enough to meet.
VISIT = st.sampled_from(["v1", "v2", "u1", "u2"])
KNOWN: dict[str, list[Any]] = {
    "counter": ["市民課", "税務課"],
    "field": ["name", "phone", "my_number"],
    "how": ["written", "prefilled"],
    "outcome": ["done", "left"],
    "kind": ["problem", "idea"],
    "category": ["form", "wayfinding"],
    "text": ["番号札が見えない"],
    "ended": ["finished", "gave_up"],
    "times": [1, 3],
    "uid": ["u1", "u2"],
}
NOW = timezone.now()
MINUTES = st.integers(-600, 5).map(lambda minutes: (NOW + timedelta(minutes=minutes)).isoformat())
AT = MINUTES | st.sampled_from(
    [
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
        "1970-01-01T00:00:00Z",
        "2199-12-31T00:00:00Z",
        "x",
    ]
)


@st.composite
def tap(draw: Any) -> Any:
    """A tap that is nearly one: each part of it may be anything."""
    kind = draw(st.sampled_from([*TAPS]))
    data = {"visit": draw(VISIT)} | {
        name: draw(st.sampled_from(KNOWN[name])) for name in TAPS[kind] if name in KNOWN
    }
    made = {
        "uid": draw(st.sampled_from(["u1", "u2"]) | st.uuids().map(str)),
        "team": draw(st.sampled_from(["t1", "t1", "t2"])),
        "kind": kind,
        "at": draw(MINUTES),
        "data": data,
    }
    for name in draw(st.lists(st.sampled_from([*TAPS[kind], "other"]), max_size=2)):
        data[name] = draw(ANY)
    if draw(st.integers(0, 4)) == 0:
        made[draw(st.sampled_from([*made]))] = draw(ANY | AT)
    return made


BODY = st.fixed_dictionaries(
    {"taps": st.lists(tap() | ANY, min_size=5, max_size=40)},
    optional={"team": st.just("t1") | ANY, "cursor": st.just(0) | ANY, "now": AT | ANY, "last": AT | ANY},
)
END = {"uid": "end", "team": "t1", "kind": "end", "at": NOW.isoformat(), "data": {"ended": "finished"}}


@pytest.fixture
def survey() -> Survey:
    return SurveyFactory(records__teams=1)


def pages(survey: Survey) -> list[str]:
    here = f"/surveys/{survey.pk}"
    ids = [route["id"] for route in selectors.latest_document(survey)["routes"]]
    made = [f"{here}/{part}/{id}/" for part in ("grid", "timeline") for id in ids if id.startswith("day-")]
    return [f"{here}/", f"{here}/records/", f"{here}/day/recording/", f"{here}/file/", *made]


@settings(max_examples=examples(10), deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies=st.lists(BODY, min_size=1, max_size=3))
def test_rubbish_from_devices_breaks_neither_sync_nor_page(survey: Survey, bodies: list[Any]) -> None:
    contact = contact_of(survey.engagement)
    with transaction.atomic():
        day = passes.open_day(survey, actor=actor(contact), now=NOW)
        _recorder, key = passes.join(day, pin=passes.pin_of(day), name="一子", now=NOW)
        device, person = Client(raise_request_exception=False), Client(raise_request_exception=False)
        headers = {"Authorization": f"Recorder {key}"}
        person.force_login(contact)
        for body in [*bodies, {"taps": [END], "team": "t1"}]:
            sent = json.dumps(body)
            answer = device.post("/record/sync/", sent, content_type="application/json", headers=headers)
            assert answer.status_code == 200, answer.content
        assert Tap.objects.filter(uid="end").exists()
        opened = {address: person.get(address).status_code for address in pages(survey)}
        # A walk without a single time has no timeline: its address leads to the grid.
        assert {status for status in opened.values() if status >= 400} == set(), opened
        transaction.set_rollback(True)
