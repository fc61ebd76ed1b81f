"""The log page and the small forms, as each role sees them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from tests.factories.engagements import (
    EngagementFactory,
    advisor_of,
    contact_of,
    member,
    session_of,
)
from tests.look.markup import Page
from tests.sessions.helpers import LOG, at, confirm, hold, log, schedule

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]

FORM = {name: LOG[name] for name in ("log_summary", "log_next_step", "log_next_by", "log_hours")} | {
    "section": ["町民課", "", "税務課"],
    "count": ["8", "", "2"],
}


def signed_in(client: Client, user: object) -> Client:
    client.force_login(user)
    return client


def test_the_form_is_prefilled_and_sends_the_log(client: Client) -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1, -1, now=at(-5))
    signed_in(client, advisor_of(engagement))
    page = client.get(f"/sessions/{session.pk}/log/").content.decode()
    day = timezone.localdate() - timedelta(days=1)
    assert f'value="{day.isoformat()}"' in page
    assert 'value="2.00"' in page
    answer = client.post(f"/sessions/{session.pk}/log/", FORM | {"held_on": day.isoformat()})
    assert answer.status_code == 302
    stored = session_of(engagement, 1)
    assert (stored.state, stored.held_on) == ("logged", day)
    assert stored.log_attendance == [{"section": "町民課", "count": 8}, {"section": "税務課", "count": 2}]


def test_what_was_typed_comes_back_with_a_sentence_a_field(client: Client) -> None:
    engagement = EngagementFactory()
    session = hold(engagement, 1)
    signed_in(client, advisor_of(engagement))
    typed = FORM | {"log_hours": "99", "count": ["いくつか", "", "2"], "log_summary": "<b>話し合い</b>"}
    answer = client.post(f"/sessions/{session.pk}/log/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "&lt;b&gt;話し合い&lt;/b&gt;" in page
    assert 'value="いくつか"' in page
    assert 'id="id_log_hours_error"' in page
    typed["log_hours"] = "2"
    page = client.post(f"/sessions/{session.pk}/log/", typed).content.decode()
    assert "1行目は" in page
    assert session_of(engagement, 1).state == "held"


def test_a_section_that_the_page_offered_may_stay_without_a_number(client: Client) -> None:
    engagement = EngagementFactory()
    log(engagement, 1)
    session = hold(engagement, 2)
    signed_in(client, advisor_of(engagement))
    address = f"/sessions/{session.pk}/log/"
    offered = [
        field["value"] for field in Page(client.get(address).content.decode()).all("input", name="offered")
    ]
    assert offered == ["町民課", "税務課"]
    typed = FORM | {"offered": offered, "section": [*offered, "福祉課"], "count": ["8", "", ""]}
    answer = client.post(address, typed)
    assert (answer.status_code, "2行目は" in answer.content.decode()) == (422, True)
    assert client.post(address, typed | {"count": ["8", "", "3"]}).status_code == 302
    assert session_of(engagement, 2).log_attendance == [
        {"section": "町民課", "count": 8},
        {"section": "福祉課", "count": 3},
    ]


def test_a_day_that_does_not_exist_is_said_at_its_field(client: Client) -> None:
    engagement = EngagementFactory()
    session = schedule(engagement, 1, -1, now=at(-5))
    signed_in(client, advisor_of(engagement))
    answer = client.post(f"/sessions/{session.pk}/log/", FORM | {"held_on": "2026-02-31"})
    assert answer.status_code == 422
    assert session_of(engagement, 1).state == "scheduled"


def test_a_late_log_asks_for_the_day_and_the_reason(client: Client) -> None:
    engagement = EngagementFactory()
    session = session_of(engagement, 1)
    signed_in(client, advisor_of(engagement))
    assert 'name="reason"' in client.get(f"/sessions/{session.pk}/log/").content.decode()
    late = FORM | {"held_on": timezone.localdate().isoformat(), "reason": "入力が遅れた"}
    assert client.post(f"/sessions/{session.pk}/log/", late).status_code == 302
    assert session_of(engagement, 1).state == "logged"


def test_a_double_click_is_one_log(client: Client) -> None:
    engagement = EngagementFactory()
    session = hold(engagement, 1)
    signed_in(client, advisor_of(engagement))
    for _time in range(2):
        assert (
            client.post(f"/sessions/{session.pk}/log/", FORM | {"idempotency_key": "k1"}).status_code == 302
        )


def test_the_town_reads_the_record_and_confirms_it(client: Client) -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1, log_summary="<script>alert(1)</script>")
    signed_in(client, contact_of(engagement))
    page = client.get(f"/sessions/{session.pk}/log/").content.decode()
    assert "この内容で確認する" in page
    assert "<script>alert(1)" not in page
    assert client.post(f"/do/session/{session.pk}/confirm/").status_code == 302
    assert session_of(engagement, 1).state == "confirmed"


def test_a_correction_is_shown_with_the_stored_values(client: Client) -> None:
    engagement = EngagementFactory()
    session = confirm(engagement, 1)
    signed_in(client, advisor_of(engagement))
    assert 'name="log_summary"' not in client.get(f"/sessions/{session.pk}/log/").content.decode()
    page = client.get(f"/sessions/{session.pk}/log/?correct=1").content.decode()
    assert LOG["log_summary"] in page
    assert 'value="町民課"' in page
    assert client.post(f"/sessions/{session.pk}/log/", FORM).status_code == 422
    assert client.post(f"/sessions/{session.pk}/log/", FORM | {"reason": "人数"}).status_code == 302


def test_a_draft_is_saved_as_typed_and_offered_again(client: Client) -> None:
    engagement = EngagementFactory()
    session = hold(engagement, 1)
    signed_in(client, advisor_of(engagement))
    answer = client.post(
        f"/sessions/{session.pk}/log/draft/", {"log_summary": "書きかけ", "section": "福祉課", "count": "3"}
    )
    assert answer.status_code == 200
    assert {item["field"] for item in answer.json()["missing"]} == {"log_next_step", "log_hours"}
    page = client.get(f"/sessions/{session.pk}/log/").content.decode()
    assert "書きかけ" in page
    assert 'value="福祉課"' in page


def test_a_foreign_session_is_not_there(client: Client) -> None:
    session = log(EngagementFactory(), 1)
    others_work = {"contact": "log/draft/", "advisor": "next-step/"}
    for role, stranger in (
        ("contact", contact_of(EngagementFactory())),
        ("advisor", advisor_of(EngagementFactory())),
    ):
        signed_in(client, stranger)
        assert client.get(f"/sessions/{session.pk}/log/").status_code == 404
        for path in ("log/", "log/draft/", "tick/", "next-step/"):
            status = client.post(f"/sessions/{session.pk}/{path}", {"item": "1"}).status_code
            assert status == (403 if path == others_work[role] else 404), (role, path)
    assert session_of(session.engagement, 1).log_draft == {}


def test_who_only_reads_gets_no_form(client: Client) -> None:
    engagement = EngagementFactory()
    session = hold(engagement, 1)
    for user in (
        contact_of(engagement),
        member(Role.AUDITOR),
        member(Role.APPROVER, engagement.municipality),
    ):
        signed_in(client, user)
        page = client.get(f"/sessions/{session.pk}/log/")
        assert page.status_code == 200
        assert 'name="log_summary"' not in page.content.decode()
        assert client.post(f"/sessions/{session.pk}/log/", FORM).status_code == 404


def test_ticks_and_the_next_step_are_plain_forms(client: Client) -> None:
    engagement = EngagementFactory()
    session = log(engagement, 1)
    item = session.kind.checklist.first().pk
    signed_in(client, contact_of(engagement))
    assert client.post(f"/sessions/{session.pk}/tick/", {"item": item, "next": "/"})["Location"] == "/"
    assert session.ticks.count() == 1
    client.post(f"/sessions/{session.pk}/tick/", {"item": item, "done": "0"})
    assert session.ticks.count() == 0
    assert client.post(f"/sessions/{session.pk}/tick/", {"item": "x"}).status_code == 302
    client.post(f"/sessions/{session.pk}/next-step/")
    assert session_of(engagement, 1).log_next_done_at is not None


@pytest.mark.parametrize(
    "to",
    [
        *("home", "NaN", "-1", "9999-12-31T23:59", "=1+1", "あ", "x" * 70_000, "/" + "x" * 70_000),
        *(
            "//elsewhere.example/",
            "https://elsewhere.example/",
            "javascript:alert(1)",
            "/\\elsewhere.example",
        ),
    ],
)
def test_where_to_go_next_is_a_path_of_ours_or_the_page_itself(client: Client, to: str) -> None:
    """Any other word would be taken for the name of a page, or lead away."""
    session = session_of(EngagementFactory(), 1)
    client.force_login(contact_of(session.engagement))
    sent = {"item": session.kind.checklist.first().pk, "next": to}
    assert client.post(f"/sessions/{session.pk}/tick/", sent)["Location"] == session.get_absolute_url()
