"""Engagements, sessions and events over HTTP, as each role."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Role
from tests.factories.engagements import (
    EngagementFactory,
    advisor_of,
    contact_of,
    member,
    office,
    session_of,
)
from tests.sessions.helpers import LOG, confirm, hold, log, meeting

pytestmark = pytest.mark.django_db


def get(client: Client, user: object, path: str) -> Any:
    client.force_login(user)
    return client.get(f"/api/v1/{path}")


def post(client: Client, user: object, path: str, body: dict, **headers: str) -> Any:
    client.force_login(user)
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def test_only_ones_own_engagements_are_listed(client: Client) -> None:
    own, other = EngagementFactory(), EngagementFactory()
    for user in (contact_of(own), advisor_of(own)):
        rows = get(client, user, "engagements/").json()["results"]
        assert [row["reference"] for row in rows] == [own.reference]
        assert rows[0]["municipality"] == own.municipality_id
        assert get(client, user, f"engagements/{other.pk}/").status_code == 404
        assert get(client, user, f"engagements/{other.pk}/transitions/").status_code == 404
        assert get(client, user, f"sessions/?engagement={other.pk}").json()["results"] == []
    assert len(get(client, office(), "engagements/").json()["results"]) == 2
    assert get(client, member(Role.EMPLOYER, own.municipality), "engagements/").status_code == 403


def test_filters_are_named_after_fields(client: Client) -> None:
    own, other = EngagementFactory(), EngagementFactory()
    boss = office()
    for query in (
        f"municipality={own.municipality_id}",
        f"reference={own.reference}",
        f"search={own.municipality_name}",
    ):
        rows = get(client, boss, f"engagements/?{query}").json()["results"]
        assert [row["id"] for row in rows] == [own.pk]
    assert other.pk != own.pk
    assert get(client, boss, "engagements/?state=agreed").json()["results"] == []
    assert get(client, boss, "engagements/?state=nonsense").status_code == 422


def test_a_session_is_planned_and_logged_by_clients(client: Client) -> None:
    engagement = EngagementFactory()
    session = session_of(engagement, 1)
    town, lead = contact_of(engagement), advisor_of(engagement)
    body = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in meeting(5).items()
    }
    assert (
        post(client, town, f"sessions/{session.pk}/transitions/schedule/", body).json()["state"]
        == "scheduled"
    )
    shown = get(client, town, f"sessions/{session.pk}/").json()
    assert [day["place"] for day in shown["meetings"]] == ["本庁舎"]
    other = hold(EngagementFactory(), 1)
    sent = LOG | {"log_attendance": [{"section": "町民課", "count": 3}]}
    answer = post(client, advisor_of(other.engagement), f"sessions/{other.pk}/transitions/log/", sent)
    assert answer.json()["state"] == "logged"
    assert post(client, lead, f"sessions/{other.pk}/transitions/log/", sent).status_code == 404


def test_refusals_have_their_status_and_sentences(client: Client) -> None:
    engagement = EngagementFactory()
    second, town = session_of(engagement, 2), contact_of(engagement)
    body = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in meeting(5).items()
    }
    answer = post(client, town, f"sessions/{second.pk}/transitions/schedule/", body)
    assert answer.status_code == 422
    assert "① 研修の日程が決まると" in answer.json()["reasons"][0]
    assert post(client, town, f"sessions/{second.pk}/transitions/confirm/", {}).status_code == 409
    assert post(client, town, f"sessions/{second.pk}/transitions/cancel/", {"reason": "x"}).status_code == 403
    listed = get(client, town, f"sessions/{second.pk}/transitions/").json()
    rows = {row["name"]: row for row in listed}
    assert not rows["schedule"]["allowed"]
    assert "cancel" not in rows


def test_ticks_are_posted_once(client: Client) -> None:
    engagement = EngagementFactory()
    session = session_of(engagement, 1)
    item = session.kind.checklist.first().pk
    town = contact_of(engagement)
    answer = post(client, town, f"sessions/{session.pk}/tick/", {"item": item}, **{"Idempotency-Key": "t1"})
    assert answer.json()[0]["done_at"] is not None
    answer = post(client, town, f"sessions/{session.pk}/tick/", {"item": item, "done": False})
    assert answer.json()[0]["done_at"] is None
    assert post(client, town, f"sessions/{session.pk}/tick/", {"item": 999999}).status_code == 422
    assert post(client, town, f"sessions/{session.pk}/tick/", {"item": "x"}).status_code == 422
    stranger = contact_of(EngagementFactory())
    assert post(client, stranger, f"sessions/{session.pk}/tick/", {"item": item}).status_code == 404


def test_events_are_filtered_by_who_asks(client: Client) -> None:
    own, other = EngagementFactory(), EngagementFactory()
    confirm(own, 1)
    log(other, 1, log_summary="よその町のひみつ")
    for user in (contact_of(own), advisor_of(own)):
        answer = get(client, user, "events/?page_size=200")
        assert {row["context"] for row in answer.json()["results"]} == {f"engagement:{own.pk}"}
        assert "ひみつ" not in answer.content.decode()
        foreign = get(client, office(), f"events/?context=engagement:{other.pk}").json()["results"][0]["id"]
        assert get(client, user, f"events/{foreign}/").status_code == 404
    rows = get(client, contact_of(own), "events/?type=session.confirm").json()["results"]
    assert [row["type"] for row in rows] == ["session.confirm"]
    assert client.post("/api/v1/events/", {}).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_queries_for_any_number(
    client: Client, rows: int, django_assert_max_num_queries: Any
) -> None:
    for _number in range(rows):
        confirm(EngagementFactory(), 1)
    client.force_login(office())
    for path, limit in (("engagements/", 18), ("sessions/", 11), ("events/", 7)):
        with django_assert_max_num_queries(limit):
            client.get(f"/api/v1/{path}")
