"""The same road for a client: calls, a draft in pieces, submission, what each reader gets."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Role
from engagements.applications.models import Application
from tests.factories import applications as made
from tests.factories.advisors import AdvisorFactory
from tests.factories.engagements import member, office
from tests.municipalities.factories import MunicipalityFactory
from workflow import perform
from workflow.models import Event

pytestmark = pytest.mark.django_db
APPLICATIONS = "/api/v1/applications/"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client, path, body, **headers):
    return client.post(path, body, content_type="application/json", headers=headers)


def body_of(**changes):
    """A complete draft as a client sends it."""
    values = made.complete()
    answers = {name.removeprefix("q_"): values.pop(name) for name in list(values) if name.startswith("q_")}
    return values | {"answers": answers} | changes


def test_a_client_walks_from_the_call_to_submitted():
    call, town = made.call(), MunicipalityFactory()
    client = signed_in(made.contact_of(town))
    (row,) = client.get("/api/v1/calls/", {"state": "open"}).json()["results"]
    assert row["id"] == call.pk
    assert "aims" in {question["key"] for question in row["questions"]}
    started = post(client, APPLICATIONS, {"call": row["id"]})
    assert started.status_code == 201
    assert started.json()["municipality"] == town.pk
    path = f"{APPLICATIONS}{started.json()['id']}/"
    saved = post(client, f"{path}draft/", body_of(revision=1))
    assert (saved.status_code, saved.json()["missing"], saved.json()["revision"]) == (200, [], 2)
    listed = {row["name"]: row for row in client.get(f"{path}transitions/").json()}
    assert listed["submit"]["allowed"]
    assert "accept" not in listed
    sent = post(client, f"{path}transitions/submit/", {})
    assert (sent.status_code, sent.json()["state"]) == (200, "submitted")
    assert post(client, f"{path}transitions/submit/", {}).status_code == 409
    assert client.get(path).json()["received_at"]


def test_starting_again_gives_the_same_application():
    call, town = made.call(), MunicipalityFactory()
    client = signed_in(made.contact_of(town))
    first = post(client, APPLICATIONS, {"call": call.pk}, **{"Idempotency-Key": "k1"})
    replay = post(client, APPLICATIONS, {"call": call.pk}, **{"Idempotency-Key": "k1"})
    again = post(client, APPLICATIONS, {"call": call.pk}, **{"Idempotency-Key": "k2"})
    assert (first.status_code, replay.status_code, again.status_code) == (201, 201, 200)
    assert first.json()["id"] == replay.json()["id"] == again.json()["id"]


def test_the_same_key_submits_once():
    application = made.filled()
    client = signed_in(made.contact_of(application.municipality))
    path = f"{APPLICATIONS}{application.pk}/transitions/submit/"
    answers = [post(client, path, {}, **{"Idempotency-Key": "once"}).json() for _again in range(2)]
    assert answers[0] == answers[1]
    assert Event.objects.filter(type="application.submit").count() == 1


def test_an_early_submission_gives_reasons():
    draft = made.draft()
    client = signed_in(made.contact_of(draft.municipality))
    response = post(client, f"{APPLICATIONS}{draft.pk}/transitions/submit/", {})
    assert response.status_code == 422
    assert any("受けられる月" in sentence for sentence in response.json()["reasons"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("months", [0]),
        ("months", [13]),
        ("months", "7"),
        ("contact_email", "town@"),
        ("contact_name", {"a": 1}),
        ("life_events", ["unheard"]),
        ("mode", "by air"),
        ("answers", {"buildings": -1}),
        ("answers", {"buildings": "many"}),
        ("answers", {"buildings": {}}),
        ("answers", {"unheard": 1}),
        ("answers", {"dx_plan": "unheard"}),
        ("answers", "x"),
        ("wishes", [999999]),
        ("aims", "x" * 4001),
        ("aims", "\x00"),
        ("revision", 0),
        ("revision", 99),
        ("revision", "x"),
    ],
)
def test_an_impossible_value_is_refused_and_nothing_is_written(field, value):
    draft = made.draft()
    client = signed_in(made.contact_of(draft.municipality))
    body = {"revision": 1, "contact_phone": "0195", field: value}
    response = post(client, f"{APPLICATIONS}{draft.pk}/draft/", body)
    assert response.status_code == 422
    assert response.json()["fields"]
    draft.refresh_from_db()
    assert (draft.contact_phone, draft.revision) == ("", 1)


def test_half_a_character_is_refused():
    draft = made.draft()
    client = signed_in(made.contact_of(draft.municipality))
    response = client.post(
        f"{APPLICATIONS}{draft.pk}/draft/",
        '{"revision": 1, "aims": "\\ud800"}',
        content_type="application/json",
    )
    assert response.status_code == 422


def test_a_stale_revision_gets_both_versions():
    draft = made.draft()
    client = signed_in(made.contact_of(draft.municipality))
    path = f"{APPLICATIONS}{draft.pk}/draft/"
    assert post(client, path, {"revision": 1, "aims": "先"}).status_code == 200
    stale = post(client, path, {"revision": 1, "aims": "後"})
    assert stale.status_code == 409
    (row,) = stale.json()["conflict"]
    assert (row["field"], row["theirs"], row["mine"], stale.json()["revision"]) == ("aims", "先", "後", 2)
    assert post(client, path, {"revision": 1, "contact_phone": "0195"}).status_code == 200


def test_wishes_are_kept_in_order():
    draft, first, second = made.draft(), AdvisorFactory(), AdvisorFactory()
    client = signed_in(made.contact_of(draft.municipality))
    post(client, f"{APPLICATIONS}{draft.pk}/draft/", {"revision": 1, "wishes": [second.pk, first.pk]})
    assert client.get(f"{APPLICATIONS}{draft.pk}/").json()["wishes"] == [second.pk, first.pk]


def test_another_towns_application_is_not_found():
    draft = made.draft()
    client = signed_in(member(Role.CONTACT, MunicipalityFactory()))
    path = f"{APPLICATIONS}{draft.pk}/"
    assert client.get(path).status_code == 404
    assert client.get(APPLICATIONS).json()["results"] == []
    assert post(client, f"{path}draft/", {"revision": 1, "aims": "x"}).status_code == 404
    assert post(client, f"{path}transitions/withdraw/", {}).status_code == 404


@pytest.mark.parametrize("code", ["999999", "x", "{other}"])
def test_a_code_that_is_not_the_towns_own_is_not_found(code):
    call, other = made.call(), MunicipalityFactory()
    client = signed_in(made.contact_of(MunicipalityFactory()))
    response = post(client, APPLICATIONS, {"call": call.pk, "municipality": code.format(other=other.pk)})
    assert response.status_code == 404
    assert not Application.objects.exists()


def test_what_the_office_keeps_is_not_in_the_towns_answer():
    application = made.submitted()
    perform("prioritise", application, made.acting(office()), priority=3, reason="計画がある")
    path = f"{APPLICATIONS}{application.pk}/"
    shown = signed_in(made.contact_of(application.municipality)).get(path).json()
    assert "priority" not in shown
    assert "approver_confirmed" not in shown
    assert "wishes" in shown
    assert signed_in(office()).get(path).json()["priority"] == 3


def test_lists_are_searched_filtered_and_ordered():
    draft, sent = made.draft(), made.submitted()
    client = signed_in(office())

    def found(**query):
        return [row["id"] for row in client.get(APPLICATIONS, query).json()["results"]]

    assert found(state="submitted") == [sent.pk]
    assert found(search=draft.reference) == [draft.pk]
    assert found(ordering="reference") == [draft.pk, sent.pk]
