"""Documents for a client: ask, follow the progress, fetch the file."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from engagements.documents import services
from engagements.documents.models import Document
from tests.factories import documents as made
from tests.factories.engagements import advisor_of, contact_of, member, office

pytestmark = pytest.mark.django_db
DOCUMENTS = "/api/v1/documents/"


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def survey(name="見本町"):
    return made.survey(made.engagement(name), made.route("A"))


def ask(client, subject, kind="survey-report", **headers):
    body = {"kind": kind, "subject": subject}
    return client.post(DOCUMENTS, body, content_type="application/json", headers=headers)


def test_a_client_asks_waits_and_fetches():
    found = survey()
    client = signed_in(contact_of(found.engagement))
    asked = ask(client, found.reference)
    assert asked.status_code == 201
    assert (asked.json()["progress"], asked.json()["version"]) == ("queued", 1)
    path = f"{DOCUMENTS}{asked.json()['id']}/"
    assert client.get(f"{path}file/").status_code == 404
    made_now = services.make(asked.json()["id"], now=timezone.now())
    shown = client.get(path).json()
    assert (shown["progress"], shown["sha256"]) == ("ready", made_now.sha256)
    assert shown["municipality"] == found.engagement.municipality_id
    assert client.get(f"{path}file/").content == services.file_path(made_now).read_bytes()


def test_the_same_key_makes_one_document_and_another_content_under_it_is_refused():
    found, other = survey(), survey("別の町")
    client = signed_in(office())
    first, second = (ask(client, found.reference, **{"Idempotency-Key": "k1"}) for _ in range(2))
    assert first.json() == second.json()
    assert ask(client, other.reference, **{"Idempotency-Key": "k1"}).status_code == 409
    assert Document.objects.count() == 1


def test_what_is_asked_for_has_to_exist_and_to_be_theirs():
    found, other = survey(), survey("別の町")
    client = signed_in(contact_of(found.engagement))
    assert ask(client, other.reference).status_code == 404
    assert ask(client, "S-none").status_code == 404
    refused = ask(client, found.reference, kind="no-such")
    assert refused.status_code == 422
    assert "kind" in refused.content.decode()
    assert Document.objects.count() == 0


def test_an_auditor_reads_and_does_not_ask():
    found = survey()
    ask(signed_in(office()), found.reference)
    auditor = signed_in(member(Role.AUDITOR))
    assert ask(auditor, found.reference).status_code == 404
    assert len(auditor.get(DOCUMENTS).json()["results"]) == 1


def test_a_list_holds_what_the_reader_may_see_and_can_be_filtered():
    found, other = survey(), survey("別の町")
    client = signed_in(office())
    for one in (found, other):
        ask(client, one.reference)
    assert len(client.get(DOCUMENTS).json()["results"]) == 2
    only = client.get(DOCUMENTS, {"subject": found.reference}).json()["results"]
    assert [row["subject"] for row in only] == [found.reference]
    advisor = signed_in(advisor_of(found.engagement))
    assert [row["subject"] for row in advisor.get(DOCUMENTS).json()["results"]] == [found.reference]


def test_a_list_takes_as_many_queries_for_three_as_for_one(django_assert_num_queries):
    client = signed_in(office())
    ask(client, survey().reference)
    client.get(DOCUMENTS)
    with django_assert_num_queries(5):
        client.get(DOCUMENTS)
    for name in ("別の町", "三つめの町"):
        ask(client, survey(name).reference)
    with django_assert_num_queries(5):
        assert len(client.get(DOCUMENTS).json()["results"]) == 3
